"""Slips of the pen: each is named at its own place, and what is good YAML is never called one."""

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.errors import PolicyError
from guard.policy import key
from guard.policy.load import load
from guard.policy.node import Faults
from guard.policy.shape import Record
from guard.policy.shipped import shipped_names
from guard.policy.slip import KEYS
from guard.policy.source import parse

DOCS = Path(__file__).parent.parent.parent / "docs"
SIGNS = "：，“”‘’【】［］｛｝–—－\u3000\u00a0"
GOOD = """\
version: 1
rules:
  - id: a
    filter: keyword
    options: {words: [某宝]}
    action: block
tests:
  - input: 某宝
    expect: {action: block}
"""
COLON = "'：' is a full-width colon; write ': '"
COMMA = "'，' is a full-width comma; write ', '"
WIDE = "this is a full-width blank (U+3000); write a plain blank"
NO_BREAK = "this is a no-break space (U+00A0); write a plain blank"
CURLY = "'“' is a curly quote; write '\"'"
INNER = "the text in quotes ends before this; write inner quotes as \\\", or put '…' around the text"
SINGLE = "the text in quotes ends before this; write inner quotes as '', or put \"…\" around the text"
NO_QUOTES = "a text without quotes ends before '{}' here; put a text that holds [ ] {{ }} ? or ', ' in quotes"
NO_COLON = "a colon cannot stand here; a comma is missing before it, or put a text that holds ': ' in quotes"
NO_COMMA = "a comma is missing before this"
STUCK = "a list item needs a blank after its dash; write '- {}'"
ENDS = "this text ends in {}; remove it"
LIST = "a comma cannot stand here; a list needs [ and ] around it"
LATE = "the quote that opens here is closed on line 9 only; close it where the text ends"
AFTER = "the {} ends before this; a text that starts with [ or {{ needs quotes"
TEMPLATE = 'a text that starts with [ or {{ needs quotes; write "{}"'


def _key(written):
    return f"a key needs a blank after its colon; write '{written}'"


def _dash(sign, name):
    return f"'{sign}' is {name}; write '- '"


def _faults(tmp_path, text):
    path = tmp_path / "policy.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PolicyError) as caught:
        load(path)
    return [(fault.line, fault.column, fault.message) for fault in caught.value.faults]


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("good", "bad", "line", "column", "message"),
    [
        ("rules:", "rules：", 2, 6, COLON),
        ("filter: keyword", "filter：keyword", 4, 11, COLON),
        ("filter: keyword", "labels：[keyword.match]", 4, 11, COLON),
        ("options: {", "options：{", 5, 12, COLON),
        ("version: 1", "version： 1", 1, 8, COLON),
        ("action: block\ntests", "action：block\ntests", 6, 11, COLON),
        ("- input: 某宝", "- input：你好", 8, 10, COLON),
        ("expect: {action: block}", "expect：allow", 9, 11, COLON),
        ("{action: block}", "{action：block}", 9, 20, COLON),
        ("{words: [某宝]}", "\n      某宝：[x]", 6, 9, COLON),
        ("  - id", "\u3000- id", 3, 1, WIDE),
        ("  - id", "\u00a0 - id", 3, 1, NO_BREAK),
        ("    filter", "\u00a0   filter", 4, 1, NO_BREAK),
        ("filter: keyword", "filter:\u00a0keyword", 4, 12, NO_BREAK),
        ("filter: keyword", "filter:\u3000keyword", 4, 12, WIDE),
        ("- id: a", "-\u3000id: a", 3, 4, WIDE),
        ("keyword", "keyword\u3000", 4, 20, ENDS.format("a full-width blank (U+3000)")),
        ("action: block\n", "action: block\u00a0\n", 6, 18, ENDS.format("a no-break space (U+00A0)")),
        ("- id", "– id", 3, 3, _dash("–", "an en dash")),
        ("- id", "— id", 3, 3, _dash("—", "an em dash")),
        ("- id", "－ id", 3, 3, _dash("－", "a full-width hyphen")),
        ("{words: [某宝]}", "{words: }\n    labels:\n      – a\n      – b", 7, 7, _dash("–", "an en dash")),
        ("version: 1", "version:1\nid:x", 1, 8, _key("version: 1")),
        ("- id: a", "- id:a", 3, 7, _key("id: a")),
        ("- id: a", "-id: a", 3, 3, STUCK.format("id: a")),
        ("[某宝]}", "[某宝]}\n    labels:\n      -某宝\n      -某东", 7, 7, STUCK.format("某宝")),
        ("expect: {action", "expect:{action", 9, 11, _key("expect: {action: block}")),
        ("expect: {action", 'expect:{text: "a and b", action', 9, 11, _key("expect: ...")),
        ("{action: block}", "{action:block}", 9, 20, _key("action: block")),
        ("{action: block}", "{action: redact, text: 电话[pii.phone]}", 9, 38, NO_QUOTES.format("[")),
        ("{action: block}", "{text: 好吗?}", 9, 22, NO_QUOTES.format("?")),
        ("{action: block}", "{text: 电话: 1}", 9, 22, NO_COLON),
        ("[某宝]", "[how are you?, 某宝?]", 5, 34, NO_QUOTES.format("?")),
        ("[某宝]", '["某宝" "某东"]', 5, 28, NO_COMMA),
        ("[某宝]", '["某宝"，"某东"]', 5, 27, COMMA),
        ("某宝]}", "某宝]}\n    stages: [input，output]", 6, 19, COMMA),
        ("{action: block}", '{action: redact， text: "a"}', 9, 28, COMMA),
        ("{action: block}", "{action: redact, text: “电话[pii.phone]”}", 9, 36, CURLY),
        ("某宝]}", '某宝]}\n    stages: ["output”]', 6, 21, CURLY.replace("“", "”")),
        ("某宝]}", '某宝]}\n    stages: ["output”]\n    description: "x"', 6, 21, CURLY.replace("“", "”")),
        ("action: block}", "action: ［block: a］}", 9, 22, "'［' is a full-width bracket; write '['"),
        ("某宝]}", "某宝]}\n    labels: 【a: b】", 6, 13, "'【' is a full-width bracket; write '['"),
        ("{action: block}", "｛block｝", 9, 13, "'｛' is a full-width brace; write '{'"),
        ("{action: block}", "｛action: block｝", 9, 13, "'｛' is a full-width brace; write '{'"),
        ("input: 某宝", 'input: "他说"某宝"好"', 8, 16, INNER),
        ("input: 某宝", "input: 'it's quoted'", 8, 16, SINGLE),
        ("[某宝]", '["他说"某宝"好"]', 5, 27, INNER),
        ("input: 某宝", 'input: "某宝\n  - input: "某东"', 8, 12, LATE),
        ("某宝]}", "某宝]}\n    mask: [{label}]", 6, 11, TEMPLATE.format("[{label}]")),
        ("某宝]}", "某宝]}\n    mask: {label}", 6, 11, TEMPLATE.format("{label}")),
        ("某宝]}", "某宝]}\n    mask: [{kind}_{number}]", 6, 18, AFTER.format("mapping")),
        ("某宝]}", '某宝]}\n    labels: "a", "b"', 6, 16, LIST),
        ("[某宝]}", "[某宝]}}", 5, 27, "this } closes nothing; remove it"),
        ("filter: keyword", "filter:\t[keyword]", 4, 12, "a tab cannot stand here; write a blank"),
    ],
)  # fmt: skip
def test_slip_is_named_at_its_place(tmp_path, ends, good, bad, line, column, message):
    text = GOOD.replace(good, bad, 1).replace("\n", ends)

    assert (line, column, message) in _faults(tmp_path, text)


UNDASHED = "an item of a list begins with a dash and a blank; write '- {}'"
TWICE = "the key '{}' stands here a second time, first on line {}; " + UNDASHED
AGAIN = GOOD.replace("tests:", "  - id: b\n    filter: pii\n    action: flag\ntests:")


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("good", "bad", "line", "column", "message"),
    [
        ("  - id: a", "    id: a", 3, 5, UNDASHED.format("id: a")),
        ("  - id: a", "  # first\n\n    id: a", 5, 5, UNDASHED.format("id: a")),
        ("  - id: a", "  shop:", 3, 3, UNDASHED.format("id: shop")),
        ("  - id: a", "  1. id: a", 3, 3, UNDASHED.format("id: a")),
        ("  - id: a", "  • id: a", 3, 3, UNDASHED.format("id: a")),
        ("  - id: b", "    id: b", 7, 5, TWICE.format("id", 3, "id: b")),
        ("  - id: b", "  id: b", 7, 3, UNDASHED.format("id: b")),
        ("- input", "- input: x\n    expect: allow\n    input", 13, 5,
         TWICE.format("input", 11, "input: 某宝")),
        ("version", "```yaml\nversion", 1, 1,
         "this ``` belongs to Markdown and not to YAML; remove the line"),
        ("filter: pii", "filter: pii\n    note: !不要", 9, 11, "a text that starts with ! needs quotes"),
        ("filter: pii", "filter: pii\n    note: #不要", 9, 11,
         "YAML takes what stands from this # on for a comment; a text that starts with # needs quotes"),
    ],
)  # fmt: skip
def test_slip_is_the_only_fault_that_is_told(tmp_path, ends, good, bad, line, column, message):
    text = AGAIN.replace(good, bad, 1).replace("\n", ends)

    assert _faults(tmp_path, text) == [(line, column, message)]


@pytest.mark.parametrize(
    ("bad", "line", "column"),
    [
        ("description: 提示：x，y\n bad: 1\n", 2, 5),
        ("rules:\n  - id: “某宝”\n   filter: pii\n", 3, 4),
        ("description: |\n  note：x\n  – y\nid: a: b\n", 4, 6),
        ("languages: [zh，x, en\nrules: []\n", 1, 12),
        ("replies: {a: [“你”\nrules: x\n", 1, 14),
    ],
)
def test_slip_is_not_seen_in_texts_beside_another_fault(tmp_path, bad, line, column):
    ((at, col, message),) = _faults(tmp_path, bad)

    assert (at, col) == (line, column)
    assert not re.search(r"full-width|curly|dash", message)


@pytest.mark.parametrize("name", ["no filter 'x:y'", "no filter '-x'"])
def test_slip_is_not_seen_in_a_value_that_may_be_meant(tmp_path, name):
    written = name.split("'")[1]
    messages = [message for *_, message in _faults(tmp_path, GOOD.replace("keyword", written))]

    assert any(message.startswith(name) for message in messages)


@given(st.lists(st.text(alphabet=f"{SIGNS} ab:-", min_size=1, max_size=8), min_size=1, max_size=6))
@settings(deadline=None)
def test_slip_is_never_seen_in_good_yaml(words):
    """Signs in texts, quoted by YAML's own writer where they need it, load as they were written."""
    data = {"rules": [{"id": word, "description": word} for word in words], "".join(words): words}
    faults = Faults()
    for flow in (False, True):
        text = yaml.safe_dump(data, allow_unicode=True, default_flow_style=flow)
        node = parse("p.yaml", text, faults)
        assert node is not None
        assert node.plain() == data
    assert not faults.found


@given(st.text(alphabet=f"{SIGNS}ab:-[]{{}}'\",?#|\t\n\r &*", max_size=60))
@settings(deadline=None)
def test_slip_search_survives_anything_like_yaml(text):
    faults = Faults()
    parse("p.yaml", text, faults)

    assert all(1 <= fault.line <= len(re.split("\r\n|\r|\n", text)) for fault in faults.found)


@pytest.mark.parametrize("sign", SIGNS)
def test_slip_is_never_seen_in_a_policy_that_holds_its_sign(tmp_path, sign):
    path = tmp_path / "policy.yaml"
    path.write_text(GOOD.replace("某宝", f"某{sign}宝"), encoding="utf-8")

    assert load(path).rules[0].options == {"words": [f"某{sign}宝"]}


@pytest.mark.parametrize("name", shipped_names())
def test_slip_is_never_seen_in_a_shipped_policy(name):
    assert load(name).rules


BLOCKS = [
    (page.name, block)
    for page in sorted(DOCS.glob("*.md"))
    for block in re.findall(r"^```yaml\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S)
]


@pytest.mark.parametrize(("page", "block"), BLOCKS)
def test_slip_is_never_seen_in_the_docs(page, block):
    faults = Faults()

    assert parse(page, block, faults) is not None
    assert not faults.found


def test_slip_knows_every_key_of_a_policy():
    records = [one for one in vars(key).values() if isinstance(one, Record)]

    assert {one.name for record in records for one in record.keys} == KEYS
