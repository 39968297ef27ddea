"""Languages that a rule is asked to judge and that its filter does not cover."""

from __future__ import annotations

from collections.abc import Sequence

from guard.policy.language import LANGUAGES
from guard.registry import filters
from guard.types import OnError, Policy, Rule


def unread(policy: Policy, rule: Rule) -> list[str]:
    """The codes of languages that the rule, or else the policy, names and the filter does not cover."""
    covered = filters()[rule.filter](**rule.options).covered()
    asked = rule.languages or policy.languages
    return [] if covered is None else [code for code in asked if code not in covered]


def is_blocked(policy: Policy, rule: Rule, codes: Sequence[str]) -> bool:
    """Whether text in one of these languages, which the filter does not cover, is blocked unread."""
    tolerated = policy.other_languages is OnError.ALLOW and not set(codes) & set(policy.languages)
    return rule.on_error is OnError.BLOCK and not tolerated


def names_of(codes: Sequence[str]) -> str:
    """Languages by name and code.

    >>> names_of(["de", "sw"])
    'German (de) and Swahili (sw)'
    """
    named = [f"{LANGUAGES[code]} ({code})" for code in codes]
    return " and ".join([", ".join(named[:-1]), named[-1]] if named[1:] else named)
