"""Loading: what a good policy becomes, and that nothing gives a traceback."""

import hashlib
import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.errors import PolicyError
from guard.policy.load import load
from guard.types import Action, Mark, OnError, Stage

GOOD = """\
version: 1
id: shop
languages: [zh, en]
defaults: {on_error: allow, timeout_ms: 500, threshold: 0.7, stages: [output], action: flag}
replies:
  refusal: {zh: 抱歉。, en: Sorry.}
  other: One text for all.
retries: 1
rules:
  - id: codes
    filter: regex
    stages: [input, output]
    labels: [regex.match]
    threshold: 1
    action: redact
    on_error: block
    timeout_ms: 100
    mask: "*"
    reply: other
    note: Leave the codes out.
    description: Internal codes stay inside.
    options: {patterns: ['AB-\\d+']}
  - id: plain
    filter: regex
    options: {patterns: [x]}
"""


def _load(tmp_path, text, name="policy.yaml"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8") if isinstance(text, str) else path.write_bytes(text)
    return load(path)


def _faults(tmp_path, text):
    with pytest.raises(PolicyError) as caught:
        _load(tmp_path, text)
    return [(fault.line, fault.column, fault.message) for fault in caught.value.faults]


def test_load_reads_every_key(tmp_path):
    policy = _load(tmp_path, GOOD)
    codes = policy.rules[0]

    assert (policy.id, policy.languages, policy.retries) == ("shop", ("zh", "en"), 1)
    assert policy.replies == {"refusal": {"zh": "抱歉。", "en": "Sorry."}, "other": {"": "One text for all."}}
    assert (codes.stages, codes.labels, codes.threshold) == (
        (Stage.INPUT, Stage.OUTPUT),
        ("regex.match",),
        1.0,
    )
    assert (codes.action, codes.on_error, codes.timeout_ms) == (Action.REDACT, OnError.BLOCK, 100)
    assert (codes.mask, codes.reply, codes.note) == ("*", "other", "Leave the codes out.")
    assert codes.options == {"patterns": ["AB-\\d+"]}
    assert codes.mark == Mark(str(tmp_path / "policy.yaml"), 10, 5)


def test_load_fills_in_defaults(tmp_path):
    plain = _load(tmp_path, GOOD).rules[1]

    assert (plain.stages, plain.threshold, plain.action) == ((Stage.OUTPUT,), 0.7, Action.FLAG)
    assert (plain.on_error, plain.timeout_ms) == (OnError.ALLOW, 500)


def test_load_numbers_what_a_rule_restores(tmp_path):
    kept = "  - {id: kept, filter: pii, action: redact, restore: true, stages: [input]}\n"
    first, *_, last = _load(tmp_path, GOOD.replace("rules:\n", "rules:\n" + kept)).rules

    assert (first.mask, first.restore) == ("[{kind}_{number}]", True)
    assert (last.mask, last.restore) == ("[{label}]", False)


def test_load_without_defaults_is_careful(tmp_path):
    rule = _load(tmp_path, "rules: [{id: a, filter: length, action: block}]").rules[0]

    assert (rule.on_error, rule.threshold, rule.stages) == (OnError.BLOCK, 0.5, tuple(Stage))


def test_load_takes_the_files_name_for_a_missing_id(tmp_path):
    assert _load(tmp_path, "rules: [{id: a, filter: length, action: block}]", "shop.yaml").id == "shop"


def test_load_drops_rules_that_are_switched_off(tmp_path):
    policy = _load(tmp_path, GOOD + "    enabled: false\n")

    assert [rule.id for rule in policy.rules] == ["codes"]


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_load_counts_lines_and_columns_as_editors_do(tmp_path, ends, bom):
    last = "  - {id: 规则, filter: length, action: blok}"
    text = f"{bom}description: '中文😀\u2028x'\nlangages: [zh]\nrules:\n{last}\n"
    places = [fault[:2] for fault in _faults(tmp_path, text.replace("\n", ends).encode())]

    assert places == [(2, 1), (4, last.index("blok") + 1)]


def test_load_takes_first_line_faults_after_a_byte_order_mark(tmp_path):
    text = "\ufeffversion: 3\nrules: [{id: a, filter: length, action: block}]"

    assert _faults(tmp_path, text) == [(1, 10, "'version' must be 1, not 3")]


def test_load_merge_keys_of_yaml_work(tmp_path):
    text = """\
rules:
  - &base {id: a, filter: length, action: block, threshold: 0.9}
  - {<<: *base, id: b, action: flag}
"""
    second = _load(tmp_path, text).rules[1]

    assert (second.id, second.filter, second.action, second.threshold) == ("b", "length", Action.FLAG, 0.9)


@pytest.mark.parametrize(
    ("written", "value"),
    [("12:30", "12:30"), ("2024-01-01", "2024-01-01"), ("'010'", "010"), ("=", "="), ("~x", "~x")],
)
def test_load_keeps_texts_that_yaml_would_convert(tmp_path, written, value):
    text = f"rules: [{{id: a, filter: regex, action: block, options: {{patterns: [{written}]}}}}]"

    assert _load(tmp_path, text).rules[0].options == {"patterns": [value]}


def test_load_joins_the_halves_in_which_json_writes_a_character(tmp_path):
    rule = {"id": "w", "filter": "keyword", "action": "block", "options": {"words": ["go 🎲"]}}
    path = tmp_path / "p.yaml"
    path.write_text(json.dumps({"replies": {"refusal": "no 🚫"}, "rules": [rule]}), encoding="ascii")
    policy = load(path)

    assert policy.rules[0].options["words"] == ["go 🎲"]
    assert policy.replies["refusal"][""] == "no 🚫"


def test_load_from_data_equals_load_from_yaml(tmp_path):
    from_file, from_data = _load(tmp_path, GOOD), load(yaml.safe_load(GOOD))

    assert from_data.sha256 == from_file.sha256
    assert (from_data.path, from_data.rules[0].mark) == ("", Mark("<policy>", 1, 1))


def test_load_from_data_takes_our_own_types():
    rule = {"id": "a", "filter": "length", "action": Action.BLOCK, "stages": (Stage.INPUT,)}

    assert load({"rules": [rule]}).rules[0].stages == (Stage.INPUT,)


def test_load_from_data_names_the_key_at_fault():
    with pytest.raises(PolicyError) as caught:
        load({"rules": [{"id": "a", "filter": "length", "action": "blok"}], 1: 2, "tests": [{"input": b"x"}]})

    assert str(caught.value).splitlines() == [
        "<policy>:1:1: a key must be a text, not 1",
        "<policy>:1:1: tests[0].input: a policy cannot hold a bytes",
        "<policy>:1:1: rules[0].action: no action 'blok'; did you mean 'block'?",
        "<policy>:1:1: tests[0]: a test needs 'expect': an action, or a mapping with action, labels, "
        "rules or text",
    ]


def test_load_from_data_that_holds_itself_is_a_fault():
    data = {"id": "x"}
    data["rules"] = [data]

    with pytest.raises(PolicyError, match="nested in itself"):
        load(data)


def test_load_from_data_extends_a_shipped_policy():
    policy = load({"extends": "default", "rules": [{"id": "jailbreak", "threshold": 0.5}]})

    assert [rule.threshold for rule in policy.rules if rule.id == "jailbreak"] == [0.5]
    assert len(policy.rules) == len(load("default").rules)


@pytest.mark.parametrize(
    ("written", "line", "column", "message"),
    [
        ("{patterns: {good: a, bad: '('}}", 1, 82, "not a regular expression"),
        ("{patterns: [a, 1.5]}", 1, 71, "each of option 'patterns' must be a text; YAML reads 1.5"),
        ("{patterns: {good: 1}}", 1, 74, "each of option 'patterns' must be a text"),
        ("{patterns: a}", 1, 67, "option 'patterns' must be a list of texts or a mapping, not a text"),
        ("{patterns: []}", 1, 67, "option 'patterns' must not be empty"),
        ("{patterns: [a], longest: 0x" + "F" * 40 + "}", 1, 81, "this number is too large"),
        ("{patterns: }", 1, 66, "option 'patterns' has no value"),
    ],
)
def test_load_points_at_the_very_value_of_an_option(tmp_path, written, line, column, message):
    text = f"rules: [{{id: a, filter: regex, action: block, options: {written}}}]"
    (found,) = _faults(tmp_path, text)

    assert found[2].startswith(message)
    assert found[:2] == (line, column)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("defualt", "no shipped policy 'defualt'; did you mean 'default'?"),
        ("", "no shipped policy ''"),
        ("id: x\nrules: []", "no shipped policy 'id: x rules: []'"),
        ("missing.yaml", "no such file"),
        ("a\0b.yaml", "cannot read this file"),
        ("\ud800.yaml", "cannot read this file"),
        (Path(), "this is a folder"),
        (Path("missing"), "no such file"),
        ([{"id": "x"}], "a policy must be a mapping"),
        (None, "a policy has no value; it must be a mapping"),
    ],
)
def test_load_says_in_one_line_what_cannot_be_loaded(source, message):
    with pytest.raises(PolicyError) as caught:
        load(source)

    assert message in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"PK\x03\x04\x14\xff", "this is a document of a word processor or a spreadsheet"),
        (b"\xd0\xcf\x11\xe0", "this is a document of a word processor or a spreadsheet"),
        (b"%PDF-1.7\n", "this is a PDF; copy its text into a plain text file"),
    ],
)
def test_load_names_a_file_of_another_kind(tmp_path, data, message):
    ((line, column, found),) = _faults(tmp_path, data)

    assert (line, column) == (1, 1)
    assert found.startswith(message)


def test_load_leaves_a_mask_in_braces_of_its_own(tmp_path):
    assert _load(tmp_path, RULE % ("pii", ", mask: '{电话_{number}}'")).rules[0].mask == "{电话_{number}}"


def test_load_refuses_a_file_that_never_ends():
    with pytest.raises(PolicyError, match="larger than 1,000,000 bytes"):
        load("/dev/zero")


def test_load_finds_files_that_options_name_beside_the_policy(tmp_path, monkeypatch):
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "words.txt").write_text("forbidden\n", encoding="utf-8")
    text = "rules: [{id: a, filter: keyword, action: block, options: {file: lists/words.txt}}]"
    monkeypatch.chdir(tmp_path.parent)

    assert _load(tmp_path, text).rules[0].options == {"file": tmp_path / "lists" / "words.txt"}


def test_fingerprint_counts_what_decides(tmp_path):
    words = tmp_path / "words.txt"
    words.write_text("forbidden\n", encoding="utf-8")
    text = "id: x\nrules: [{id: a, filter: keyword, action: block, options: {file: words.txt}}]\n"
    first = _load(tmp_path, text).sha256
    same = _load(tmp_path, "# a comment\ndescription: other\n" + text).sha256
    other_threshold = _load(tmp_path, text.replace("block", "block, threshold: 0.6")).sha256
    words.write_text("harmless\n", encoding="utf-8")

    assert first == same
    assert len({first, other_threshold, _load(tmp_path, text).sha256}) == 3
    assert len(bytes.fromhex(first)) == hashlib.sha256().digest_size


@given(st.binary(max_size=80))
@settings(max_examples=100)
def test_load_survives_any_bytes(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(data)

    with pytest.raises(PolicyError):
        load(path)


@given(st.text(alphabet="abc:-[]{}&*!|>'\"\\#%@,?\t\n 0.1~<é中", max_size=60))
@settings(max_examples=100)
def test_load_survives_anything_like_yaml(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "like.yaml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(PolicyError) as caught:
        load(path)

    lines = text.splitlines() or [""]
    assert all(1 <= fault.line <= len(lines) + 1 for fault in caught.value.faults)


RULE = "rules: [{id: a, filter: %s, action: block%s}]\n"


@pytest.mark.parametrize(
    ("threshold", "remedy"),
    [
        ("8", "not 8; did you mean 0.8?"),
        ("80", "not 80; did you mean 0.8?"),
        ("8%", "not 8%; did you mean 0.08?"),
        ("'0,8'", "not '0,8'; write 0.8"),
        ("0．8", "not '0．8'; write 0.8"),
        ("'1,5'", "not '1,5'; write a number such as 0.8"),
        ("high", "not 'high'; write a number such as 0.8"),
    ],
)
def test_load_says_how_a_threshold_is_written(tmp_path, threshold, remedy):
    ((_, _, message),) = _faults(tmp_path, RULE % ("pii", f", threshold: {threshold}"))

    assert message == f"'threshold' must be a number from 0 to 1, {remedy}"


@pytest.mark.parametrize(
    ("options", "messages"),
    [
        ("{words: 某宝}", ["option 'words' must be a list of texts, not a text; write [某宝]"]),
        ("{words: 某宝、“某东”}", ["option 'words' must be a list of texts, not a text; write [某宝, 某东]"]),
        ("{words: 'a, b'}", ["option 'words' must be a list of texts, not a text; write [a, b]"]),
        ("{words: 'a: b'}", ["option 'words' must be a list of texts, not a text; write [\"a: b\"]"]),
        (
            "{words: [a, null, ~]}",
            [f"entry {n} of option 'words' has no value; it must be a text" for n in (2, 3)],
        ),
        ("{words: [a], list: x.txt}", ["filter 'keyword' has no option 'list'; one of: "]),
        ("{word: [a]}", ["filter 'keyword' has no option 'word'; did you mean 'words'?"]),
    ],
)
def test_load_says_how_a_list_is_written(tmp_path, options, messages):
    found = [message for _, _, message in _faults(tmp_path, RULE % ("keyword", f", options: {options}"))]

    assert [one.startswith(begin) for one, begin in zip(found, messages, strict=True)] == [True] * len(found)


@pytest.mark.parametrize(
    ("name", "options", "messages"),
    [
        (
            "regex",
            "{patterns: ['(a', b, '(c', '.*']}",
            ["not a regular", "not a regular", "the pattern matches"],
        ),
        ("regex", "{patterns: {x: '(a', y: b, z: '(c'}}", ["not a regular", "not a regular"]),
        (
            "language",
            "{allowed: [zh, english, 中文]}",
            ["no language 'english'; did you mean 'en'?", "no language '中文'; did you mean 'zh'?"],
        ),
        ("keyword", "{words: ['', a, ' ']}", ["a word must not be empty", "a word must not be empty"]),
        ("topic", "{topics: {a: [x], other: [y]}, allowed: [b, a]}", ["no topic can be called 'other'"]),
        ("regex", "{pattern: [a]}", ["filter 'regex' has no option 'pattern'; did you mean 'patterns'?"]),
    ],
)
def test_load_names_every_wrong_entry_of_an_option(tmp_path, name, options, messages):
    found = [message for _, _, message in _faults(tmp_path, RULE % (name, f", options: {options}"))]

    assert [one.startswith(begin) for one, begin in zip(found, messages, strict=True)] == [True] * len(found)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("extends: defualt\nrules: [{id: keys, enabled: false}]\n", "no shipped policy 'defualt'"),
        (
            "ruls: [{id: a, filter: pii, action: block}]\n",
            "unknown key 'ruls' in a policy; did you mean 'rules'?",
        ),
        (
            "规则: [{id: a, filter: pii, action: block}]\n",
            "unknown key '规则' in a policy; did you mean 'rules'?",
        ),
        (
            "rules: {id: a, filter: pii, action: block}\n",
            "'rules' must be a list of rules, not a mapping; begin each with '- '",
        ),
        (
            RULE % ("pii", ", labels: 'pii.phone, pii.email'"),
            "'labels' must be a list of labels, not a text; write [pii.phone, pii.email]",
        ),
        (
            RULE % ("harm", ", labels: [pii.email]"),
            "filter 'harm' has no label 'pii.email'; it belongs to the filter 'pii'",
        ),
        (
            RULE % ("pii", ", labels: [pii.person]"),
            "filter 'pii' has no label 'pii.person'; its options leave that out, see: guard filters pii",
        ),
        (
            RULE % ("pii", ", labels: [pii.phone], options: {entities: [pii.email]}"),
            "filter 'pii' has no label 'pii.phone'; its options leave that out, see: guard filters pii",
        ),
        (
            RULE % ("pii", ", labels: [pii.name]") + "tests: [{input: x, expect: {labels: [pii.person]}}]\n",
            "filter 'pii' has no label 'pii.name'; did you mean 'pii.person'? its options leave that out",
        ),
        (
            "rule: [{id: a, filter: pii, action: block}]\ntests: [{input: x, expect: {rules: [a]}}]\n",
            "unknown key 'rule' in a policy; did you mean 'rules'?",
        ),
        (
            "rules: [{id: a, fliter: pii, action: block}]\n",
            "unknown key 'fliter' in a rule; did you mean 'filter'?",
        ),
        (
            "rules: [{id: a, filter: pii, Action: block}]\n",
            "unknown key 'Action' in a rule; did you mean 'action'?",
        ),
        (
            RULE % ("pii", "") + "tests: [{input: x, except: allow}]\n",
            "unknown key 'except' in a test; did you mean 'expect'?",
        ),
        (
            "rules: [{id: “a”, filter: pii, action: block}]\ntests: [{input: x, expect: {rules: [a]}}]\n",
            "'“a”' has quotes in it, which are none to YAML; write a",
        ),
        (
            "id: shop”\n" + RULE % ("pii", ""),
            "'shop”' has quotes in it, which are none to YAML; write shop",
        ),
        (
            "extends: default\nrules: [{id: a, filter: pii, action: flag}, {id: a, action: block}]\n",
            "rule id 'a' is already taken on line 2; give this rule its own",
        ),
        (
            RULE % ("topic", ", options: {topics: [推荐股票]}"),
            "option 'topics' must be a mapping, not a list; write {a_name: [推荐股票]}",
        ),
        (
            RULE % ("keyword", ", options: {file: []}"),
            "option 'file' must be the name of a file, not a list",
        ),
        (RULE % ("pii", ", enabled: 否"), "'enabled' must be true or false, not a text; write false"),
        (RULE % ("pii", ", restore: 是"), "'restore' must be true or false, not a text; write true"),
        (
            RULE % ("pii", ", options: {names: 开}"),
            "option 'names' must be true or false, not a text; write true",
        ),
        (
            RULE % ("length", ", options: {max_chars: '500'}"),
            "option 'max_chars' must be a whole number, not a text; remove the quotes",
        ),
        (RULE % ("pii", ", mask: '{类别}'"), "no placeholder '{类别}' in 'mask'; did you mean '{kind}'?"),
        (
            RULE % ("pii", ", mask: '[{label]'"),
            "a brace in 'mask' is not closed at '{label]'; did you mean '{label}'?",
        ),
    ],
)
def test_load_says_a_fault_once_and_what_to_write_instead(tmp_path, text, message):
    ((_, _, found),) = _faults(tmp_path, text)

    assert found.startswith(message)
