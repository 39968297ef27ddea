"""What stands around one call: who judges, who is told, and what is answered instead."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from guard.errors import Blocked
from guard.pipeline.judge import Judge
from guard.pipeline.refusal import Refusal, RefusedStream, harden, refuse
from guard.pipeline.request import Request
from guard.types import Action, Decision

Call = Callable[..., Any]
OnDecision = Callable[[Decision], None]

Shape = Callable[[Decision, bool], Any]
"""Makes the answer to a call that was not made; the flag says whether a chunk of a stream is wanted."""

NOTES = {
    "zh": "请重新回答，并避免以下内容：{labels}。",
    "en": "Please answer again and avoid the following: {labels}.",
}
"""What the model is told before another try, where the rule has no note of its own."""


@dataclass(frozen=True)
class Onion:
    """One generation call, the judge around it, and the caller's wishes."""

    call: Call
    judge: Judge
    signature: inspect.Signature | None = None
    on_decision: OnDecision | None = None
    raise_on_block: bool = False
    shape: Shape | None = None
    streams: bool = False

    def settle(self, decision: Decision, tries_left: int) -> Decision:
        """The decision as it stands when so many tries are left; tells it to who listens."""
        if decision.action is Action.RETRY and tries_left <= 0:
            decision = harden(self.judge.policy, decision)
        if self.on_decision:
            self.on_decision(decision)
        return decision

    def decline(self, decision: Decision, *, streams: bool) -> Any:
        """A refusal for a call that is not made; raises `Blocked` where that is wanted."""
        if self.raise_on_block:
            raise Blocked(decision)
        refusal = self.shape(decision, streams) if self.shape else Refusal(decision.text, decision)
        return RefusedStream(refusal) if streams else refusal

    def refuse(self, answer: Any, decision: Decision, choice: int, lead: str = "") -> Any:
        """A refusal in the shape of the answer; raises `Blocked` where that is wanted."""
        if self.raise_on_block:
            raise Blocked(decision)
        return refuse(answer, decision, [choice], lead)

    def again(self, request: Request, decision: Decision) -> Request:
        """The request for another try: with the rule's note, else with what to avoid, by label."""
        rule = next(rule for rule in self.judge.policy.rules if rule.id == decision.rule)
        labels = sorted({found.label for found in decision.findings if found.rule == rule.id})
        note = NOTES.get(decision.language, NOTES["en"]).format(labels=", ".join(labels) or rule.id)
        return request.with_note(rule.note or note)
