"""`extends`: what a child changes, keeps and removes, and where faults are reported."""

import pytest

from guard.errors import PolicyError
from guard.policy.load import load
from guard.types import Action

PARENT = """\
id: parent
description: The parent.
languages: [zh, en]
defaults: {threshold: 0.6, timeout_ms: 900}
replies: {refusal: {zh: 不行。, en: No.}, crisis: Help.}
retries: 3
rules:
  - {id: first, filter: regex, action: block, options: {patterns: [a], ignore_case: true}}
  - {id: second, filter: length, action: flag}
tests:
  - {input: a, expect: {rules: [first]}}
"""


@pytest.fixture
def write(tmp_path):
    (tmp_path / "parent.yaml").write_text(PARENT, encoding="utf-8")

    def write(text, name="child.yaml"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_extends_brings_everything_but_name_and_tests(write):
    policy = load(write("extends: parent.yaml\n"))

    assert (policy.id, policy.languages, policy.retries, policy.tests) == ("child", ("zh", "en"), 3, ())
    assert [rule.id for rule in policy.rules] == ["first", "second"]
    assert policy.rules[0].threshold == 0.6


def test_extends_changes_a_rule_key_by_key_in_its_place(write):
    policy = load(write("extends: parent.yaml\nrules:\n  - id: first\n    action: flag\n"))
    first = policy.rules[0]

    assert (first.id, first.filter, first.action) == ("first", "regex", Action.FLAG)
    assert first.options == {"patterns": ["a"], "ignore_case": True}
    assert (first.mark.path, first.mark.line) == (policy.path, 3)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("action: flag", ""),
        ("action: block", "Blocks."),
        ("threshold: 0.9", "Blocks."),
        ("stages: [output]", ""),
        ("labels: [regex.match]", ""),
        ("action: flag, description: Flags.", "Flags."),
    ],
)
def test_extends_drops_a_description_of_what_a_rule_no_longer_does(write, change, told):
    write(
        "rules: [{id: a, filter: regex, action: block, description: Blocks., options: {patterns: [x]}}]",
        "p.yaml",
    )

    assert load(write(f"extends: p.yaml\nrules: [{{id: a, {change}}}]")).rules[0].description == told


def test_extends_changes_single_options(write):
    policy = load(write("extends: parent.yaml\nrules: [{id: first, options: {patterns: [b]}}]"))

    assert policy.rules[0].options == {"patterns": ["b"], "ignore_case": True}


def test_extends_another_filter_starts_without_the_old_options(write):
    policy = load(write("extends: parent.yaml\nrules: [{id: first, filter: length}]"))

    assert (policy.rules[0].filter, policy.rules[0].options) == ("length", {})


def test_extends_removes_a_rule_that_is_switched_off(write):
    policy = load(write("extends: parent.yaml\nrules: [{id: first, enabled: false}]"))

    assert [rule.id for rule in policy.rules] == ["second"]


def test_extends_defaults_reach_inherited_rules(write):
    rule = load(write("extends: parent.yaml\ndefaults: {threshold: 0.9}\n")).rules[0]

    assert (rule.threshold, rule.timeout_ms) == (0.9, 900)


def test_extends_merges_replies_by_language(write):
    policy = load(write("extends: parent.yaml\nreplies: {refusal: {en: Sorry.}, crisis: {zh: 请求助。}}\n"))

    assert policy.replies == {"refusal": {"zh": "不行。", "en": "Sorry."}, "crisis": {"zh": "请求助。"}}


def test_extends_several_later_ones_win(write):
    write(
        "rules: [{id: first, action: flag}, {id: third, filter: length, action: flag}]\nretries: 1\n",
        "b.yaml",
    )
    write("extends: parent.yaml\nrules: [{id: second, action: block}]\n", "a.yaml")
    policy = load(write("extends: [a.yaml, parent.yaml]\n"))

    assert [(rule.id, rule.action) for rule in policy.rules] == [
        ("first", Action.BLOCK),
        ("second", Action.FLAG),
    ]


def test_extends_is_relative_to_its_own_file(write, tmp_path, monkeypatch):
    path = write("extends: ../parent.yaml\n", "folder/child.yaml")
    monkeypatch.chdir(tmp_path)

    assert load("folder/child.yaml").sha256 == load(path).sha256


def test_extends_faults_stand_in_the_file_that_has_them(write, tmp_path, monkeypatch):
    write("rules:\n  - {id: a, filter: length, action: blok}\n", "bad.yaml")
    write("extends: bad.yaml\nrules:\n  - {id: b, filter: lenght, action: flag}\n")
    monkeypatch.chdir(tmp_path)

    with pytest.raises(PolicyError) as caught:
        load("child.yaml")

    assert [str(fault) for fault in caught.value.faults] == [
        "bad.yaml:2:37: no action 'blok'; did you mean 'block'?",
        "child.yaml:3:21: no filter 'lenght'; did you mean 'length'?",
    ]


def test_extends_an_unreadable_parent_raises_no_further_faults(write, tmp_path, monkeypatch):
    write("rules: [\n", "bad.yaml")
    write("extends: bad.yaml\nrules: [{id: first, action: flag}]\ntests: [{input: a, expect: allow}]\n")
    monkeypatch.chdir(tmp_path)

    with pytest.raises(PolicyError) as caught:
        load("child.yaml")

    assert [fault.path for fault in caught.value.faults] == ["bad.yaml"]


def test_extends_itself_is_a_circle(write):
    with pytest.raises(PolicyError, match="goes round in a circle"):
        load(write("extends: child.yaml\nrules: [{id: a, filter: length, action: flag}]\n"))


def test_extends_one_parent_by_two_ways_is_read_once(write):
    for number in range(12):
        parent = f"p{number - 1}.yaml" if number else "parent.yaml"
        write(f"extends: [{parent}, {parent.replace('p', './p', 1)}]\n", f"p{number}.yaml")

    assert len(load(write("extends: p11.yaml\n")).rules) == 2
