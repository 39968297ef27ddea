"""Turns findings into a decision. Pure: no input or output, no clock, no model.

Every rule is evaluated on its own and reports under its own id. The strongest action wins; among
equals, the rule that stands first in the policy. Redactions of all rules are merged and applied to
the original characters. What is written in their place is asked of a function that the caller gives,
value by value in the order of the conversation, so that it may number them. What rules do to whole
sentences stands in `guard.cut`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from guard.cut import (
    Claim,
    Cut,
    Hidden,
    Stretch,
    acts_on_sentences,
    by_sentence,
    cut_sentences,
    replace_each,
    unite,
)
from guard.text.kind import kind_of
from guard.text.notation import Form
from guard.text.placeholder import fill
from guard.types import (
    BEFORE_CALL,
    Action,
    Decision,
    Finding,
    OnError,
    Part,
    Place,
    Policy,
    PolicyRef,
    Rule,
    Spent,
    Stage,
    Unjudged,
)

FALLBACK_REFUSALS = {
    "zh": "抱歉，我不能帮助完成这个请求。",
    "en": "Sorry, I can't help with that.",
}
"""What is answered on a block when the policy has no reply of its own."""


CONTENT = "response.content"
"""The path of what an answer says to the user."""


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
    spent: tuple[Spent, ...] = ()


Hide = Callable[[Cut, str], str]
"""Writes what stands in place of a redacted stretch, in a language."""


def decide(policy: Policy, evidence: Evidence, hide: Hide | None = None) -> Decision:
    """The decision of a policy on the evidence; `hide` writes its masks (`mask_of` unless given).

    Rules without a report did not apply at the stages judged and are passed over.
    """
    claims: list[Claim] = []
    unjudged: list[Unjudged] = []
    strongest: tuple[Action, str] = (Action.ALLOW, "")
    stages = {part.path: part.stage for part in evidence.parts}
    for rule in policy.rules:
        report = evidence.reports.get(rule.id)
        if report is None or not rule.speaks(evidence.language):
            continue
        claimed = _claim(rule, report.findings)
        missed = _settle(policy, rule, report.unjudged)
        claims += [(rule, found) for found in claimed]
        unjudged += missed
        actions = {_at(stages.get(found.part), rule.action) for found in claimed}
        action = max([*actions, *(item.action for item in missed)], default=Action.ALLOW)
        if action > strongest[0]:
            strongest = (action, rule.id)
    action, rule_id = strongest
    masked = {} if action is Action.BLOCK else _masked(evidence, claims, hide or _mask)
    edits = {path: replace_each(text, stretches) for path, (text, stretches) in masked.items()}
    if action < Action.RETRY and (emptying := _emptying(evidence, claims, edits)):
        action, rule_id, edits = Action.BLOCK, emptying.id, {}
    return Decision(
        action=action,
        text=_text(policy, evidence, action, rule_id, edits),
        findings=tuple(found for _, found in claims),
        policy=PolicyRef(policy.id, policy.sha256),
        rule=rule_id,
        unjudged=tuple(unjudged),
        edits=edits,
        ms=dict(evidence.ms),
        language=evidence.language,
        spent=evidence.spent,
        quotes=_quotes(evidence, claims, masked) if action is Action.RETRY else {},
    )


def _at(stage: Stage | None, action: Action) -> Action:
    """What an action comes to at a stage: before the call there is no answer to ask for again."""
    return Action.BLOCK if action is Action.RETRY and stage in BEFORE_CALL else action


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


def _masked(evidence: Evidence, claims: Sequence[Claim], hide: Hide) -> dict[str, tuple[str, list[Stretch]]]:
    """Each part that changes, by its path: its text, and what stands in place of its stretches."""
    masked = {}
    claimed = _by_part(claims)
    for part in sorted(evidence.parts, key=_turn):
        if cuts := unite(_cuts(part, claimed.get(part.path, []), evidence.language)):
            stretches = [(cut[0], cut[1], hide(cut, evidence.language)) for cut in cuts]
            masked[part.path] = (part.text, stretches)
    return masked


def _by_part(claims: Iterable[Claim]) -> dict[str, list[Claim]]:
    claimed: dict[str, list[Claim]] = {}
    for rule, found in claims:
        claimed.setdefault(found.part, []).append((rule, found))
    return claimed


def _cuts(part: Part, claims: Sequence[Claim], language: str) -> list[Cut]:
    whole = [claim for claim in claims if acts_on_sentences(claim[0], part.stage, part.path)]
    # JSON has no sentences; those of what follows it do not reach into it.
    begin = Form(part.text).until if whole else 0
    cuts = cut_sentences(part, [claim for claim in whole if claim[1].start >= begin], language, begin)
    for rule, found in claims:
        is_cut = found.start >= begin and acts_on_sentences(rule, part.stage, part.path)
        if rule.action is Action.REDACT and not is_cut:
            restore = rule.restore and part.stage in BEFORE_CALL
            hidden = Hidden(part.text[found.start : found.end], rule, found, restore)
            cuts.append((found.start, found.end, hidden))
    return cuts


def _emptying(evidence: Evidence, claims: Sequence[Claim], edits: Mapping[str, str]) -> Rule | None:
    """The rule that leaves nothing of an answer: what says nothing is no answer."""
    left = edits.get(CONTENT)
    calls = any(part.stage is Stage.TOOL_CALL for part in evidence.parts)
    if left is None or calls or any(char.isalnum() for char in left):
        return None
    return next((rule for rule, found in claims if rule.drops and found.part == CONTENT), None)


def _quotes(
    evidence: Evidence, claims: Sequence[Claim], masked: Mapping[str, tuple[str, list[Stretch]]]
) -> dict[str, tuple[str, ...]]:
    """The sentences that each retrying rule found, redacted as the text is."""
    quotes: dict[str, tuple[str, ...]] = {}
    claimed = _by_part(claims)
    for part in evidence.parts:
        retried = [claim for claim in claimed.get(part.path, []) if claim[0].action is Action.RETRY]
        for start, end, on in by_sentence(part.text, retried):
            text = replace_each(part.text, masked.get(part.path, ("", []))[1], start, end).strip()
            for name in dict.fromkeys(rule.id for rule, _ in on) if text else ():
                quotes[name] = (*quotes.get(name, ()), text)
    return quotes


def _turn(part: Part) -> float:
    """Where in the conversation a part stands, whatever its stage; sources come after the messages."""
    number = re.match(r"messages\[(\d+)\]", part.path)
    return int(number[1]) if number else float("inf")


def _mask(cut: Cut, language: str) -> str:
    return mask_of(cut[2], language)


def mask_of(hidden: Hidden, language: str, **known: str) -> str:
    """What the rule's mask makes of hidden text; `{number}` and `{hash}` are filled in where `known`."""
    if hidden.written is not None:
        return hidden.written
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
        if part.path == CONTENT:
            return part
    return parts[-1]


def reply(policy: Policy, name: str, language: str) -> str:
    """The policy's reply in the language of the exchange, else in its first language."""
    texts = policy.replies.get(name) or policy.replies.get("refusal") or FALLBACK_REFUSALS
    if language in texts:
        return texts[language]
    for preferred in ("en", *policy.languages):
        if preferred in texts:
            return texts[preferred]
    return next(iter(texts.values()))


def explain(decision: Decision, show: Callable[[Finding | Place], str] | None = None) -> str:
    """The decision in words, one line per finding and per text not judged.

    Quotes no text, unless `show` writes what a finding that stands on other words marks, and these words.
    """
    lines = [f"{decision.action} by rule {decision.rule}" if decision.rule else str(decision.action)]
    for found in decision.findings:
        why = f" ({found.reason})" if found.reason else ""
        lines.append(
            f"  {found.rule}: {found.label} {found.score:.2f} at {found.part}[{found.start}:{found.end}]{why}"
        )
        if show and found.evidence:
            lines.append(f"    {show(found)}")
            lines += [f"    {place.part}: {show(place)}" for place in found.evidence]
    for item in decision.unjudged:
        where = f" at {item.part}" if item.part else ""
        lines.append(f"  {item.rule}: not judged{where}: {item.reason} -> {item.action}")
    return "\n".join(lines)
