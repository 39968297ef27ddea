"""The JSON Schema: valid itself, fit for shipped policies, and never stricter than the loader."""

import copy

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.errors import PolicyError
from guard.policy.load import load
from guard.policy.schema import schema, type_schema
from guard.policy.shipped import shipped_dir, shipped_names
from guard.registry import filters, options_of

GOOD = yaml.safe_load("""
version: 1
id: shop
languages: [zh, en]
defaults: {on_error: allow, timeout_ms: 500, threshold: 0.7, stages: [output], action: flag}
replies: {refusal: {zh: 抱歉。, en: Sorry.}, other: One text for all.}
retries: 1
rules:
  - id: codes
    filter: regex
    stages: [input, output]
    labels: [regex.match]
    threshold: 1
    action: redact
    mask: "*"
    reply: other
    options: {patterns: [x], ignore_case: true}
  - {id: short, filter: length, action: flag}
tests:
  - {input: x, sources: [a, {text: b, id: c}], expect: {action: redact, rules: [codes]}}
  - {messages: [{role: user, content: hi}], expect: allow}
""")
CHECK = jsonschema.Draft202012Validator(schema())


def test_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("name", shipped_names())
def test_schema_takes_shipped_policies(name):
    data = yaml.safe_load((shipped_dir() / f"{name}.yaml").read_text(encoding="utf-8"))

    assert [error.message for error in CHECK.iter_errors(data)] == []


def test_schema_takes_a_policy_that_only_changes_a_rule():
    assert CHECK.is_valid({"extends": "default", "rules": [{"id": "jailbreak", "threshold": 0.9}]})
    assert not CHECK.is_valid({"rules": [{"id": "jailbreak", "threshold": 0.9}]})


def test_schema_describes_every_option_of_every_filter():
    told = {
        part["if"]["properties"]["filter"]["const"]: part["then"]["properties"]["options"]["properties"]
        for part in schema()["$defs"]["rule"]["allOf"]
    }

    assert told.keys() == filters().keys()
    for name, cls in filters().items():
        assert {key: option["description"] for key, option in told[name].items()} == {
            spec.name: spec.description for spec in options_of(cls)
        }


def test_schema_of_option_types():
    assert type_schema(list[int] | None) == {
        "anyOf": [{"type": "array", "items": {"type": "integer"}}, {"type": "null"}]
    }
    assert type_schema(dict[str, float]) == {"type": "object", "additionalProperties": {"type": "number"}}


def _places(data, path=()):
    yield path
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        yield from _places(value, (*path, key))


PLACES = [path for path in _places(GOOD) if path]
VALUES = st.one_of(
    st.sampled_from([b"", float("nan"), float("inf"), 2**70, {1: 2}, [[]], "0.5", "\ud800", "\0"]),
    st.sampled_from(
        ["", "input", "block", "regex", "zh", "nope", "a\nb", [], {}, None, True, -1, 0, 1, 2, 1.5]
    ),
    st.lists(st.sampled_from(["input", "x", 1, None]), max_size=2),
    st.dictionaries(st.sampled_from(["id", "action", "zh", "words"]), st.sampled_from(["x", 1]), max_size=2),
)


@given(place=st.sampled_from(PLACES), value=VALUES, remove=st.booleans())
@settings(max_examples=100, deadline=None)
def test_schema_rejects_nothing_that_loads(place, value, remove):
    data = copy.deepcopy(GOOD)
    inner = data
    for key in place[:-1]:
        inner = inner[key]
    if remove:
        del inner[place[-1]]
    else:
        inner[place[-1]] = value
    try:
        load(data)
    except PolicyError:
        return

    assert [error.message for error in CHECK.iter_errors(data)] == []
