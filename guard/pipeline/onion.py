"""What stands around one call: who judges, who is told, and what is answered instead."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from guard.errors import Blocked
from guard.pipeline.judge import Judge
from guard.pipeline.refusal import Refusal, RefusedStream, harden, refuse
from guard.pipeline.request import SOURCES, Request
from guard.pipeline.thread import Threads
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

REMEDIES = {
    "grounding": {
        "zh": "以下句子与资料不符，或资料中没有。请根据资料改正，或者删去：",
        "en": "The sources contradict these sentences or do not say them. Correct them by the sources or "
        "leave them out:",
    },
    "citation": {
        "zh": "以下句子没有注明出处，或所引资料不支持。请只引用支持该句的资料，或者删去该句：",
        "en": "These sentences cite no source, or one that does not bear them out. Cite only sources that "
        "do, or leave the sentences out:",
    },
}
"""What the model is told about the sentences that are to be mended, by filter; others as the first."""

MOST_QUOTES = 8
LONGEST_QUOTE = 160
"""Characters of a sentence that are quoted to the model."""


@dataclass(frozen=True)
class Onion:
    """One generation call, the judge around it, the caller's wishes, and the threads of further calls."""

    call: Call
    judge: Judge
    signature: inspect.Signature | None = None
    on_decision: OnDecision | None = None
    raise_on_block: bool = False
    shape: Shape | None = None
    streams: bool = False
    threads: Threads = field(default_factory=Threads)

    def asks_to_stream(self, request: Request) -> bool:
        """Whether a stream is asked for, by the kind of the call or by its parameter `stream`."""
        if self.streams or request.streams:
            return True
        parameters = self.signature.parameters if self.signature else {}
        if "stream" in request.kwargs or "stream" not in parameters:
            return False
        at = list(parameters).index("stream")
        given = [*request.args[at : at + 1], parameters["stream"].default][0]
        return given is not inspect.Parameter.empty and bool(given)

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
        return RefusedStream(refusal, decision) if streams else refusal

    def refuse(self, answer: Any, decision: Decision, choice: int, lead: str = "") -> Any:
        """A refusal in the shape of the answer; raises `Blocked` where that is wanted."""
        if self.raise_on_block:
            raise Blocked(decision)
        return refuse(answer, decision, [choice], lead)

    def again(self, request: Request, decision: Decision) -> Request:
        """The request for another try: as it was first made, with the rule's note and what is to be mended.

        That is, of a rule that compares the answer with sources, the sentences that they do not bear out;
        else, without a note, what to avoid by label.
        """
        rule = next(rule for rule in self.judge.policy.rules if rule.id == decision.rule)
        quotes = decision.quotes.get(rule.id, ())
        if quotes and SOURCES in self.judge.filter_of(rule).needs:
            remedy = _remedy(rule.filter, decision.language, quotes)
            return request.with_note(f"{rule.note}\n\n{remedy}" if rule.note else remedy)
        labels = sorted({found.label for found in decision.findings if found.rule == rule.id})
        note = NOTES.get(decision.language, NOTES["en"]).format(labels=", ".join(labels) or rule.id)
        return request.with_note(rule.note or note)


def _remedy(filter_id: str, language: str, quotes: Sequence[str]) -> str:
    texts = REMEDIES.get(filter_id, REMEDIES["grounding"])
    marks = "“”" if language == "zh" else '""'
    shown = [f"- {marks[0]}{_shortened(quote)}{marks[1]}" for quote in quotes[:MOST_QUOTES]]
    return "\n".join([texts.get(language, texts["en"]), *shown])


def _shortened(quote: str) -> str:
    text = " ".join(quote.split())
    return text if len(text) <= LONGEST_QUOTE else text[: LONGEST_QUOTE - 1] + "…"
