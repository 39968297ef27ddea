"""What filters are shown of JSON and of escapes, and what becomes of what they find there."""

import itertools
import json
import re

import pytest
from hypothesis import assume, example, given, settings
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
@pytest.mark.parametrize(
    "number", ["13800", "-13800.0", "2.13800e5", "75123451380", "0.8751234567890123456789138"]
)
def test_check_leaves_json_where_it_masks_part_of_a_number(number, stage):
    digits = {"id": "d", "filter": "regex", "action": "redact", "mask": "*", "stages": STAGES}
    guard = Guard({"id": "d", "rules": [{**digits, "options": {"patterns": ["138"], "longest": 3}}]})
    text = f'{{"n": {number}, "list": [{number}, "n{number}"]}}'
    hidden, left = "*" * len(number), "n" + number.replace("138", "***")

    told = guard.check(text, stage=stage).text
    assert json.loads(told) == {"n": hidden, "list": [hidden, left]}
    assert stage not in AFTER or all(streamed(guard, text, size, stage) == told for size in range(1, 10))


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


@pytest.mark.parametrize(
    ("arguments", "written"),
    [
        ('{"phone": 13800138000}', '{"phone": "[pii.phone]"}'),
        (' [13800138000, "a\\\\", 13800138000]', ' ["[pii.phone]", "a\\\\", "[pii.phone]"]'),
        ('{"say": "\\"13800138000\\""}', '{"say": "\\"[pii.phone]\\""}'),
        ("dial 13800138000", "dial [pii.phone]"),
        (r"del C:\forbidden\x", r"del C:\[keyword.match]\x"),
    ],
)
def test_check_leaves_arguments_in_json_readable(arguments, written):
    assert HIDE.check(arguments, stage="tool_call").text == written
    assert streamed(HIDE, arguments, 3, "tool_call") == written


def test_stars_stand_for_the_characters_that_json_says():
    stars = Guard({"id": "s", "rules": [{"id": "p", "action": "redact", "mask": "*", **EMAIL}]})

    for stage in STAGES:
        assert stars.check(r'{"q": "bob\u0040example.com"}', stage=stage).text == said({"q": "*" * 15})


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


@pytest.mark.parametrize("wrap", [str, json.dumps, "result: {}".format, "```json\n{}\n```".format])
@pytest.mark.parametrize("depth", [0, 1, 2, 3])
@pytest.mark.parametrize("value", ["张三", 'Tröub"4dor&3xyzQ'])
def test_one_value_has_one_placeholder_however_deep_it_is_encoded(value, depth, wrap):
    rule = {"id": "k", "filter": "keyword", "action": "redact", "mask": "<n_{number}>", "restore": True}
    guard = Guard({"id": "k", "rules": [{**rule, "options": {"words": [value]}, "stages": STAGES[:2]}]})
    result = value
    for _ in range(depth):
        result = said({"text": result}, True)
    asked = [{"role": "user", "content": f"see {value}"}, {"role": "tool", "content": wrap(result)}]

    answer = guard.wrap(lambda messages: messages[1]["content"].count("<n_1>") * "<n_1>" + " <n_2>")(asked)
    assert answer == f"{value} <n_2>"


@pytest.mark.parametrize("value", ["C:\\new\\temp", "a\\tb"])
@pytest.mark.parametrize("write", [str, said])
def test_restore_gives_back_a_value_with_backslashes(value, write):
    rule = {"id": "k", "filter": "regex", "action": "redact", "mask": "<n_{number}>", "restore": True}
    options = {"patterns": [r"[aC][:\\\s\w]+"], "longest": 20}
    guard = Guard({"id": "k", "rules": [{**rule, "options": options, "stages": STAGES[:2]}]})
    asked = [
        {"role": "user", "content": "hi"},
        {"role": "tool", "content": write([value] if write is said else value)},
    ]

    assert guard.wrap(lambda messages: "It is <n_1>")(asked) == f"It is {value}"


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


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"\\u[0-9a-f]{4}", r"see \u0066oo"),
        (r"\\u[0-9a-f]{4}", r'{"q": "\u0066oo"}'),
        (r"\\\\n", r'{"q": "C:\\new"}'),
        (r"forbidden", r"del C:\forbidden"),
        (r"forbidden", r'{"q": "\forbidden"}'),
    ],
)
def test_rule_sees_the_text_as_it_is_written(pattern, text, stage):
    rule = {"id": "r", "filter": "regex", "action": "block", "stages": STAGES}
    guard = Guard({"id": "r", "rules": [{**rule, "options": {"patterns": [pattern], "longest": 20}}]})

    assert guard.check(text, stage=stage).blocked
    assert stage not in AFTER or "oo" not in streamed(guard, text, 2, stage)


@given(
    text=st.lists(st.sampled_from([r"\u0066", "\\", "n", "forbidden", '"', "{", "ok "]), max_size=9).map(
        "".join
    ),
    pattern=st.sampled_from([r"\\u[0-9a-f]{4}", r"\\\\n", "nforbidden", r'\\"']),
    stage=st.sampled_from(STAGES),
)
@settings(max_examples=100, deadline=None)
def test_rule_that_fits_what_is_written_matches(text, pattern, stage):
    rule = {"id": "r", "filter": "regex", "action": "block", "stages": STAGES}
    guard = Guard({"id": "r", "rules": [{**rule, "options": {"patterns": [pattern], "longest": 20}}]})

    assert guard.check(text, stage=stage).blocked or not re.search(pattern, text)


ACROSS = r"\W+ok"
"""May reach out of one sentence into another."""
PATTERNS = ["138", r"\d+", r'"tel": "?\w+', r"[\]}]", r'\w+"?, "\w', "forbidden", r"\\", "tru", '"', ACROSS]
MASKS = ["*", '"X"\n', "", "[{label}]", "<{number}>", "\\"]


def of_pattern(pattern, mask, **keys):
    """A rule that hides what fits a pattern, as it is written or as it is read."""
    rule = {"id": "r", "filter": "regex", "action": "redact", "mask": mask, "stages": AFTER, **keys}
    return Guard({"id": "r", "rules": [{**rule, "options": {"patterns": [pattern], "longest": 30}}]})


LEAVES = PIECES | st.integers(0, 10**30) | st.floats(0, 1) | st.booleans() | st.none()
NESTED = st.lists(LEAVES, max_size=2) | st.dictionaries(st.just("tel") | PIECES, LEAVES, max_size=2)
DOCUMENTS = st.dictionaries(st.just("tel") | PIECES, LEAVES | NESTED | NESTED.map(said), max_size=3)
SENTENCE = {"extent": "sentence"}


@given(
    data=DOCUMENTS | st.lists(DOCUMENTS, min_size=1, max_size=2),
    ascii_only=st.booleans(),
    pattern=st.sampled_from(PATTERNS),
    mask=st.sampled_from(MASKS),
    keys=st.sampled_from([{}, SENTENCE, {"action": "flag", "marker": {"en": '[no "source"]'}}]),
    stage=st.sampled_from(AFTER),
    around=st.sampled_from([("", ""), ("```json\n", "\n```"), ("", "\n\nThat is it. Call 13800138000.")]),
    size=st.integers(1, 30),
)
@settings(max_examples=150, deadline=None)
def test_json_stays_json_whatever_a_rule_finds_and_however_it_comes(
    data, ascii_only, pattern, mask, keys, stage, around, size
):
    assume((pattern, keys) != (ACROSS, SENTENCE))
    before, after = around
    text = before + said(data, ascii_only) + after
    guard = of_pattern(pattern, mask, **keys) if "marker" not in keys else of_pattern(pattern, "*", **keys)
    decision = guard.check(text, stage=stage)
    told = decision.text
    # An answer of which nothing is left is refused.
    assume(not decision.blocked)

    assert streamed(guard, text, size, stage) == told
    begin, _, behind = told.removeprefix(before).partition("\n```" if before else "\n\n")
    json.loads(begin)
    assert behind or not after or told.endswith(after)


@given(
    words=st.lists(
        st.sampled_from(["wrong", r"\u3002", "。", ". ", "[1] ", "{", '["a", ', "x", r"\n", "[x] "]),
        max_size=12,
    ),
    mask=st.sampled_from(["", "[gone]", "*"]),
    size=st.integers(1, 9),
)
@settings(max_examples=150, deadline=None)
@example(words=['["a", ', "wrong"], mask="", size=1)
def test_sentences_are_cut_alike_whole_and_streamed_whatever_the_text_begins_with(words, mask, size):
    guard = of_pattern("wrong", mask, **SENTENCE, stages=["output"])
    text = "".join(words) + ". It is right."

    assert streamed(guard, text, size) == str(guard.wrap(lambda prompt: text)("hello"))


@given(data=DOCUMENTS, ascii_only=st.booleans(), size=st.integers(1, 9), fenced=st.booleans())
@settings(max_examples=50, deadline=None)
def test_restored_json_is_json(data, ascii_only, size, fenced):
    value = 'say "hello"\\'
    rule = {"id": "k", "filter": "keyword", "action": "redact", "mask": "<k_{number}>", "restore": True}
    guard = Guard({"id": "k", "rules": [{**rule, "options": {"words": [value]}, "stages": ["input"]}]})
    text = said({"x": "<k_1>", "data": data}, ascii_only)
    answer = f"```json\n{text}\n```" if fenced else text
    whole = guard.wrap(lambda prompt: answer)(value)
    pieces = [answer[at : at + size] for at in range(0, len(answer), size)]

    assert json.loads(whole.removeprefix("```json").removesuffix("```")) == {"x": value, "data": data}
    assert "".join(guard.wrap(lambda prompt: iter(pieces))(value)) == whole
