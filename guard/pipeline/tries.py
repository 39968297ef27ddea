"""The tries of one answer: how many are left, and what those that were thrown away have cost."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from guard.pipeline.shape import get
from guard.text.excerpt import count_tokens
from guard.types import Action, Decision, Exchange, Response, Spent


@dataclass
class Tries:
    """How often an answer may still be asked for again; `spent` holds the calls that were in vain."""

    left: int
    spent: list[Spent] = field(default_factory=list)

    def fail(self, exchange: Exchange, said: Iterable[Response], usage: Any) -> None:
        """Counts a call whose answer is to be made again.

        Tokens are those of the endpoint's `usage`, where it gives one, else estimated.
        """
        asked = "\n".join(message.text for message in exchange.messages)
        told = "\n".join(text for each in said for text in _texts(each))
        sent, received = get(usage, "prompt_tokens"), get(usage, "completion_tokens")
        sent = sent if isinstance(sent, int) else count_tokens(asked)
        received = received if isinstance(received, int) else count_tokens(told)
        self.left -= 1
        self.spent.append(Spent(str(Action.RETRY), 1, sent, received))

    def charge(self, decision: Decision) -> Decision:
        """The decision with what the tries before it have cost, which is told once."""
        spent, self.spent = self.spent, []
        return replace(decision, spent=(*spent, *decision.spent)) if spent else decision


def _texts(said: Response) -> tuple[str, ...]:
    return (said.content, said.reasoning, *(call.arguments for call in said.tool_calls))
