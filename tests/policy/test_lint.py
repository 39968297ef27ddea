"""Advice: each warning on a policy that has it, none on one that is well made."""

import pytest

from guard.policy.lint import lint
from guard.policy.load import load
from guard.policy.shipped import shipped_names

HEAD = "version: 1\nlanguages: [zh, en]\n"
RULE = "rules:\n  - {id: a, filter: regex, action: block, options: {patterns: [x]}}\n"
ALLOWED = "  - {input: y, expect: allow}\n"
TESTS = "tests:\n  - {input: x, expect: {rules: [a]}}\n  - {input: y, expect: allow}\n"


def _rule(**keys):
    options = keys.pop("options", "{patterns: [x]}")
    given = {"id": "a", "filter": "regex", "action": "block"} | keys
    return "".join(f"{name}: {value}, " for name, value in given.items()) + f"options: {options}"


def _advice(tmp_path, text):
    path = tmp_path / "p.yaml"
    path.write_text(text, encoding="utf-8")
    return [(fault.line, fault.column, fault.message) for fault in lint(path)]


def test_lint_is_silent_on_a_policy_that_is_well_made(tmp_path):
    assert _advice(tmp_path, HEAD + RULE + TESTS) == []


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (RULE + TESTS, 1, "no format version"),
        (HEAD + RULE, 1, "this policy has no tests"),
        (HEAD + RULE + "tests:\n  - {input: x, expect: {rules: [a]}}\n", 5, "no test says what must pass"),
        (HEAD + RULE + "tests:\n  - {input: y, expect: allow}\n", 4, "rule 'a' is in no test"),
        (HEAD + "replies: {refusal: {en: No.}}\n" + RULE + TESTS, 3, "reply 'refusal' has no text in zh"),
        ("version: 1\nlanguages: [ja]\n" + RULE + TESTS, 2, "the built-in refusal does not speak ja"),
        (HEAD + "replies: {spare: No.}\n" + RULE + TESTS, 3, "no rule gives reply 'spare'"),
    ],
)
def test_lint_warns_about_the_policy(tmp_path, text, line, message):
    (found,) = _advice(tmp_path, text)

    assert found[0] == line
    assert found[2].startswith(message)


@pytest.mark.parametrize(
    ("second", "test", "missed"),
    [
        ({"action": "flag"}, "{input: x, expect: block}", "b"),
        ({"action": "flag"}, "{input: x, expect: flag}", "a"),
        ({}, "{input: x, expect: block}", "ab"),
        ({"action": "retry"}, "{input: x, expect: block}", "ab"),
        ({"action": "retry"}, "{output: x, expect: retry}", "a"),
        ({"stages": "[output]"}, "{input: x, expect: block}", "b"),
        ({"action": "redact"}, "{input: x, expect: {text: '[regex.match]'}}", "a"),
        ({"action": "redact"}, "{input: x, expect: {text: x}}", "ab"),
        ({"action": "redact"}, "{input: x, expect: {text: No.}}", "ab"),
        ({"options": "{patterns: {c: y}}"}, "{input: x, expect: {labels: [regex.c]}}", "a"),
    ],
)
def test_lint_counts_a_rule_as_tested_where_only_it_can_do_what_is_expected(tmp_path, second, test, missed):
    rules = f"rules:\n  - {{{_rule()}}}\n  - {{{_rule(**(second | {'id': 'b'}))}}}\n"
    text = f"{HEAD}replies: {{refusal: No.}}\n{rules}tests:\n  - {test}\n{ALLOWED}"
    found = [line[2].split("'")[1] for line in _advice(tmp_path, text) if "is in no test" in line[2]]

    assert "".join(found) == missed


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("某宝，某东", "'某宝，某东' is one word; separate words with the half-width comma ','"),
        ("某宝、某东", "'某宝、某东' is one word"),
        ("“某宝”，“某东”", "'“某宝”，“某东”' is one word"),
        ("'某宝,某东'", "'某宝,某东' is one word"),
        ("“某宝”", "'“某宝”' is looked for with its marks; write 某宝"),
        ("「某宝」", "'「某宝」' is looked for with its marks; write 某宝"),
        ("某东。", "'某东。' is looked for with its marks; write 某东"),
        ("'Other,'", "'Other,' is looked for with its marks; write Other"),
        ("'#tag'", ""),
        ("Yahoo!", ""),
        ("'click here, now'", ""),
        ("'1,000'", ""),
        ("《书名》", ""),
        ("don't", ""),
    ],
)
@pytest.mark.parametrize("options", ["{words: [%s]}", "{words: [某东西, %s]}", "{words: [x], allow: [%s]}"])
def test_lint_warns_of_words_that_hold_the_marks_around_them(tmp_path, word, message, options):
    rule = f"rules:\n  - {{{_rule(filter='keyword', options=options % word)}}}\n"
    found = _advice(tmp_path, f"{HEAD}{rule}{TESTS}")

    assert [(line, rule.index(word) - rule.index("  -") + 1 - at) for line, at, _ in found] == (
        [(4, 0)] if message else []
    )
    assert all(text.startswith(f"rule 'a': {message}") for _, _, text in found)


def test_lint_warns_of_entries_of_a_word_list_that_hold_several_words(tmp_path):
    (tmp_path / "words.txt").write_text("# 注、释\n某宝、某东\n某书\n" + "甲乙、丙丁\n" * 9, encoding="utf-8")
    rule = f"rules:\n  - {{{_rule(filter='keyword', options='{file: words.txt}')}}}\n"
    found = _advice(tmp_path, f"{HEAD}{rule}{TESTS}")

    assert len(found) == 5
    assert found[0][2] == (
        "rule 'a' reads entry 2 of words.txt: '某宝、某东' is one word; put each on a line of its own"
    )


@pytest.mark.parametrize(
    ("note", "cut"),
    [
        ("不要提及 #1 商店", True),
        ("不要 # 好", False),
        ("'不要 #1'", False),
        ("不要#1", False),
        ("'不要' #1", False),
    ],
)
def test_lint_warns_of_a_text_that_a_number_sign_cuts_short(tmp_path, note, cut):
    rule = "rules:\n  - id: a\n    filter: regex\n    action: retry #1\n    stages: [output]\n"
    rule += f"    note: {note}\n    options: {{patterns: [x]}}\n"
    found = _advice(tmp_path, HEAD + rule + TESTS.replace("input: x", "output: x"))
    advice = "YAML takes what stands from this # on for a comment; put the text in quotes"

    assert found == ([(8, 11 + note.index("#"), advice)] if cut else [])


def test_lint_warns_of_an_inherited_rule_that_no_longer_does_what_it_says(tmp_path):
    (tmp_path / "parent.yaml").write_text(f"{HEAD}rules:\n  - {{{_rule(description='Blocks.')}}}\n", "utf-8")
    child = "version: 1\nextends: parent.yaml\nrules:\n  - {id: a, %s}\n" + TESTS

    assert [found[0] for found in _advice(tmp_path, child % "action: flag")] == [4]
    assert _advice(tmp_path, child % "action: flag, description: Flags.") == []
    assert _advice(tmp_path, child % "threshold: 0.7") == []


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"mask": "'*'"}, "rule 'a' does not redact"),
        ({"restore": "true"}, "rule 'a' does not redact, so it restores nothing"),
        ({"note": "Again."}, "rule 'a' does not retry"),
        ({"extent": "sentence"}, "rule 'a' does not redact, so its 'extent' says nothing"),
        ({"marker": "true"}, "rule 'a' does not flag, so its 'marker' is never put"),
        ({"action": "allow"}, "rule 'a' allows what it finds"),
        ({"threshold": "0"}, "rule 'a' has threshold 0"),
        ({"action": "retry"}, "rule 'a' retries at input, sources, tool_result"),
        ({"action": "flag", "on_error": "allow", "reply": "r"}, "rule 'a' never blocks"),
    ],
)
def test_lint_warns_about_a_rule(tmp_path, keys, message):
    text = f"{HEAD}replies: {{r: No.}}\nrules:\n  - {{{_rule(**keys)}}}\n{TESTS}"
    used = [found for found in _advice(tmp_path, text) if "no rule gives reply" not in found[2]]

    assert [found[2].startswith(message) for found in used] == [True]
    assert used[0][0] == 5


@pytest.mark.parametrize(
    ("filter_id", "keys", "column", "message"),
    [
        ("grounding", "options: {judge: true}", 46, "waits for a model's answer, but only for 2000 ms"),
        (
            "grounding",
            "options: {judge: true}, timeout_ms: 900",
            70,
            "waits for a model's answer, but only for 900 ms",
        ),
        ("grounding", "options: {judge: true}, timeout_ms: 30000", 0, ""),
        ("grounding", "timeout_ms: 900", 0, ""),
        ("self_consistency", "options: {budget_ms: 800}", 53, "gives other answers 800 ms"),
        ("self_consistency", "timeout_ms: 900", 0, ""),
    ],
)
def test_lint_warns_of_too_little_time_for_a_model(tmp_path, filter_id, keys, column, message):
    rule = f"rules:\n  - {{id: a, filter: {filter_id}, action: flag, {keys}}}\n"
    found = _advice(tmp_path, f"{HEAD}{rule}tests:\n  - {{output: x, expect: {{rules: [a]}}}}\n{ALLOWED}")

    assert [(line, at) for line, at, _ in found] == ([(4, column)] if column else [])
    assert all(text.startswith(f"rule 'a' {message}") for _, _, text in found)


def test_lint_counts_the_patience_of_rules_that_share_a_scan(tmp_path):
    rules = "".join(
        f"  - {{id: {name}, filter: grounding, action: flag, labels: [grounding.{label}], "
        f"options: {{judge: true}}, timeout_ms: {ms}}}\n"
        for name, label, ms in (("a", "contradicted", 2000), ("b", "unsupported", 30000))
    )
    tests = f"tests:\n  - {{output: x, expect: {{rules: [a, b]}}}}\n{ALLOWED}"

    assert _advice(tmp_path, f"{HEAD}rules:\n{rules}{tests}") == []


def test_lint_warns_that_no_retry_is_left(tmp_path):
    rule = _rule(action="retry", stages="[output]")
    text = f"{HEAD}retries: 0\nrules:\n  - {{{rule}}}\n{TESTS}"

    assert [found[2] for found in _advice(tmp_path, text)] == [
        "rule 'a' retries, but 'retries' is 0, so it blocks at once"
    ]


@pytest.mark.parametrize(
    ("first", "second", "idle"),
    [
        ({}, {}, "b"),
        ({"action": "flag"}, {"action": "block"}, "a"),
        ({"action": "block"}, {"action": "flag", "threshold": "0.9"}, "b"),
        ({"action": "block"}, {"action": "flag", "threshold": "0.1"}, None),
        ({"stages": "[input]"}, {"stages": "[output]"}, None),
        ({"stages": "[input, output]"}, {"stages": "[output]"}, "b"),
        ({"labels": "[regex.match]"}, {}, None),
        ({}, {"labels": "[regex.match]"}, "b"),
        ({}, {"options": "{patterns: [y]}"}, None),
        ({"on_error": "allow"}, {"on_error": "block"}, None),
        ({"languages": "[zh]"}, {"languages": "[en]"}, None),
        ({"languages": "[zh]", "action": "flag"}, {"languages": "[zh, en]"}, "a"),
        ({"languages": "[zh]", "action": "flag"}, {"languages": "[en]"}, None),
        ({"languages": "[zh, en]"}, {"languages": "[en]"}, "b"),
        ({"languages": "[zh]"}, {}, None),
        ({}, {"languages": "[zh]"}, "b"),
    ],
)
def test_lint_finds_the_rule_that_changes_nothing(tmp_path, first, second, idle):
    rules = f"rules:\n  - {{{_rule(**first)}}}\n  - {{{_rule(**(second | {'id': 'b'}))}}}\n"
    tests = TESTS.replace("[a]", "[a, b]")
    found = [line for line in _advice(tmp_path, HEAD + rules + tests) if "changes nothing" in line[2]]

    assert [line[2].split("'")[1] for line in found] == ([idle] if idle else [])


def test_lint_leaves_inherited_rules_to_their_own_file(tmp_path):
    (tmp_path / "parent.yaml").write_text(HEAD + RULE, encoding="utf-8")

    assert _advice(tmp_path, "version: 1\nextends: parent.yaml\n") == []


JUDGED = "{id: a, filter: injection, stages: [input], action: block%s}"


@pytest.mark.parametrize(
    ("head", "keys", "line", "told"),
    [
        ("languages: [en, de, sw]", "", 2, "German (de) and Swahili (sw), but its filter 'injection'"),
        ("languages: [en, de]", "", 2, "blocked ('on_error: block'); take de out of 'languages' and write "),
        ("languages: [en, de]\nother_languages: allow", "", 2, "take de out of 'languages', and it is let"),
        ("languages: [en, de]", ", on_error: allow", 2, "such text is let through, reported as not judged; "),
        ("languages: [en]", ", languages: [de]", 4, "German (de)"),
        ("languages: [en]", ", options: {backend: classical}, languages: [fr]", 4, "French (fr)"),
        ("languages: [en, de]", ", options: {model: a/b, covers: [en]}", 2, "German (de)"),
    ],
)
def test_lint_warns_of_a_rule_that_does_not_read_a_promised_language(tmp_path, head, keys, line, told):
    path = tmp_path / "parent.yaml"
    path.write_text(f"version: 1\nlanguages: [en]\nrules:\n  - {JUDGED % keys}\n", encoding="utf-8")
    child = _advice(tmp_path, f"version: 1\n{head}\nextends: parent.yaml\n")
    own = _advice(tmp_path, f"version: 1\n{head}\nrules:\n  - {JUDGED % keys}\n{TESTS}")
    found = [one for one in own if "does not cover" in one[2]]

    assert len(found) == 1
    assert found[0][2].startswith("rule 'a' is promised to judge ")
    assert told in found[0][2]
    assert [one[0] for one in child if "does not cover" in one[2]] == ([line] if line == 2 else [])


@pytest.mark.parametrize(
    ("languages", "keys"),
    [
        ("[en, zh]", ""),
        ("[en, de]", ", languages: [en]"),
        ("[en, de]", ", options: {model: a/b}"),
        ("[en, de]", ", options: {model: a/b, covers: [en, de]}"),
    ],
)
def test_lint_is_silent_on_languages_that_are_read(tmp_path, languages, keys):
    text = f"version: 1\nlanguages: {languages}\nrules:\n  - {JUDGED % keys}\n{TESTS}"

    assert [one for one in _advice(tmp_path, text) if "does not cover" in one[2]] == []


def test_lint_takes_a_policy_from_data():
    rule = {"id": "a", "filter": "regex", "action": "block", "options": {"patterns": ["x"]}}

    assert [fault.message[:24] for fault in lint(load({"rules": [rule]}))] == ["this policy has no tests"]


@pytest.mark.parametrize("name", shipped_names())
def test_lint_is_silent_on_shipped_policies(name):
    assert [str(fault) for fault in lint(name)] == []
