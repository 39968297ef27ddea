"""Checks the `tests` of a policy and makes `PolicyTest`s of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from guard.policy.key import TEST
from guard.policy.near import near
from guard.policy.node import Faults, Kind, Node
from guard.policy.rule import Checked, reaches
from guard.types import (
    AFTER_CALL,
    Action,
    Exchange,
    Message,
    PolicyTest,
    Response,
    Source,
    Stage,
    ToolCall,
)

ANSWER = ("output", "reasoning", "tool_call")
TEXTS = ("input", "messages", "sources", "tool_result", *ANSWER)
_KEYS = {key.name for key in TEST.keys}


def check_tests(nodes: Sequence[Node], checked: Sequence[Checked] | None, faults: Faults) -> list[PolicyTest]:
    """All tests that could be read, in order; with `None` for the rules, none are said to be missing."""
    found = []
    for node in nodes:
        values = TEST.read(node, "each of 'tests'", faults)
        if values is not None:
            test = _test(node, values, faults)
            _check_expect(node, checked, faults)
            if test is not None:
                found.append(test)
    return found


def _test(node: Node, values: dict[str, Any], faults: Faults) -> PolicyTest | None:
    if not any(name in node.pairs for name in TEXTS):
        if all(name in _KEYS for name in node.pairs):  # else a misspelt key may have been meant
            faults.add(node, f"this test gives no text to judge; one of: {', '.join(TEXTS)}")
        return None
    if "input" in node.pairs and "messages" in node.pairs:
        faults.add(node.pairs["messages"][0], "a test gives either 'input' or 'messages', not both")
    if "samples" in node.pairs and "output" not in node.pairs:
        faults.add(node.pairs["samples"][0], "'samples' are answers beside an 'output'; this test gives none")
    exchange = _exchange(values)
    stage = _stage(node, values, exchange, faults)
    expect = values.get("expect", {})
    if isinstance(expect, str):
        expect = {"action": expect}
    action = expect.get("action")
    return PolicyTest(
        stage=stage,
        exchange=exchange,
        action=None if action is None else Action(action),
        labels=expect.get("labels", ()),
        rules=expect.get("rules", ()),
        text=expect.get("text"),
        mark=node.mark,
    )


def _exchange(values: dict[str, Any]) -> Exchange:
    messages = [Message.of(raw) for raw in values.get("messages", ())]
    if "input" in values:
        messages.append(Message("user", (values["input"],)))
    if "tool_result" in values:
        messages.append(Message("tool", (values["tool_result"],)))
    response = None
    if any(name in values for name in ANSWER):
        calls = (ToolCall("", values["tool_call"]),) if "tool_call" in values else ()
        response = Response(values.get("output", ""), values.get("reasoning", ""), calls)
    return Exchange(
        messages=tuple(messages),
        sources=tuple(Source.of(raw) for raw in values.get("sources", ())),
        response=response,
        samples=tuple(values.get("samples", ())),
    )


def _stage(node: Node, values: dict[str, Any], exchange: Exchange, faults: Faults) -> Stage:
    """The stage that a test judges: its own word, else the answer if there is one, else what was asked."""
    if "stage" in values:
        stage = Stage(values["stage"])
        asked = node.get("stage")
        if asked is not None and not any(exchange.parts(stage)):
            faults.add(asked, f"this test judges stage {stage.value!r} but gives no text of that stage")
        return stage
    if "output" in values or "reasoning" in values:
        return Stage.OUTPUT
    order = (Stage.TOOL_CALL, Stage.INPUT, Stage.TOOL_RESULT, Stage.SOURCES)
    return next((stage for stage in order if any(exchange.parts(stage))), Stage.INPUT)


def judged_stages(test: PolicyTest) -> tuple[Stage, ...]:
    """The stages that a test has judged, as the pipeline would.

    `input` stands for all that is checked before the call, `output` for all after it, as far as the
    test gives texts of them; any other stage stands for itself.
    """
    if test.stage is Stage.INPUT:
        together: tuple[Stage, ...] = (Stage.SOURCES, Stage.TOOL_RESULT, Stage.INPUT)
    elif test.stage is Stage.OUTPUT:
        together = AFTER_CALL
    else:
        return (test.stage,)
    return tuple(stage for stage in together if any(test.exchange.parts(stage)))


def _check_expect(node: Node, checked: Sequence[Checked] | None, faults: Faults) -> None:
    expect = node.get("expect")
    if expect is None or expect.kind is not Kind.MAPPING:
        return
    if not expect.pairs:
        faults.add(expect, "'expect' is empty; give an action, or action, labels, rules or text")
    if checked is None:
        return
    rules = expect.get("rules")
    for item in rules.items if rules is not None else ():
        if item.kind is Kind.TEXT:
            _check_rule_name(item, checked, faults)
    labels = expect.get("labels")
    for item in labels.items if labels is not None else ():
        if item.kind is Kind.TEXT and item.value.strip():
            _check_label(item, checked, faults)


def _check_rule_name(item: Node, checked: Sequence[Checked], faults: Faults) -> None:
    enabled = [one.rule.id for one in checked if one.enabled]
    if item.value in enabled:
        return
    if any(one.rule.id == item.value for one in checked):
        faults.add(item, f"rule {item.value!r:.60} is switched off, so it finds nothing")
    else:
        faults.add(item, f"no rule {item.value!r:.60}; {near(item.value, enabled)}")


def _check_label(item: Node, checked: Sequence[Checked], faults: Faults) -> None:
    if any(one.filter is None for one in checked):
        return  # a rule with a fault might have found it
    known = _labels(checked)
    if not reaches(item.value, known):
        advice = near(item.value, known, "guard filters")
        faults.add(item, f"no rule of this policy finds the label {item.value!r:.60}; {advice}")


def _labels(checked: Sequence[Checked]) -> list[str]:
    """Every label that the rules in force can find, once, in order."""
    found: dict[str, None] = {}
    for one in checked:
        if one.enabled and one.filter is not None:
            found.update(dict.fromkeys(label for label in one.filter.label_names() if one.rule.covers(label)))
    return list(found)
