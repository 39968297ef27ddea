"""Answers in place of the model's, where a policy says that nothing may go on.

A refusal is an answer like any other: in the language asked in and, as far as it is known, in the shape
of the answers of the call. It carries the decision.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import suppress
from dataclasses import replace
from typing import Any, Generic, SupportsIndex, TypeVar

from guard.engine import reply
from guard.pipeline.shape import FINISH, refused
from guard.types import Action, Decision, Policy

T = TypeVar("T")


class Fields(dict[str, Any]):
    """A mapping whose items can also be read as attributes, as both ways are in use."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


class Refusal(str):
    """A refusal whose shape is not known yet: a text that also reads as a completion or a chunk.

        answer.decision.rule
        answer.choices[0].message.content
        answer["choices"][0]["delta"]["content"]

    Awaiting it gives itself, for callers of functions that return awaitables.
    """

    decision: Decision

    def __new__(cls, text: str, decision: Decision) -> Refusal:
        refusal = super().__new__(cls, text)
        refusal.decision = decision
        return refusal

    @property
    def guard(self) -> Decision:
        """The decision, under the name that it has in answers of other shapes."""
        return self.decision

    @property
    def choices(self) -> list[Fields]:
        """The refusal as the only choice of a chat completion or chunk."""
        said = {"role": "assistant", "content": str(self), "reasoning_content": "", "tool_calls": None}
        return [Fields(index=0, message=Fields(said), delta=Fields(said), finish_reason=FINISH)]

    @property
    def result(self) -> str:
        """The refusal as Qianfan's first interface names an answer."""
        return str(self)

    def get(self, name: str, default: Any = None) -> Any:
        """A field as of a mapping."""
        try:
            return self[name]
        except KeyError:
            return default

    def __getitem__(self, key: SupportsIndex | slice | str) -> Any:
        if not isinstance(key, str):
            return super().__getitem__(key)
        fields = {"choices": self.choices, "result": str(self), "guard": self.decision.as_dict()}
        return fields[key]

    def __await__(self) -> Generator[None, None, Refusal]:
        yield from ()
        return self

    def __getnewargs__(self) -> tuple[str, Decision]:  # type: ignore[override]
        return str(self), self.decision


class RefusedStream(Generic[T]):
    """A stream that holds nothing but a refusal, to be read with `for` or with `async for`.

    Stands for the stream of a call that was not made, of which it is not known which of both it gives; has a
    `decision` like any guarded stream.
    """

    def __init__(self, chunk: T, decision: Decision) -> None:
        self.decision = decision
        self._rest = [chunk]

    def __iter__(self) -> RefusedStream[T]:
        return self

    def __next__(self) -> T:
        if not self._rest:
            raise StopIteration
        return self._rest.pop()

    def __aiter__(self) -> RefusedStream[T]:
        return self

    async def __anext__(self) -> T:
        if not self._rest:
            raise StopAsyncIteration
        return self._rest.pop()

    def __await__(self) -> Generator[None, None, RefusedStream[T]]:
        yield from ()
        return self

    def __enter__(self) -> RefusedStream[T]:
        return self

    def __exit__(self, *_: object) -> None:
        self._rest.clear()

    async def __aenter__(self) -> RefusedStream[T]:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._rest.clear()

    def close(self) -> RefusedStream[T]:
        """Ends the stream; the result may be awaited, as closing an asynchronous stream is."""
        self._rest.clear()
        return self

    aclose = close


def refuse(answer: Any, decision: Decision, choices: Iterable[int], lead: str = "") -> Any:
    """A refusal shaped like this answer or chunk, of which these choices are refused.

    `lead` goes before the text, to set it off from what was already said.
    """
    text = lead + decision.text
    if isinstance(answer, str):
        return Refusal(text, decision)
    return carrying(refused(answer, text, choices), decision)


def carrying(answer: Any, decision: Decision) -> Any:
    """The answer with the decision as its attribute `guard`, where its kind has room for one.

    The attribute is no field: applications relay what an answer's fields hold to those whom it refuses.
    """
    carrier = Fields(answer) if type(answer) is dict else answer
    with suppress(AttributeError, TypeError):
        object.__setattr__(carrier, "guard", decision)
    return carrier


def harden(policy: Policy, decision: Decision) -> Decision:
    """The decision to block where another try is asked for but none is left."""
    rule = next(rule for rule in policy.rules if rule.id == decision.rule)
    text = reply(policy, rule.reply, decision.language)
    return replace(decision, action=Action.BLOCK, text=text, edits={}, quotes={})
