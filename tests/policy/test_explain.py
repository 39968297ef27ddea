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
        ({"action": "redact"}, "the characters found are replaced (for example by '[regex.match]')."),
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
            "(for example by '[CODE_1]'), and stand again in an answer that holds what replaced them.",
        ),
        ({"action": "retry", "note": "No x."}, "the model is asked again and told 'No x.', up to 2 times;"),
        ({"stages": ["input", "output"]}, "Looks at what the user writes and the model's answer."),
        ({"labels": ["regex.match"], "threshold": 0.25}, "finds regex.match with a score of 0.25 or more"),
        ({"on_error": "allow", "timeout_ms": 500}, "What a rule cannot judge within 0.5 s is let through"),
        ({"description": "Codes stay inside."}, "1. a: Codes stay inside."),
        ({"action": "redact", "mask": "gone"}, "the characters found are replaced (by 'gone')."),
        ({"options": {"patterns": list("abcde")}}, "Set to 5 patterns: 'a', 'b', 'c' and 2 more."),
        (
            {"options": {"patterns": ["a, b"], "ignore_case": True}},
            "Set to 1 pattern: 'a, b'; ignore_case: yes.",
        ),
        ({"filter": "pii", "options": {"countries": ["de", "us"]}}, "Set to 2 countries: 'de', 'us'."),
        ({"languages": ["zh", "en"]}, "In talks in Chinese or English, when it finds"),
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


@pytest.mark.parametrize(
    ("languages", "labels", "mask", "shown"),
    [
        (["zh"], ["pii.phone"], "[{kind}_{number}]", "[电话_1]"),
        (["en"], ["pii.phone", "pii.email"], "[{kind}_{number}]", "[PHONE_1]"),
        (["zh"], ["pii.phone"], "[{label}]", "[pii.phone]"),
        ([], ["pii.email"], "<{kind}:{hash}>", "<EMAIL:3f9a0c71d2e4>"),
    ],
)
def test_explain_shows_a_mask_as_it_may_appear(languages, labels, mask, shown):
    rule = {"id": "a", "filter": "pii", "action": "redact", "labels": labels, "mask": mask}
    told = describe(load({"rules": [rule]} | ({"languages": languages} if languages else {})))

    assert f"(for example by {shown!r})" in told


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ({}, "Text in a language that a filter's model does not cover counts as not judged."),
        (
            {"other_languages": "allow"},
            "a filter's model does not cover is let through, and reported as not judged.",
        ),
        (
            {"other_languages": "allow", "languages": ["zh"]},
            "does not cover and the policy does not promise is",
        ),
    ],
)
def test_explain_says_what_becomes_of_other_languages(keys, sentence):
    assert sentence in " ".join(describe(load({"rules": [_rule()]} | keys)).split())


def test_explain_says_what_is_inherited_changed_and_switched_off(tmp_path):
    path = tmp_path / "p.yaml"
    changes = "{id: contact-details, enabled: false}, {id: keys, action: block}"
    own = "{id: own, filter: pii, action: flag}"
    path.write_text(f"extends: default\nrules: [{changes}, {own}]\n", encoding="utf-8")
    told = " ".join(describe(load(path)).split())

    assert "From 'default', as they stand there: identity-numbers, jailbreak, " in told
    assert "Inherited and changed here: keys. Switched off: contact-details. 1." in told


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ({}, "It does not cover German (de): what is written in that is blocked."),
        (
            {"on_error": "allow"},
            "German (de): what is written in that is let through, and reported as not judged.",
        ),
        ({"filter": "pii", "options": {"names": True}}, None),
        ({"languages": ["en"]}, None),
    ],
)
def test_explain_says_what_becomes_of_a_promised_language_that_a_rule_does_not_read(keys, sentence):
    rule = {"id": "a", "filter": "injection", "stages": ["input"], "action": "block"} | keys
    told = " ".join(describe(load({"languages": ["en", "de"], "rules": [rule]})).split())

    assert (sentence in told) if sentence else ("It does not cover" not in told)
