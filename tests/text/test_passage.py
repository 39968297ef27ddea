import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.text.passage import MAX_SENTENCE, Passages
from guard.text.quantity import values
from guard.text.token import terms


def test_passages_keep_their_place_in_their_source():
    texts = ["One here. Two there.", "第三句。"]
    found = Passages(texts).passages

    assert [texts[passage.source][passage.start : passage.end] for passage in found] == [
        passage.text for passage in found
    ]
    assert [passage.text for passage in found] == ["One here.", "Two there.", "第三句。"]


def test_passages_match_the_sentence_that_shares_most():
    passages = Passages(["The cat sleeps. The bridge opened in spring. Trains run daily."])

    best = passages.match(list(terms("When was the bridge opened?")))[0]

    assert passages.passages[best.passage].text == "The bridge opened in spring."
    assert 0 < best.share <= 1


@pytest.mark.parametrize(("said", "known"), [("12 thousand people", True), ("13 thousand people", False)])
def test_passages_find_values_in_other_spellings(said, known):
    passages = Passages(["约有12,000人参加。", "It cost 13 euros."])

    assert bool(passages.find_value(values(said)[0])) is known


def test_passages_find_quotations_apart_from_punctuation():
    passages = Passages(["他说：今天，一切都好。"])

    assert passages.contains("“今天一切都好”")
    assert not passages.contains("一切都不好")


def test_passages_cut_endless_sentences():
    passages = Passages(["好" * (2 * MAX_SENTENCE + 1)])

    assert [len(passage.text) for passage in passages.passages] == [MAX_SENTENCE, MAX_SENTENCE, 1]


@given(st.lists(st.text(max_size=40), max_size=3))
@settings(max_examples=60)
def test_passages_take_any_texts(texts):
    passages = Passages(texts)

    assert all(texts[item.source][item.start : item.end] == item.text for item in passages.passages)
    for text in texts:
        assert passages.contains(text)
        passages.match(list(terms(text)))
        assert all(passages.find_value(value) for value in values(text) if passages.values)


def test_passages_read_a_window_below_the_title_of_its_source():
    passages = Passages(
        ["It opened in 1931. Trains cross it.", "The mill stands."], ["Halden Bridge", "The mill"]
    )

    read = [passages.read(stretch) for stretch in passages.stretches()]

    assert read == [
        "Halden Bridge\nIt opened in 1931. Trains cross it.",
        "Halden Bridge",
        "The mill stands.",
        "The mill",
    ]
    assert [passage.field for passage in passages.passages] == ["text", "text", "title", "text", "title"]
