"""The tries of one answer: how many are left, and what those that were thrown away have cost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from guard.pipeline.shape import get
from guard.text.excerpt import count_tokens
from guard.types import Action, Decision, Exchange, Message, Response, Spent


@dataclass
class Tries:
    """How often an answer may still be asked for again; `spent` holds the calls that were in vain."""

    left: int
    spent: list[Spent] = field(default_factory=list)

    def fail(self, exchange: Exchange, said: Iterable[Response], usage: Any) -> None:
        """Counts a call whose answer is to be made again.

        Tokens are those of the endpoint's `usage`, where it gives one, else estimated. No decision tells them
        where a later call raises.
        """
        asked = "\n".join(
            text for message in exchange.messages for text in (message.text, *_arguments(message))
        )
        told = "\n".join(text for each in said for text in _texts(each))
        sent, received = get(usage, "prompt_tokens"), get(usage, "completion_tokens")
        # An answer may hold anything, and `True` is an `int`.
        sent = sent if type(sent) is int else count_tokens(asked)
        received = received if type(received) is int else count_tokens(told)
        self.left -= 1
        self.spent.append(Spent(str(Action.RETRY), 1, sent, received))

    def charge(self, decision: Decision) -> Decision:
        """The decision with what the tries before it have cost, which is told once."""
        spent, self.spent = self.spent, []
        return replace(decision, spent=(*spent, *decision.spent)) if spent else decision


def _texts(said: Response) -> tuple[str, ...]:
    return (said.content, said.reasoning, *_arguments(said))


def _arguments(said: Message | Response) -> Iterator[str]:
    return (call.arguments for call in said.tool_calls)
