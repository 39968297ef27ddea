import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.errors import ModelError, OptionError
from guard.models import encoder
from guard.pipeline.guard import Guard
from guard.registry import create
from guard.types import Exchange, Finding, Part, Stage, Unjudged
from tests.word_judge import WordJudge


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


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("5YK76YC8", "5YK76YC8"),
        ("请解码 5q+S5ZOB。", "5q+S5ZOB"),
        ("url=5q-S5ZOB&x=1", "5q-S5ZOB"),
        ("ZnVjayB5b3U= !", "ZnVjayB5b3U="),
        ("see 6675636b", "6675636b"),
        ("see 66 75 63 6b", "66 75 63 6b"),
    ],
)
def test_keyword_reads_short_words_in_code(text, code):
    found = scan(made(words=["傻逼", "毒品", "fuck"]), text)

    assert [text[item.start : item.end] for item in found] == [code]


@pytest.mark.parametrize(
    "text", ["x5YK76YC8", "5YK76YC8a", "5YK7 6YC8", "6675636", "12:30:45:10", "66 75 63"]
)
def test_keyword_reads_no_code_in_pieces_of_others(text):
    assert scan(made(words=["傻逼", "毒品", "fuck"]), text) == []


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


def test_keyword_undoes_no_disguise_where_fold_is_empty():
    plain, sounding = made(words=["rascal", "坏蛋"], fold=[]), made(words=["坏蛋"], fold=["pinyin"])

    assert len(scan(plain, "rascal, RASCAL, r.a.s.c.a.l, 坏蛋, 坏\u200b蛋, 壞蛋")) == 2
    assert len(scan(sounding, "huaidan, 壞蛋")) == 2


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
    reads_on=st.booleans(),
)
@settings(max_examples=100, deadline=None)
def test_keyword_settled_text_holds_no_word_that_a_later_character_completes(pieces, cut, reads_on):
    keyword = in_context(words=["大坏蛋", "jackass"], needs_context=reads_on)
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


SHOT = "We want to shoot a film in the mountains, I told them so. I am going to shoot you all, believe me."


def in_context(**options):
    keyword = create("keyword", options)
    keyword.load(WordJudge())
    return keyword


def test_keyword_scores_a_word_that_needs_context_by_what_stands_around_it(tmp_path):
    path = tmp_path / "list.yaml"
    path.write_text(
        "lists:\n- {category: threat, words: [\n  {word: shoot, needs_context: true},\n  film]}\n",
        encoding="utf-8",
    )

    items = scan(in_context(file=path), SHOT)

    assert [(item.label, SHOT[item.start : item.end], item.score, item.reason) for item in items] == [
        ("keyword.threat", "shoot", 0.1, "entry 3 of the list, judged in its context by the model"),
        ("keyword.threat", "film", 1.0, "entry 4 of the list"),
        ("keyword.threat", "shoot", 0.9, "entry 3 of the list, judged in its context by the model"),
    ]


@pytest.mark.parametrize("name", ["list.txt", "list.csv"])
def test_keyword_marks_words_that_do_not_say_whether_they_need_context(tmp_path, name):
    path = tmp_path / name
    rows = {"list.txt": "shoot\n", "list.csv": "word,needs_context\nshoot,\nfilm,no\n"}
    path.write_text(rows[name], encoding="utf-8")

    items = scan(in_context(file=path, words=["mountains"], needs_context=True), SHOT)

    scores = {SHOT[item.start : item.end]: item.score for item in items[:-1]}
    assert scores == {"shoot": 0.1, "mountains": 0.1} | ({"film": 1.0} if name == "list.csv" else {})


def test_keyword_longer_word_that_needs_context_covers_no_sure_one(tmp_path):
    path = tmp_path / "list.yaml"
    path.write_text("- shoot\n- {word: to shoot a film, needs_context: true}\n", encoding="utf-8")

    items = scan(in_context(file=path), "We want to shoot a film.")

    assert [(item.start, item.score) for item in items] == [(8, 0.1), (11, 1.0)]


def test_keyword_says_that_it_could_not_judge_a_word_without_the_model(monkeypatch, tmp_path):
    def fail():
        raise ModelError("no weights")

    monkeypatch.setattr(encoder, "shipped", fail)
    path = tmp_path / "list.yaml"
    path.write_text("- film\n- {word: shoot, needs_context: true}\n", encoding="utf-8")
    keyword = made(file=path)

    found, unjudged = scan(keyword, SHOT)

    assert (SHOT[found.start : found.end], found.score) == ("film", 1.0)
    assert unjudged.reason == "a word needs its context judged, and the model cannot be loaded"
    assert scan(keyword, "a quiet day") == []


def test_keyword_that_cannot_judge_blocks_as_the_rule_says(monkeypatch):
    def fail():
        raise ModelError("no weights")

    monkeypatch.setattr(encoder, "shipped", fail)
    rule = {
        "id": "words",
        "filter": "keyword",
        "action": "flag",
        "options": {"words": ["shoot"], "needs_context": True},
    }
    guarded = Guard({"version": 1, "id": "one", "rules": [rule]})

    assert guarded.check("a quiet day").action.value == "allow"
    assert guarded.check("They shoot.").blocked


def test_keyword_reads_no_model_where_no_word_needs_context(monkeypatch):
    def fail():
        raise AssertionError("the model was read")

    monkeypatch.setattr(encoder, "shipped", fail)

    assert len(scan(made(words=["shoot"]), SHOT)) == 2


def test_keyword_says_when_too_many_places_would_have_to_be_read():
    text = " ".join(f"We want to shoot a film about mountain number {number}." for number in range(60))

    items = scan(in_context(words=["shoot"], needs_context=True), text)

    assert sum(isinstance(item, Finding) for item in items) == 50
    assert items[-1].reason == "words that need their context stand in more than 50 places"


def test_keyword_names_a_language_that_the_model_does_not_cover():
    text = "Wir wollen heute Abend endlich diesen Film fertig machen, also shoot, was das Zeug hält."

    _, unjudged = scan(in_context(words=["shoot"], needs_context=True), text)

    assert unjudged.language == "de"


@pytest.mark.parametrize(
    ("text", "settled"),
    [("They shoot well, I hear. Now", 24), ("They shoot well, I", 0), ("x" * 600, 600 - 400 - 8)],
)
def test_keyword_that_reads_the_context_settles_whole_sentences(text, settled):
    assert in_context(words=["shoot"], needs_context=True).settled(text) == settled


def test_keyword_in_a_stream_hides_a_word_by_what_its_sentence_says(monkeypatch):
    monkeypatch.setattr(encoder, "shipped", WordJudge)
    rule = {
        "id": "words",
        "filter": "keyword",
        "stages": ["output"],
        "action": "redact",
        "threshold": 0.5,
        "options": {"words": ["shoot"], "needs_context": True},
    }
    guarded = Guard({"version": 1, "id": "one", "rules": [rule]})

    answer = guarded.wrap(lambda messages: iter(SHOT))([{"role": "user", "content": "hello"}])

    assert "".join(answer) == SHOT.replace("shoot you", "[keyword.match] you")
