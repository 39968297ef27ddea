"""Loads a policy: from YAML, a shipped name or Python data to a validated `Policy`.

All faults are found in one run, each with its line and column and with what would have been right.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from guard.errors import PolicyError
from guard.policy.example import check_tests
from guard.policy.fingerprint import fingerprint
from guard.policy.inherit import Gathered, gather
from guard.policy.key import POLICY
from guard.policy.near import misspelt
from guard.policy.node import DATA, Faults, Kind, Node
from guard.policy.rule import Checked, Frame, check_rules
from guard.types import Mark, OnError, Policy

RETRIES = 2
"""How often a model is asked again where the policy does not say."""

NO_ID = "policy"
"""The id of a policy that neither has one nor comes from a file."""


def load(source: str | Path | Mapping[str, Any]) -> Policy:
    """The policy at a path, of a shipped name such as `default`, or in a mapping.

    A text is a path if it ends in `.yaml` or `.yml`, holds a separator or names an existing file;
    otherwise it is the name of a shipped policy. Raises `PolicyError` with every fault in file order;
    faults of a mapping stand at `<policy>:1:1` and name the key.
    """
    faults = Faults()
    gathered = gather(source, faults)
    policy = None if gathered.root is None else _policy(gathered, gathered.root, faults)
    if policy is None or faults.found:
        raise PolicyError(faults.in_order())
    try:
        return replace(policy, sha256=fingerprint(policy))
    except OSError as error:
        faults.at(Mark(policy.path or DATA, 1, 1), f"cannot read {error.filename}: {error.strerror}")
        raise PolicyError(faults.in_order()) from error


def _policy(gathered: Gathered, root: Node, faults: Faults) -> Policy | None:
    values = POLICY.read(root, "a policy", faults)
    if values is None:
        return None
    frame = Frame(
        defaults=values.get("defaults", {}),
        replies=_names(root, "replies"),
        inherits="extends" in root.pairs,
        complete=gathered.complete,
    )
    rules = root.get("rules")
    checked = check_rules(rules.items if rules is not None else (), frame, faults)
    _check_some_rule(root, checked, faults, complete=gathered.complete)
    known = checked if _has_all(root, checked, complete=gathered.complete) else None
    tests = root.get("tests")
    return Policy(
        id=values.get("id") or Path(gathered.path).stem or NO_ID,
        rules=tuple(one.rule for one in checked if one.enabled),
        languages=values.get("languages", ()),
        replies=_replies(values.get("replies", {})),
        tests=tuple(check_tests(tests.items if tests is not None else (), known, faults)),
        other_languages=OnError(values.get("other_languages", OnError.BLOCK)),
        retries=values.get("retries", RETRIES),
        path=gathered.path,
    )


def _names(root: Node, name: str) -> tuple[str, ...]:
    node = root.get(name)
    return tuple(node.pairs) if node is not None else ()


def _has_all(root: Node, checked: list[Checked], *, complete: bool) -> bool:
    """Whether every rule is known by its id, so that tests can be held against them."""
    rules = root.get("rules")
    named = rules is not None and len(checked) == len(rules.items) and all(one.rule.id for one in checked)
    return named and complete and "rules" not in misspelt(root.pairs, [key.name for key in POLICY.keys])


def _check_some_rule(root: Node, checked: list[Checked], faults: Faults, *, complete: bool) -> None:
    rules = root.get("rules")
    if rules is None:
        if complete and not root.torn and {key.name for key in POLICY.keys} >= set(root.pairs):
            faults.add(root, "this policy has no rules; add 'rules', or 'extends: default'")
    elif rules.kind is Kind.LIST and not rules.items:
        faults.add(rules, "'rules' is empty; a policy needs at least one rule")
    elif complete and checked and not any(one.enabled for one in checked):
        faults.add(rules, "every rule is switched off; a policy needs at least one")


def _replies(given: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Replies by name and language; a text without language stands under the empty one."""
    return {name: {"": texts} if isinstance(texts, str) else texts for name, texts in given.items()}
