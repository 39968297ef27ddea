"""A policy in plain words."""

import pytest

from guard.policy.explain import WIDTH, describe
from guard.policy.load import load
from guard.policy.shipped import shipped_names


def _rule(**keys):
    return {"id": "a", "filter": "regex", "action": "block", "options": {"patterns": ["x"]}} | keys


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ({}, "nothing goes on, and the user is given the reply 'refusal'."),
        ({"action": "flag"}, "the text goes on unchanged, and the finding is reported to the application."),
        ({"action": "allow"}, "the text goes on unchanged, and the finding is only noted."),
        ({"action": "redact"}, "the characters found are replaced (by '[kind of finding]')."),
        (
            {"action": "redact", "mask": "*"},
            "the characters found are replaced (by one '*' for each character).",
        ),
        ({"action": "redact", "mask": ""}, "(by nothing: they are cut out)."),
        (
            {"action": "redact", "extent": "sentence"},
            "the whole sentence is replaced (by nothing: it is cut out).",
        ),
        ({"action": "flag", "marker": "[?]"}, "the sentence of the answer goes on with '[?]' behind it"),
        ({"action": "flag", "marker": True}, "goes on with a built-in remark behind it"),
        (
            {"action": "redact", "restore": True},
            "(by '[KIND_1]'), and stand again in an answer that holds what replaced them.",
        ),
        ({"action": "retry", "note": "No x."}, "the model is asked again and told 'No x.', up to 2 times;"),
        ({"stages": ["input", "output"]}, "Looks at what the user writes and the model's answer."),
        ({"labels": ["regex.match"], "threshold": 0.25}, "finds regex.match with a score of 0.25 or more"),
        ({"on_error": "allow", "timeout_ms": 500}, "What a rule cannot judge within 0.5 s is let through"),
        ({"description": "Codes stay inside."}, "1. a: Codes stay inside."),
        ({"options": {"patterns": list("abcde")}}, "Set to patterns: a, b, c and 2 more."),
    ],
)
def test_explain_says_what_a_rule_does(keys, sentence):
    told = " ".join(describe(load({"rules": [_rule(**keys)]})).split())

    assert sentence in told


def test_explain_begins_and_ends_with_the_whole():
    told = describe(load({"id": "shop", "languages": ["zh", "en"], "rules": [_rule()]}))

    assert told.startswith("Policy 'shop' covers Chinese and English and has 1 rule.")
    assert "It carries no tests of its own." in told


def test_explain_says_once_what_all_rules_share_and_apart_where_they_differ():
    grounding = {"id": "g", "filter": "grounding", "action": "flag"}
    shared = describe(load({"rules": [_rule(), grounding]}))
    apart = describe(load({"rules": [_rule(), grounding | {"on_error": "allow"}]}))

    assert shared.count("cannot judge") == 1
    assert apart.count("cannot judge") == 2
    assert shared.count("Without sources it does not apply.") == 1


@pytest.mark.parametrize("name", shipped_names())
def test_explain_fits_the_page_and_names_every_rule(name):
    policy = load(name)
    told = describe(policy)

    assert all(rule.id in told for rule in policy.rules)
    assert max(map(len, told.splitlines())) <= WIDTH
