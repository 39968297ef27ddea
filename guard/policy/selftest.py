"""Runs the examples that a policy carries."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from guard.policy.example import judged_stages
from guard.types import Action, Decision, Exchange, Policy, PolicyTest, Stage

MOST_FOUND = 3
"""Findings named in one failure; the rest are counted."""


@dataclass(frozen=True, slots=True)
class TestResult:
    """What a policy made of one of its examples; `failures` say what was expected instead."""

    __test__: ClassVar[bool] = False  # not for pytest, whatever the name

    test: PolicyTest
    decision: Decision
    failures: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether all that the example expects came true."""
        return not self.failures


def run(policy: Policy, judge: Callable[[Exchange, Sequence[Stage]], Decision]) -> list[TestResult]:
    """Each test of the policy judged, in order.

    `judge` is how the pipeline decides on an exchange at some stages. A test of `input` is judged at
    all stages before the call that it gives texts of, one of `output` at all stages after it.
    """
    results = []
    for number, test in enumerate(policy.tests, 1):
        decision = judge(test.exchange, judged_stages(test))
        where = str(test.mark) if test.mark and policy.path else f"tests[{number - 1}]"
        failures = tuple(f"{where}: {line}" for line in _failures(test, decision))
        results.append(TestResult(test, decision, failures))
    return results


def _failures(test: PolicyTest, decision: Decision) -> Iterator[str]:
    if test.action is not None and decision.action is not test.action:
        yield f"expected action {test.action}, got {decision.action} ({_why(decision)})"
    found = {finding.label for finding in decision.findings}
    for label in test.labels:
        if not any(one == label or one.startswith(label + ".") for one in found):
            yield f"expected label {label}, got {_listed(found)}"
    fired = {finding.rule for finding in decision.findings}
    for rule in test.rules:
        if rule not in fired:
            yield f"expected rule {rule} to find something, got {_listed(fired)}"
    if test.text is not None:
        text = _text(test, decision)
        if text != test.text:
            yield f"expected text {test.text!r}, got {text!r}"


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"


def _why(decision: Decision) -> str:
    """What the decision rests on: its rule's findings first, then texts that were not judged."""
    ranked = sorted(decision.findings, key=lambda one: (one.rule != decision.rule, -one.score))
    reasons = [f"rule {one.rule}: {one.label} {one.score:.2f}" for one in ranked[:MOST_FOUND]]
    if len(ranked) > MOST_FOUND:
        reasons.append(f"{len(ranked) - MOST_FOUND} more")
    reasons += [f"rule {one.rule} not judged: {one.reason}" for one in decision.unjudged if not one.missing]
    return "; ".join(reasons) or "nothing found"


_MAIN_TEXT = re.compile(r"\.(content|text)(\[\d+\])?$")
"""What a message or source says, apart from its title, reasoning and tool calls."""


def _text(test: PolicyTest, decision: Decision) -> str:
    """The text that goes on: the refusal, or the tested text as redacted."""
    if decision.action is Action.BLOCK:
        return decision.text
    if test.stage is Stage.OUTPUT and test.exchange.response is not None and test.exchange.response.content:
        content = test.exchange.response.content
        return decision.edits.get("response.content", content)
    parts = list(test.exchange.parts(test.stage))
    parts = [part for part in parts if _MAIN_TEXT.search(part.path)] or parts
    return decision.edits.get(parts[-1].path, parts[-1].text) if parts else decision.text
