"""What is read of a judge's answer: loosely in form, strictly in meaning."""

import doctest
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.errors import CallError
from guard.models import ruling
from guard.models.ruling import LONGEST_OBJECT, MOST_CHARACTERS, Answer, Standing, find_quote, read
from guard.text.excerpt import Excerpt

CLAIM = "电池容量是6000毫安时，重200克。"
SHOWN = {"S1": Excerpt(0, 3, 9, "…"), "S2": Excerpt(4, 0, 20, "…")}
WRONG = {"claim": 1, "verdict": "contradicted", "source": "S2", "quote": "6000毫安时"}
RIGHT = Answer(Standing.CONTRADICTED, 4, 0, 20, (5, 12))
JSON = json.dumps(WRONG, ensure_ascii=False)


def test_ruling_examples_hold():
    assert doctest.testmod(ruling).failed == 0


@pytest.mark.parametrize(
    "text",
    [
        f"[{JSON}]",
        JSON,
        f"```json\n[{JSON}]\n```",
        f"好的，结果如下：\n[{JSON}]\n希望对您有帮助！",
        f"[{JSON},]",
        f"[{JSON[:-1]},}}]",
        f"[{JSON}, {{\"claim\": 2, \"verdict",
        json.dumps({"verdicts": [WRONG]}),
        f"{JSON}\n{JSON}",
        f"也许是{JSON.replace('S2', 'S1')}\n</think>\n\n<response>\n[{JSON}]\n</response>",
        f"<think>{{}}</think>[{JSON}]",
        JSON.replace('"claim": 1', '"claim": "1"'),
        JSON.replace("contradicted", "Contradicted "),
        JSON.replace('"S2"', '"[s2]"'),
        JSON.replace('"S2"', '["S2", "S1"]'),
        JSON.replace("6000毫安时", "“６０００ 毫安时”"),
        JSON.replace("}", ', "why": "it says {5000} \\" }"}'),
        JSON.replace("}", ', "why": "line\nbreak"}'),
    ],
)  # fmt: skip
def test_read_takes_the_form_loosely(text):
    assert read(text, [CLAIM], SHOWN) == [RIGHT]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"verdict": "wrong"}, "the verdict is none of those asked for"),
        ({"verdict": None}, "the verdict is none of those asked for"),
        ({"verdict": ["supported"]}, "the verdict is none of those asked for"),
        ({"source": "S3"}, "a source is named that was not shown"),
        ({"source": "S2, S9"}, "a source is named that was not shown"),
        ({"source": 2}, "a source is named that was not shown"),
        ({"source": ""}, "no source is named"),
        ({"source": None, "verdict": "supported", "quote": ""}, "no source is named"),
        ({"quote": "7000毫安时"}, "words are quoted that are not in the claim"),
        ({"quote": CLAIM * 9}, "words are quoted that are not in the claim"),
        ({"quote": 6000}, "words are quoted that are not in the claim"),
        ({"verdict": "not_in_source", "source": "S7"}, "a source is named that was not shown"),
    ],
)
def test_read_takes_the_meaning_strictly(change, reason):
    assert read(json.dumps(WRONG | change), [CLAIM], SHOWN) == [Answer(reason=reason)]


@pytest.mark.parametrize("source", ["", None, [], "S1"])
def test_read_needs_no_source_for_what_no_source_says(source):
    item = {"claim": 1, "verdict": "not in source", "source": source, "quote": ""}

    (answer,) = read(json.dumps(item), [CLAIM], SHOWN)

    assert (answer.verdict, answer.source) == (Standing.NOT_IN_SOURCE, 0 if source else -1)


def test_read_leaves_missing_claims_unanswered():
    answers = read(f"[{JSON}]", [CLAIM, "第二句。"], SHOWN)

    assert answers == [RIGHT, Answer(reason="not answered")]


def test_read_takes_none_of_two_answers_that_differ():
    other = json.dumps({"claim": 1, "verdict": "supported", "source": "S1"})

    (answer,) = read(f"[{JSON}, {other}]", [CLAIM], SHOWN)

    assert answer == Answer(reason="answered more than once, and differently")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I cannot help with that.",
        "all supported",
        "[]",
        "{}",
        "[1, 2, 3]",
        JSON.replace('"claim": 1', '"claim": 7'),
        JSON.replace('"claim": 1', '"claim": true'),
        JSON.replace('"claim": 1', '"claim": -1'),
        JSON.replace('"claim": 1', '"claim": 0'),
        JSON.replace('"claim": 1', '"claim": ' + "9" * 3500),
        JSON.replace("}", ', "verdict": "supported"}'),
        JSON.replace("}", f', "why": "{"x" * LONGEST_OBJECT}"}}'),
        JSON + " " * MOST_CHARACTERS,
        f"<think>{JSON}",
        f"{JSON}</think>",
        '{"claim": ' + "[" * 3000,
        '{"claim": ' + "[" * 1900 + "]" * 1900 + "}",
        "{" * 50_000,
        r"{\"" * 3000,
        "[" * MOST_CHARACTERS,
    ],
    ids=lambda text: text[:12],
)
def test_read_of_nothing_usable_is_a_call_error(text):
    with pytest.raises(CallError):
        read(text, [CLAIM], SHOWN)


@pytest.mark.parametrize(
    ("quote", "claim", "span"),
    [
        ("Fee", "The fee.", (4, 7)),
        ("the  fee", "Pay the\nfee now", (4, 11)),
        ("...", "a...b", (1, 4)),
        ("(a+)+$", "x (a+)+$", (2, 8)),
        ("  ", "a  b", None),
        ("", "a", None),
        ("费用", "", None),
    ],
)
def test_find_quote_tells_where_the_words_stand(quote, claim, span):
    assert find_quote(quote, claim) == span


ITEMS = st.fixed_dictionaries(
    {},
    optional={
        "claim": st.integers(-1, 4) | st.text(max_size=3) | st.none(),
        "verdict": st.sampled_from([*Standing, "true", ""]) | st.integers(),
        "source": st.sampled_from(["S1", "s2", "S3", ""]) | st.lists(st.text(max_size=3)) | st.none(),
        "quote": st.text(max_size=12) | st.sampled_from(["重200克", CLAIM]) | st.floats(),
    },
)
NOISE = st.text(st.sampled_from('{}[]",:\\<>/think S1claim\n\ud800') | st.characters(), max_size=60)
WRITTEN = st.lists(NOISE | ITEMS.map(json.dumps) | ITEMS.map(str), max_size=6).map("".join)


@given(WRITTEN)
@settings(max_examples=300, deadline=None)
def test_read_of_any_text_is_an_answer_or_a_call_error(text):
    try:
        answers = read(text, [CLAIM, "x"], SHOWN)
    except CallError:
        return
    assert len(answers) == 2
    for answer, claim in zip(answers, [CLAIM, "x"], strict=True):
        assert (answer.verdict is None) == bool(answer.reason)
        assert answer.source in (-1, 0, 4)
        if answer.quote:
            assert 0 <= answer.quote[0] < answer.quote[1] <= len(claim)
