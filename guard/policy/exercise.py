"""Whether the tests of a policy would notice that a rule is lost."""

from __future__ import annotations

from collections.abc import Iterator

from guard.policy.example import judged_stages
from guard.registry import filters
from guard.types import BEFORE_CALL, Action, Policy, PolicyTest, Rule


def is_exercised(rule: Rule, policy: Policy) -> bool:
    """Whether some test expects the rule, a label that it claims, or what no other rule can bring about."""
    return any(
        rule.id in test.rules
        or _claims_label(rule, test)
        or any(able == [rule] for able in _able(policy, test))
        for test in policy.tests
    )


def _claims_label(rule: Rule, test: PolicyTest) -> bool:
    if not (test.labels and _looks(rule, test)):
        return False
    known = [one for one in filters()[rule.filter](**rule.options).label_names() if rule.covers(one)]
    return any(one == label or one.startswith(label + ".") for label in test.labels for one in known)


def _looks(rule: Rule, test: PolicyTest) -> bool:
    return bool(set(judged_stages(test)) & set(rule.stages))


def _able(policy: Policy, test: PolicyTest) -> Iterator[list[Rule]]:
    """The rules that can take the action that a test expects, and those that can change its text so."""
    rules = [rule for rule in policy.rules if _looks(rule, test)]
    if test.action not in (None, Action.ALLOW):
        yield [rule for rule in rules if test.action in _outcomes(rule, test)]
    if test.text is not None and test.text not in _texts(test):
        refused = any(test.text in texts.values() for texts in policy.replies.values())
        yield [rule for rule in rules if not refused and (rule.action is Action.REDACT or rule.marks)]


def _outcomes(rule: Rule, test: PolicyTest) -> set[Action]:
    """What follows if the rule finds something where the test looks."""
    retries = rule.action is Action.RETRY
    stages = set(judged_stages(test)) & set(rule.stages)
    return {Action.BLOCK if retries and stage in BEFORE_CALL else rule.action for stage in stages}


def _texts(test: PolicyTest) -> set[str]:
    """The texts that the test has judged, as they are."""
    return {part.text for stage in judged_stages(test) for part in test.exchange.parts(stage)}
