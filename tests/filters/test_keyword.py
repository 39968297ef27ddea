import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.errors import OptionError
from guard.registry import create
from guard.types import Exchange, Finding, Part, Stage, Unjudged


def made(**options):
    keyword = create("keyword", options)
    keyword.load()
    return keyword


def scan(keyword, text):
    return list(keyword.scan(Part(Stage.INPUT, "p", text), Exchange.of(text)))


def test_keyword_labels_and_scores_come_from_the_list(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("word,category,severity\n坏蛋,insult,medium\n", encoding="utf-8")
    keyword = made(file=path, words=["rascal"])

    first, second = scan(keyword, "坏蛋, rascal")

    assert (first.label, first.score, first.reason) == ("keyword.insult", 0.8, "entry 2 of the list")
    assert (second.label, second.score, second.reason) == ("keyword.match", 1.0, "entry 1 of the list")
    assert keyword.label_names() == ("keyword.match", "keyword.insult")


def test_keyword_reason_names_the_disguise_and_not_the_word():
    (found,) = scan(made(words=["rascal"]), "r.a.s.c.a.l")

    assert found.reason == "entry 1 of the list, written with separators"


def test_keyword_reach_covers_marks_between_all_characters():
    keyword = made(words=["rascal", "坏蛋"])

    assert keyword.reach >= len("r--a--s--c--a--l")


def test_keyword_stops_with_notice_after_many_hits():
    items = scan(made(words=["rascal"]), "a rascal, " * 10_050)

    assert sum(isinstance(item, Finding) for item in items) == 10_000
    assert [item.reason for item in items if isinstance(item, Unjudged)] == ["more than 10000 words found"]


def test_keyword_loads_on_first_use():
    keyword = create("keyword", {"words": ["rascal"]})

    assert len(scan(keyword, "a rascal")) == 1


def test_keyword_takes_a_long_text():
    text = "一段没有问题的文字，with some English in it. " * 30_000 + "坏蛋"

    (found,) = scan(made(words=["坏蛋", "rascal"]), text)

    assert (found.start, found.end) == (len(text) - 2, len(text))


REFUSED = [
    ({}, "words", None, "filter 'keyword' needs words, in option 'words' or 'file'"),
    ({"words": ["a", " "]}, "words", 1, "a word must not be empty"),
    (
        {"words": ["a", "\u200b\u00ad"]},
        "words",
        1,
        "nothing is left of the word once its disguises are undone",
    ),
    ({"words": ["a"], "fold": ["case", "pinyn"]}, "fold", 1, "no fold 'pinyn'; did you mean 'pinyin'?"),
]


@pytest.mark.parametrize(
    ("options", "option", "index", "message"), REFUSED, ids=[item[3][:20] for item in REFUSED]
)
def test_keyword_refuses(options, option, index, message):
    with pytest.raises(OptionError) as caught:
        create("keyword", options)

    assert (caught.value.option, caught.value.index, str(caught.value)) == (option, index, message)


def test_keyword_refuses_a_faulty_file(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("wrd\n", encoding="utf-8")

    with pytest.raises(OptionError, match=r"list\.csv:1: the header") as caught:
        create("keyword", {"file": path})

    assert caught.value.option == "file"


@given(
    pieces=st.lists(
        st.sampled_from(
            [
                *"大坏蛋，。 *.j4ckass!",
                "大坏蛋",
                "大\u200b坏 蛋",
                "jackass",
                "j.a.c.k.a.s.s",
                ", ",
                "word. ",
                "&#22823;",
            ]
        ),
        max_size=25,
    ),
    cut=st.floats(0, 1),
)
@settings(max_examples=100, deadline=None)
def test_keyword_settled_text_holds_no_word_that_a_later_character_completes(pieces, cut):
    keyword = made(words=["大坏蛋", "jackass"])
    text = "".join(pieces)
    begun = text[: int(len(text) * cut)]
    sure = keyword.settled(begun)
    late = {span for span in _spans(keyword, text) if span[0] < sure} - _spans(keyword, begun)

    assert late == set()


def _spans(keyword, text):
    return {(item.start, item.end) for item in scan(keyword, text)}


@pytest.mark.parametrize(
    ("text", "settled"),
    [("今天天气很好，我们出去", 7), ("The weather is fine. We", 20), ("大，坏", 2), ("j. a", 0), ("sh!t", 0)],
)
def test_keyword_settles_at_the_end_of_a_clause(text, settled):
    assert made(words=["大坏蛋", "jackass"]).settled(text) == settled
