"""What a reader sees of statements that do not stand: marked, left out, asked again for, refused."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from guard.pipeline.guard import Guard
from guard.types import Action, Extent
from tests.pipeline.fake_filters import policy, rule, words

SOURCES = {
    "zh": ["第九届滨海书展于2024年5月1日在市图书馆开幕，共有120家出版社参加，展期7天。"],
    "en": ["The Harbour Book Fair opens on 1 May 2024 in the city library. 120 publishers take part."],
}
QUESTIONS = {"zh": "书展有多少家出版社参加？", "en": "How many publishers take part in the book fair?"}
ANSWERS = {
    "zh": "书展于2024年5月1日开幕。共有210家出版社参加。展期7天。",
    "en": "The Harbour Book Fair opens on 1 May 2024. 210 publishers take part. It is in the city library.",
}
WRONG = {"zh": "共有210家出版社参加。", "en": "210 publishers take part."}
PATIENCE = {"timeout_ms": 60_000}


def guard(action, **keys):
    """A guard with one rule about statements that the sources contradict, and one about telephone numbers."""
    grounded = {"id": "grounded", "filter": "grounding", "action": action, "options": {"model": False}}
    grounded |= {"labels": ["grounding.contradicted"]} | PATIENCE | keys
    phones = {"id": "phones", "filter": "pii", "labels": ["pii.phone"], "stages": ["output"]}
    return Guard({"id": "p", "rules": [grounded, phones | {"action": "redact"} | PATIENCE]})


def ask(guard, language, *answers, size=0):
    """What leaves when the model gives these answers in turn, streamed in pieces of a size; what it got."""
    said, got = list(answers), []

    def whole(messages):
        got.append(messages)
        return said.pop(0)

    def streamed(messages):
        answer = whole(messages)
        yield from (answer[at : at + size] for at in range(0, len(answer), size))

    wrapped = guard.wrap(streamed if size else whole)
    out = wrapped(QUESTIONS[language], sources=SOURCES[language])
    return "".join(map(str, out)), got


@pytest.mark.parametrize("size", [0, 1, 5, 1000])
@pytest.mark.parametrize(
    ("language", "keys", "text"),
    [
        ("zh", {"action": "flag"}, ANSWERS["zh"]),
        (
            "zh",
            {"action": "flag", "marker": True},
            "书展于2024年5月1日开幕。共有210家出版社参加。（此处与资料不符）展期7天。",
        ),
        (
            "en",
            {"action": "flag", "marker": {"en": "[wrong]", "zh": "（错）"}},
            "The Harbour Book Fair opens on 1 May 2024. 210 publishers take part. [wrong] "
            "It is in the city library.",
        ),
        ("zh", {"action": "redact", "extent": "sentence"}, "书展于2024年5月1日开幕。展期7天。"),
        (
            "en",
            {"action": "redact", "extent": "sentence"},
            "The Harbour Book Fair opens on 1 May 2024. It is in the city library.",
        ),
        (
            "zh",
            {"action": "redact", "extent": "sentence", "mask": "[{kind}]"},
            "书展于2024年5月1日开幕。[与资料不符]展期7天。",
        ),
    ],
)
def test_answer_is_marked_or_cut_alike_whole_and_streamed(language, keys, text, size):
    assert ask(guard(**keys), language, ANSWERS[language], size=size)[0] == text


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_stream_that_blocks_lets_nothing_of_a_contradicted_sentence_out(language, size):
    out, _ = ask(guard("block"), language, ANSWERS[language], size=size)

    assert "210" not in out
    assert out.endswith(("抱歉，我不能帮助完成这个请求。", "Sorry, I can't help with that."))


@pytest.mark.parametrize("size", [0, 1000])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_retry_quotes_what_is_to_be_mended(language, size):
    good = ANSWERS[language].replace("210", "120")
    out, got = ask(guard("retry", note="Note."), language, ANSWERS[language], good, size=size)
    note = got[1].removeprefix(got[0])

    assert out == good
    assert WRONG[language] in note
    assert ("请根据资料改正" in note) == (language == "zh")
    assert ("Correct them by the sources" in note) == (language == "en")
    assert "2024" not in note


@pytest.mark.parametrize("size", [0, 1, 1000])
def test_retry_quotes_no_personal_data_and_no_more_than_it_must(size):
    bad = f"共有210家出版社参加，电话13800138000，{'，'.join(['欢迎光临'] * 60)}。"
    _, got = ask(guard("retry"), "zh", bad, "好的。", size=size)

    assert "[pii.phone]" in got[1]
    assert "13800138000" not in got[1]
    assert len(got[1]) < 300


@pytest.mark.parametrize("size", [0, 1, 1000])
def test_answer_of_which_nothing_is_left_is_refused(size):
    out, _ = ask(guard("redact", extent="sentence"), "zh", WRONG["zh"], size=size)

    assert out == "抱歉，我不能帮助完成这个请求。"


def test_marker_leaves_the_question_alone():
    flag = {"id": "f", "filter": "keyword", "action": "flag", "marker": True, "options": {"words": ["奇怪"]}}
    marking = Guard({"id": "p", "rules": [flag | PATIENCE]})

    assert marking.check("这很奇怪。").text == "这很奇怪。"
    decision = marking.check("这很奇怪。", stage="output")
    assert (decision.action, decision.text) == (Action.FLAG, "这很奇怪。（请核实）")


PIECES = (
    "It is bad. ",
    "It is good. ",
    "坏bad。",
    "好。",
    "\n",
    "\n- ",
    "\n1. ",
    "secret ",
    "“好。",
    "坏bad。”",
    "3.",
)
RULES = {
    "drop": {"action": "redact", "extent": "sentence", "mask": ""},
    "mask": {"action": "redact", "extent": "sentence", "mask": "[?]"},
    "mark": {"action": "flag", "marker": True},
}


@pytest.mark.parametrize("name", RULES)
@given(
    text=st.lists(st.sampled_from(PIECES), max_size=10).map("".join),
    places=st.lists(st.integers(0, 150), max_size=10),
)
@limits(max_examples=40, deadline=None)
def test_stream_gives_the_same_text_however_it_is_cut(name, text, places):
    made = policy(_sentence_rule(**RULES[name]), words("redact", "output", "secret", "bad good", **PATIENCE))
    cutting = Guard(made)
    edges = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    pieces = [text[start:end] for start, end in itertools.pairwise(edges)]
    whole = cutting.wrap(lambda prompt: text)("hello")

    assert "".join(map(str, cutting.wrap(lambda prompt: iter(pieces))("hello"))) == whole
    assert "secret" not in whole
    assert name == "mark" or "bad" not in whole


def _sentence_rule(action, **fields):
    if "extent" in fields:
        fields["extent"] = Extent(fields["extent"])
    if fields.get("marker") is True:
        fields["marker"] = {}
    return rule("fake-sentence", action, "output", **fields, **PATIENCE)


@given(sizes=st.lists(st.integers(1, 90), min_size=1, max_size=8))
@limits(max_examples=15, deadline=None)
def test_stream_cuts_a_sentence_that_is_too_long_at_the_same_place(sizes):
    text = "All is well here. " + "and so on " * 60 + "it is bad indeed " + "and on " * 70 + ". Good. "
    dropping = Guard(policy(_sentence_rule(**RULES["drop"])))
    ends = itertools.takewhile(lambda end: end < len(text), itertools.accumulate(itertools.cycle(sizes)))
    edges = [0, *ends, len(text)]
    pieces = [text[start:end] for start, end in itertools.pairwise(edges)]
    told = ["".join(map(str, dropping.wrap(lambda prompt, of=of: iter(of))("q"))) for of in (pieces, [text])]

    assert told[0] == told[1]
    assert "bad" not in told[0]
