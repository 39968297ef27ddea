import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.text.claim import skip_preface
from guard.text.passage import MAX_SENTENCE, WINDOW_OF_WORDS, Passages
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


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("全年利润增长15%。", "全年利润增长1.5%。"), ("The dose is 25 mg.", "The dose is 2.5 mg."),
        ("门票为50元。", "门票为5.0元。"), ("室外气温为-5℃。", "室外气温为5℃。"),
        ("It is −5 outside.", "It is 5 outside."),
        ("交货期为3-5天。", "交货期为35天。"), ("交货期为3、5天。", "交货期为35天。"),
        ("比分为3：2。", "比分为32。"),
        ("体温＞38℃时停药。", "体温<38℃时停药。"), ("It costs $50.", "It costs €50."),
        ("误差为±5。", "误差为5。"),
        ("水温为5℃。", "水温为5℉。"), ("支持退货？", "支持退货。"),
        ("Version v1.2 is out.", "Version v12 is out."),
    ],
)  # fmt: skip
def test_passages_hold_no_sentence_with_another_sign(source, said):
    assert not Passages([source]).has_sentence(said)
    assert not Passages([said]).has_sentence(source)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("In 1998, it opened.", "in 1998 it opened"), ("GPT-4 costs 1,200.", "gpt 4 costs 1200"),
        ("利润增长1.5%。", "利润增长**１.５％**"), ("1. 价格：50元。", "- 价格 50 元"),
        ("工期3–5天。", "工期 3 - 5 天。"), ("比分为3：2。", "比分为3:2"), ("结果——5天。", "结果：5天。"),
        ("价格为￥50。", "价格为¥50"), ("您好，本店支持退货。", "您好！本店支持退货"),
        ("In 1998, 5 men left.", "In 1998 5 men left."),
    ],
)  # fmt: skip
def test_passages_hold_a_sentence_apart_from_idle_punctuation(source, said):
    assert Passages([source]).has_sentence(said[skip_preface(said) :])


@pytest.mark.parametrize("code", ["v1.2", "GPT4", "gpt 4", "A100", "A100s", "iPhone15", "B52"])
def test_passages_know_a_code_in_another_spelling(code):
    assert Passages(["GPT-4 v1.2 on A100s", "iPhone 15与Ｂ-52"]).has_code(code)


@pytest.mark.parametrize("code", ["v12", "v1", "GPT-42", "A10", "5G", "B-5", "T4"])
def test_passages_know_no_part_of_a_code(code):
    assert not Passages(["GPT-4 v1.2 on A100s", "1.5G与B-52"]).has_code(code)


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

    read = [passages.read(excerpt) for excerpt in passages.excerpts()]

    assert read == [
        "Halden Bridge\nIt opened in 1931. Trains cross it.",
        "Halden Bridge",
        "The mill stands.",
        "The mill",
    ]
    assert [passage.field for passage in passages.passages] == ["text", "text", "title", "text", "title"]


def test_passages_put_the_text_for_its_title_alone():
    texts = ["It opened in 1931. Trains cross it.", "", "The mill stands."]
    passages = Passages(texts, ["Halden Bridge", "No text", "A long title " * 10])

    numbers = {passage.text.strip(): number for number, passage in enumerate(passages.passages)}
    bridge, bare, long = numbers["Halden Bridge"], numbers["No text"], numbers[("A long title " * 10).strip()]
    assert passages.read(passages.below((bridge,))) == "Halden Bridge\nIt opened in 1931. Trains cross it."
    for excerpt in ((0,), (0, bridge), (bare,), (long,), (bridge, bare)):
        assert passages.below(excerpt) == excerpt


def test_passages_that_cover_a_sentence_together_are_gathered_in_order():
    filler = " ".join(
        f"Filler number {number} speaks of the weather over the northern hills." for number in range(30)
    )
    source = f"Halden Bridge opened in 1931. {filler} Its architect was Mara Lund. {filler}"
    passages = Passages([source])

    read = passages.read(passages.gather(list(terms("Mara Lund was the architect of Halden Bridge."))))

    assert read.index("Halden Bridge opened") < read.index("Mara Lund")
    assert len(read) <= WINDOW_OF_WORDS + 2 * len(passages.passages)
    assert passages.gather([]) == ()


def test_the_runs_of_an_excerpt_are_the_neighbours_in_one_field():
    passages = Passages(["One. Two. Three. Four.", "Five. Six."])

    runs = [(first.text, last.text) for first, last in passages.runs((0, 1, 3, 4, 5))]

    assert runs == [("One.", "Two."), ("Four.", "Four."), ("Five.", "Six.")]


@given(st.lists(st.text(max_size=300), max_size=3), st.text(max_size=80))
@settings(max_examples=60)
def test_what_is_gathered_fits_a_window_or_is_one_passage(texts, sentence):
    passages = Passages(texts)

    found = passages.gather(list(terms(sentence)))

    sizes = [passages.passages[number].end - passages.passages[number].start for number in found]
    assert sum(sizes) <= WINDOW_OF_WORDS and list(found) == sorted(set(found))
