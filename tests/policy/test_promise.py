"""Languages that a rule is asked for and does not cover, and what the engine then does."""

import pytest

from guard.models import encoder, name, ngram
from guard.pipeline.guard import Guard
from guard.policy.load import load
from guard.policy.promise import is_blocked, names_of, unread
from guard.registry import create, filters

GERMAN = "Guten Morgen, können Sie mir sagen, wann die Bibliothek am Samstag öffnet?"


def policy(rule=None, **keys):
    made = {"id": "a", "filter": "injection", "stages": ["input"], "threshold": 0.9, "action": "block"}
    return load({"rules": [made | (rule or {})]} | keys)


@pytest.mark.parametrize("filter_id", ["harm", "injection"])
def test_coverage_is_that_of_the_models(filter_id):
    assert filters()[filter_id].coverage() == {
        "encoder": encoder.shipped().languages(filter_id),
        "classical": ngram.shipped().languages(filter_id),
    }


@pytest.mark.parametrize("backend", ["encoder", "classical"])
def test_coverage_of_names_is_that_of_their_finder(backend):
    assert create("pii", {"names": True, "backend": backend}).covered() == name.finder(backend).languages
    assert create("pii", {"backend": backend}).covered() is None


@pytest.mark.parametrize(
    ("rule", "keys"),
    [
        ({}, {"languages": ["en", "de"]}),
        ({}, {"languages": ["en", "de"], "other_languages": "allow"}),
        ({"on_error": "allow"}, {"languages": ["en", "de"]}),
        ({"languages": ["de"]}, {"languages": ["en"], "other_languages": "allow"}),
        ({"languages": ["de"]}, {"languages": ["en"]}),
    ],
)
def test_is_blocked_says_what_the_engine_does(rule, keys):
    made = policy(rule, **keys)
    codes = unread(made, made.rules[0])

    assert codes == ["de"]
    assert is_blocked(made, made.rules[0], codes) is Guard(made).check(GERMAN).blocked


def test_unread_is_empty_where_a_filter_reads_all_or_nobody_knows():
    asked = {"languages": ["en", "de"]}

    for rule in ({"filter": "length", "options": {"max_chars": 9}}, {"options": {"model": "a/b"}}):
        made = policy(rule, **asked)
        assert unread(made, made.rules[0]) == []


@pytest.mark.parametrize(
    ("codes", "told"),
    [
        (["de"], "German (de)"),
        (["de", "sw"], "German (de) and Swahili (sw)"),
        (["de", "sw", "ta"], "German (de), Swahili (sw) and Tamil (ta)"),
    ],
)
def test_names_of_lists_languages(codes, told):
    assert names_of(codes) == told
