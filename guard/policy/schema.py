"""The JSON Schema of a policy, for editors that complete and check YAML.

Made from the same tables as the validator, so it never promises what `load` refuses; what a schema
cannot say (rule ids, inheritance, files, tests that name rules) is left to `load`.
"""

from __future__ import annotations

import copy
import json
import types
import typing
from pathlib import Path
from typing import Any

from guard.manual import summary
from guard.policy.key import POLICY, RULE, TEST
from guard.registry import Filter, OptionSpec, filters, options_of

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """The schema as JSON-ready data (draft 2020-12), with every installed filter's options."""
    whole = POLICY.schema()
    whole["properties"]["rules"] |= {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/rule"}}
    whole["properties"]["tests"] |= {"type": "array", "items": {"$ref": "#/$defs/test"}}
    whole["$defs"] = {"rule": _rule(), "whole_rule": _whole_rule(), "test": TEST.schema()}
    # A rule may leave out what it inherits, so only a policy that extends nothing must say it all.
    whole["if"] = {"not": {"required": ["extends"]}}
    whole["then"] = {
        "required": ["rules"],
        "properties": {"rules": {"items": {"$ref": "#/$defs/whole_rule"}}},
    }
    return {"$schema": DIALECT, "title": "Ernie Guard policy", **whole}


def _rule() -> dict[str, Any]:
    rule = RULE.schema()
    known = list(filters().values())
    rule["properties"]["filter"]["description"] += " " + " ".join(
        f"{cls.id}: {summary(cls)}" for cls in known
    )
    rule["properties"]["options"]["type"] = "object"
    rule["allOf"] = [_when(cls, _properties(cls)) for cls in known]
    return rule


def _whole_rule() -> dict[str, Any]:
    needs = [(cls, [spec.name for spec in options_of(cls) if spec.required]) for cls in filters().values()]
    return {
        "required": ["filter"],
        "allOf": [
            _when(cls, {"options": {"required": names}}, required=["options"])
            for cls, names in needs
            if names
        ],
    }


def _when(cls: type[Filter], properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What holds for rules of one filter."""
    condition = {"properties": {"filter": {"const": cls.id}}, "required": ["filter"]}
    return {"if": condition, "then": {"properties": properties, **more}}


def _properties(cls: type[Filter]) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "options": {
            "properties": {spec.name: _option(spec) for spec in options_of(cls)},
            "additionalProperties": False,
        },
        "stages": {"items": {"enum": [stage.value for stage in cls.stages]}},
    }
    # Where options add labels, the class cannot list them all.
    if cls.labels and cls.label_names is Filter.label_names:
        properties["labels"] = {"items": {"enum": _with_groups(cls.labels)}}
    return properties


def _with_groups(labels: tuple[str, ...]) -> list[str]:
    """The labels and every group that they belong to: `pii.email` belongs to `pii`."""
    found: dict[str, None] = {}
    for label in labels:
        words = label.split(".")
        found.update(dict.fromkeys(".".join(words[:end]) for end in range(1, len(words) + 1)))
    return list(found)


def _option(spec: OptionSpec) -> dict[str, Any]:
    found = {**type_schema(spec.type), "description": spec.description}
    if not spec.required and spec.default is not None:
        try:
            found["default"] = json.loads(json.dumps(spec.default))
        except (TypeError, ValueError):
            found["default"] = str(spec.default)
    return found


def type_schema(kind: Any) -> dict[str, Any]:
    """An option's Python type as JSON Schema; a file name is a text.

    >>> type_schema(list[str])
    {'type': 'array', 'items': {'type': 'string'}}
    """
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Literal:
        return {"enum": list(args)}
    if origin in (typing.Union, types.UnionType):
        return {"anyOf": [type_schema(arg) for arg in args]}
    if origin is list or kind is list:
        return {"type": "array", "items": type_schema(args[0]) if args else {}}
    if origin is dict or kind is dict:
        return {"type": "object", "additionalProperties": type_schema(args[1]) if args else {}}
    return copy.copy(_TYPES.get(kind, {}))


_TYPES: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    Path: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    type(None): {"type": "null"},
}
