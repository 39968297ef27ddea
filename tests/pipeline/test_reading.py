"""What filters are shown of JSON and of escapes, and what becomes of what they find there."""

import itertools
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.pipeline.guard import Guard
from guard.pipeline.reading import Reading
from guard.registry import create
from guard.types import Part, Stage

STAGES = ["input", "tool_result", "output", "tool_call"]
AFTER = STAGES[2:]
EMAIL = {"filter": "pii", "options": {"entities": ["pii.email", "pii.phone"]}, "stages": STAGES}
SECRET = {"filter": "keyword", "options": {"words": ["forbidden"]}, "stages": STAGES}
HIDE = Guard(
    {
        "id": "hide",
        "rules": [{"id": "p", "action": "redact", **EMAIL}, {"id": "k", "action": "redact", **SECRET}],
    }
)


def said(data, ascii_only=False):
    return json.dumps(data, ensure_ascii=ascii_only)


def argued(pieces):
    """Chunks with the arguments of a tool call."""
    for piece in pieces:
        call = {"index": 0, "function": {"arguments": piece}}
        yield {"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]}


def streamed(guard, text, size, stage="output"):
    """What leaves a guarded stream of a text at a stage."""
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    if stage == "output":
        return "".join(guard.wrap(lambda prompt: iter(pieces))("hello"))
    chunks = guard.wrap(lambda prompt: argued(pieces))("hello")
    calls = itertools.chain(*(chunk["choices"][0]["delta"]["tool_calls"] for chunk in chunks))
    return "".join(call["function"]["arguments"] for call in calls)


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("张三\n13800138000", "张三\n[pii.phone]"),
        ("电话13800138000", "电话[pii.phone]"),
        ("Bob\nbob@example.com", "Bob\n[pii.email]"),
        ('"13900139000"\t13800138000', '"[pii.phone]"\t[pii.phone]'),
        ("查forbidden", "查[keyword.match]"),
        ("x\nforbidden", "x\n[keyword.match]"),
        (r"a\13800138000", r"a\[pii.phone]"),
    ],
)
def test_check_judges_what_json_says(text, left, ascii_only, stage):
    for data, redacted in (({"q": text}, {"q": left}), ([text], [left])):
        decision = HIDE.check(said(data, ascii_only), stage=stage)
        assert json.loads(decision.text) == redacted


@pytest.mark.parametrize("stage", STAGES)
def test_check_tells_places_of_the_text_as_it_came(stage):
    text = said({"q": "电话\n13800138000"}, True)
    found = HIDE.check(text, stage=stage).findings

    assert [text[each.start : each.end] for each in found] == ["13800138000"]


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("number", ["13800", "-13800.0", "2.13800e5"])
def test_check_leaves_json_where_it_masks_part_of_a_number(number, stage):
    digits = {"id": "d", "filter": "regex", "action": "redact", "mask": "*", "stages": STAGES}
    guard = Guard({"id": "d", "rules": [{**digits, "options": {"patterns": ["138"], "longest": 3}}]})
    text = f'{{"n": {number}, "list": [{number}, "n{number}"]}}'
    hidden, left = "*" * len(number), "n" + number.replace("138", "***")

    told = guard.check(text, stage=stage).text
    assert json.loads(told) == {"n": hidden, "list": [hidden, left]}
    assert stage not in AFTER or all(streamed(guard, text, size, stage) == told for size in (1, 4, 99))


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (r"see a\n13800138000", r"see a\n[pii.phone]"),
        (r"see \u8bdd13800138000", r"see \u8bdd[pii.phone]"),
        (r"see x\nbob@example.com", r"see x\n[pii.email]"),
        (r"see \u0066orbidden", r"see [keyword.match]"),
        # What is no JSON may mean its backslash.
        (r"see C:\forbidden", r"see C:\[keyword.match]"),
        ("call 13800138000", "call [pii.phone]"),
        (said(said({"q": "x\n13800138000"})), said(said({"q": "x\n[pii.phone]"}))),
    ],
)
def test_check_reads_escapes_in_text_and_in_json_within_json(text, left):
    assert HIDE.check(text, stage="output").text == left


def test_check_reads_json_for_a_model_as_it_stands_too():
    assert HIDE.check(r'{"q": "\forbidden"}', stage="tool_result").text == '{"q": "[keyword.match]"}'


def test_check_hides_each_value_once_however_it_is_written():
    rule = {"id": "p", "action": "redact", "mask": "<{label}_{number}>", "restore": True, **EMAIL}
    guard = Guard({"id": "p", "rules": [{**rule, "stages": ["input", "tool_result"]}]})
    mail = r'{"a": "b\u00f6b@example.com", "b": "Bob\nbob@example.com", "c": "bob\u0040example.com"}'
    asked = []

    def call(messages):
        asked.append(messages[-1]["content"])
        return "to <pii.email_1>, <pii.email_2>"

    answer = guard.wrap(call)([{"role": "user", "content": "hi"}, {"role": "tool", "content": mail}])
    values = json.loads(asked[0])
    assert values["b"] == f"Bob\n{values['c']}"
    assert "bob@example.com" in answer and "nbob" not in answer and "\\" not in answer


def test_check_tells_the_language_of_what_json_says():
    assert HIDE.check(said({"q": "请问今天天气怎么样"}, True), stage="input").language == "zh"


def test_reading_leaves_what_is_compared_with_samples_as_it_came():
    part = Part(Stage.OUTPUT, "response.content", r'{"q": "a\nb"}')

    assert Reading(part).shown(create("self_consistency")) == [part]
    assert [each.text for each in Reading(part).shown(create("harm"))] == ['{"q": "a\nb"}']


PIECES = st.lists(
    st.sampled_from(
        ["13800138000", "bob@example.com", "forbidden", "\n", "\\", '"', "话", "，", "😀", " ok. "]
    ),
    max_size=8,
).map("".join)
DATA = st.dictionaries(
    PIECES, PIECES | st.just(13800138000) | st.just(1.5) | st.lists(PIECES, max_size=2), max_size=3
)


@given(DATA, st.booleans(), st.sampled_from(STAGES))
@settings(max_examples=100, deadline=None)
def test_redacted_json_is_json_and_hides_all(data, ascii_only, stage):
    decision = HIDE.check(said(data, ascii_only), stage=stage)
    left = json.loads(decision.text)

    assert not HIDE.check(said(left, not ascii_only), stage=stage).findings


@given(DATA, st.booleans(), st.integers(1, 12), st.sampled_from(AFTER))
@settings(max_examples=100, deadline=None)
def test_streamed_json_is_that_of_the_whole(data, ascii_only, size, stage):
    text = said(data, ascii_only)

    assert streamed(HIDE, text, size, stage) == HIDE.check(text, stage=stage).text


def test_streamed_json_blocks_behind_an_escape():
    guard = Guard({"id": "b", "rules": [{"id": "k", "action": "block", **SECRET}]})
    text = said({"q": "x\nforbidden" + "." * 50, "r": "查"}, True)

    assert "forbidden" not in streamed(guard, text, 3)
