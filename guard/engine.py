"""Turns findings into a decision. Pure: no input or output, no clock, no model.

Every rule is evaluated on its own and reports under its own id. The strongest action wins; among
equals, the rule that stands first in the policy. Redactions of all rules are merged and applied to
the original characters from right to left.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from guard.types import (
    Action,
    Decision,
    Finding,
    OnError,
    Part,
    Policy,
    PolicyRef,
    Rule,
    Unjudged,
)

FALLBACK_REFUSALS = {
    "zh": "抱歉，我不能帮助完成这个请求。",
    "en": "Sorry, I can't help with that.",
}
"""What is answered on a block when the policy has no reply of its own."""


@dataclass(frozen=True, slots=True)
class Report:
    """What one rule's filter reported about the parts it looked at."""

    findings: tuple[Finding, ...] = ()
    unjudged: tuple[Unjudged, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that a decision rests on: the parts judged and each rule's report, by rule id."""

    parts: tuple[Part, ...]
    reports: Mapping[str, Report]
    language: str = ""
    ms: Mapping[str, float] = field(default_factory=dict)


def decide(policy: Policy, evidence: Evidence) -> Decision:
    """The decision of a policy on the evidence.

    Rules without a report did not apply at the stages judged and are passed over.
    """
    findings: list[Finding] = []
    unjudged: list[Unjudged] = []
    strongest: tuple[Action, str] = (Action.ALLOW, "")
    cuts: dict[str, list[tuple[int, int, str]]] = {}
    for rule in policy.rules:
        report = evidence.reports.get(rule.id)
        if report is None:
            continue
        claimed = _claim(rule, report.findings)
        missed = _settle(rule, report.unjudged)
        findings += claimed
        unjudged += missed
        action = max([rule.action] * bool(claimed) + [item.action for item in missed], default=Action.ALLOW)
        if action > strongest[0]:
            strongest = (action, rule.id)
        if rule.action is Action.REDACT:
            for found in claimed:
                cuts.setdefault(found.part, []).append((found.start, found.end, mask_of(rule, found)))
    edits = {part.path: redact(part.text, cuts[part.path]) for part in evidence.parts if part.path in cuts}
    action, rule_id = strongest
    return Decision(
        action=action,
        text=_text(policy, evidence, action, rule_id, edits),
        findings=tuple(findings),
        policy=PolicyRef(policy.id, policy.sha256),
        rule=rule_id,
        unjudged=tuple(unjudged),
        edits={} if action is Action.BLOCK else edits,
        ms=dict(evidence.ms),
        language=evidence.language,
    )


def _claim(rule: Rule, findings: Iterable[Finding]) -> list[Finding]:
    return [
        replace(found, rule=rule.id)
        for found in findings
        if found.score >= rule.threshold and rule.covers(found.label)
    ]


def _settle(rule: Rule, unjudged: Iterable[Unjudged]) -> list[Unjudged]:
    strict = rule.on_error is OnError.BLOCK
    return [
        replace(item, rule=rule.id, action=Action.BLOCK if strict and not item.missing else Action.ALLOW)
        for item in unjudged
    ]


def mask_of(rule: Rule, found: Finding) -> str:
    """What stands in place of a finding that the rule redacts."""
    if len(rule.mask) == 1:
        return rule.mask * (found.end - found.start)
    return rule.mask.replace("{label}", found.label)


def _text(policy: Policy, evidence: Evidence, action: Action, rule_id: str, edits: Mapping[str, str]) -> str:
    if action is Action.BLOCK:
        rule = next(rule for rule in policy.rules if rule.id == rule_id)
        return reply(policy, rule.reply, evidence.language)
    if not evidence.parts:
        return ""
    main = main_part(evidence.parts)
    return edits.get(main.path, main.text)


def main_part(parts: Sequence[Part]) -> Part:
    """The part whose text a decision carries: the answer's content, else the last part."""
    for part in parts:
        if part.path == "response.content":
            return part
    return parts[-1]


def redact(text: str, cuts: Iterable[tuple[int, int, str]]) -> str:
    """The text with each `(start, end, mask)` stretch replaced.

    Overlapping cuts merge into one: the longest gives the mask, and a mask that repeats one character
    per hidden character is stretched over the union.

    >>> redact("call 13800138000 now", [(5, 16, "[phone]"), (8, 12, "[digits]")])
    'call [phone] now'
    """
    pieces: list[str] = []
    rest = len(text)
    for start, end, mask in reversed(merge(cuts)):
        pieces += [text[end:rest], mask]
        rest = start
    pieces.append(text[:rest])
    return "".join(reversed(pieces))


def merge(cuts: Iterable[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Cuts in order of their start, overlapping ones united; empty ones dropped."""
    merged: list[tuple[int, int, str, int]] = []
    for start, end, mask in sorted(cuts, key=lambda cut: (cut[0], -cut[1])):
        if start >= end:
            continue
        if merged and start < merged[-1][1]:
            first, last, kept, longest = merged[-1]
            if end - start > longest:
                kept, longest = mask, end - start
            merged[-1] = (first, max(last, end), kept, longest)
        else:
            merged.append((start, end, mask, end - start))
    return [(start, end, _stretch(mask, longest, end - start)) for start, end, mask, longest in merged]


def _stretch(mask: str, hidden: int, length: int) -> str:
    repeats_one_character = len(mask) == hidden and len(set(mask)) == 1
    return mask[0] * length if repeats_one_character else mask


def reply(policy: Policy, name: str, language: str) -> str:
    """The policy's reply in the language of the exchange, else in its first language."""
    texts = policy.replies.get(name) or policy.replies.get("refusal") or FALLBACK_REFUSALS
    if language in texts:
        return texts[language]
    for preferred in ("en", *policy.languages):
        if preferred in texts:
            return texts[preferred]
    return next(iter(texts.values()))


def explain(decision: Decision) -> str:
    """The decision in words, one line per finding and per text not judged; quotes no text."""
    lines = [f"{decision.action} by rule {decision.rule}" if decision.rule else str(decision.action)]
    for found in decision.findings:
        why = f" ({found.reason})" if found.reason else ""
        lines.append(
            f"  {found.rule}: {found.label} {found.score:.2f} at {found.part}[{found.start}:{found.end}]{why}"
        )
    for item in decision.unjudged:
        where = f" at {item.part}" if item.part else ""
        lines.append(f"  {item.rule}: not judged{where}: {item.reason} -> {item.action}")
    return "\n".join(lines)
