"""Turns findings into a decision. Pure: no input or output, no clock, no model.

Every rule is evaluated on its own and reports under its own id. The strongest action wins; among
equals, the rule that stands first in the policy. Redactions of all rules are merged and applied to
the original characters. What is written in their place is asked of a function that the caller gives,
value by value in the order of the conversation, so that it may number them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from guard.text.kind import kind_of
from guard.text.placeholder import fill
from guard.types import (
    BEFORE_CALL,
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


@dataclass(frozen=True, slots=True)
class Hidden:
    """The text that a redaction hides, and the rule and finding that hide it.

    `restore` says that the user may see it in the answer. `repr` does not show the text.
    """

    text: str = field(repr=False)
    rule: Rule
    found: Finding
    restore: bool = False


Cut = tuple[int, int, Hidden]
"""Start and end of a redacted stretch, and what is hidden there."""

Hide = Callable[[Hidden, str], str]
"""Writes what stands in place of hidden text, in a language."""


def decide(policy: Policy, evidence: Evidence, hide: Hide | None = None) -> Decision:
    """The decision of a policy on the evidence; `hide` writes its masks (`mask_of` unless given).

    Rules without a report did not apply at the stages judged and are passed over.
    """
    parts = {part.path: part for part in evidence.parts}
    findings: list[Finding] = []
    unjudged: list[Unjudged] = []
    strongest: tuple[Action, str] = (Action.ALLOW, "")
    cuts: dict[str, list[Cut]] = {}
    for rule in policy.rules:
        report = evidence.reports.get(rule.id)
        if report is None or not rule.speaks(evidence.language):
            continue
        claimed = _claim(rule, report.findings)
        missed = _settle(policy, rule, report.unjudged)
        findings += claimed
        unjudged += missed
        action = max([rule.action] * bool(claimed) + [item.action for item in missed], default=Action.ALLOW)
        if action > strongest[0]:
            strongest = (action, rule.id)
        if rule.action is Action.REDACT:
            for found in claimed:
                if part := parts.get(found.part):
                    cuts.setdefault(found.part, []).append(_cut(rule, found, part))
    action, rule_id = strongest
    edits = {} if action is Action.BLOCK else _edits(evidence, cuts, hide or mask_of)
    return Decision(
        action=action,
        text=_text(policy, evidence, action, rule_id, edits),
        findings=tuple(findings),
        policy=PolicyRef(policy.id, policy.sha256),
        rule=rule_id,
        unjudged=tuple(unjudged),
        edits=edits,
        ms=dict(evidence.ms),
        language=evidence.language,
    )


def _claim(rule: Rule, findings: Iterable[Finding]) -> list[Finding]:
    return [
        replace(found, rule=rule.id)
        for found in findings
        if found.score >= rule.threshold and rule.covers(found.label)
    ]


def _settle(policy: Policy, rule: Rule, unjudged: Iterable[Unjudged]) -> list[Unjudged]:
    return [replace(item, rule=rule.id, action=_consequence(policy, rule, item)) for item in unjudged]


def _consequence(policy: Policy, rule: Rule, item: Unjudged) -> Action:
    """What follows from a text that was not judged."""
    foreign = item.language and item.language not in policy.languages
    tolerated = item.missing or (foreign and policy.other_languages is OnError.ALLOW)
    return Action.BLOCK if rule.on_error is OnError.BLOCK and not tolerated else Action.ALLOW


def _cut(rule: Rule, found: Finding, part: Part) -> Cut:
    restore = rule.restore and part.stage in BEFORE_CALL
    return found.start, found.end, Hidden(part.text[found.start : found.end], rule, found, restore)


def _edits(evidence: Evidence, cuts: Mapping[str, Iterable[Cut]], hide: Hide) -> dict[str, str]:
    edits = {}
    for part in sorted(evidence.parts, key=_turn):
        if part.path in cuts:
            masked = [
                (start, end, hide(what, evidence.language)) for start, end, what in unite(cuts[part.path])
            ]
            edits[part.path] = _replace(part.text, masked)
    return edits


def _turn(part: Part) -> float:
    """Where in the conversation a part stands, whatever its stage; sources come after the messages."""
    number = re.match(r"messages\[(\d+)\]", part.path)
    return int(number[1]) if number else float("inf")


def mask_of(hidden: Hidden, language: str, **known: str) -> str:
    """What the rule's mask makes of hidden text; `{number}` and `{hash}` are filled in where `known`."""
    mask, label = hidden.rule.mask, hidden.found.label
    if len(mask) == 1:
        return mask * len(hidden.text)
    return fill(mask, {"label": label, "kind": kind_of(label, language), **known})


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
    return _replace(text, merge(cuts))


def _replace(text: str, cuts: Iterable[tuple[int, int, str]]) -> str:
    pieces: list[str] = []
    done = 0
    for start, end, mask in cuts:
        pieces += [text[done:start], mask]
        done = end
    return "".join(pieces) + text[done:]


def merge(cuts: Iterable[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Cuts in order of their start, overlapping ones united; empty ones dropped."""
    merged = []
    for group in _overlapping(cuts):
        start, end = group[0][0], max(cut[1] for cut in group)
        first, last, mask = max(group, key=_length)
        repeats_one_character = len(mask) == last - first and len(set(mask)) == 1
        merged.append((start, end, mask[0] * (end - start) if repeats_one_character else mask))
    return merged


def unite(cuts: Iterable[Cut]) -> list[Cut]:
    """Cuts in order of their start, overlapping ones united; empty ones dropped.

    The longest finding gives the mask, and all rules must agree that the text may be restored.
    """
    united: list[Cut] = []
    for group in _overlapping(cuts):
        start, end, text = group[0][0], group[0][0], ""
        for first, last, hidden in group:
            text += hidden.text[max(0, end - first) :]
            end = max(end, last)
        restore = all(hidden.restore for _, _, hidden in group)
        longest = max(group, key=_length)[2]
        united.append((start, end, replace(longest, text=text, restore=restore)))
    return united


M = TypeVar("M")


def _overlapping(cuts: Iterable[tuple[int, int, M]]) -> list[list[tuple[int, int, M]]]:
    """Groups of cuts that overlap, in order of their start."""
    groups: list[list[tuple[int, int, M]]] = []
    reached = 0
    for cut in sorted(cuts, key=lambda cut: (cut[0], -cut[1])):
        if cut[0] >= cut[1]:
            continue
        if groups and cut[0] < reached:
            groups[-1].append(cut)
        else:
            groups.append([cut])
        reached = max(reached, cut[1])
    return groups


def _length(cut: tuple[int, int, object]) -> int:
    return cut[1] - cut[0]


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
