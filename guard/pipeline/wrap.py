"""Stands around a generation call: checks what goes in, makes the call, checks what comes out."""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import aclosing, closing
from dataclasses import replace
from typing import Any

from guard.pipeline.door import Offload, at_once, drive, in_thread, must_be_awaited, upstream_of
from guard.pipeline.judge import Judge
from guard.pipeline.onion import Call, OnDecision, Onion, Shape
from guard.pipeline.refusal import Refusal, RefusedStream
from guard.pipeline.request import Request, read
from guard.pipeline.restore import restored
from guard.pipeline.shape import replaced, responses, slots
from guard.pipeline.stream import Stream, guarded
from guard.pipeline.veil import Veil
from guard.types import AFTER_CALL, BEFORE_CALL, Action, Decision, Response


async def ask(onion: Onion, args: tuple[Any, ...], kwargs: Mapping[str, Any], offload: Offload) -> Any:
    """One guarded call: an answer, a stream, an awaitable of either, or a refusal in its place."""
    request = read(onion.signature, args, kwargs)
    veil = onion.judge.veil(request.exchange, request.vault)
    decision = await offload(onion.judge.judge, request.exchange, BEFORE_CALL, None, veil)
    # What was asked stays the same however often it is asked, so no try is left.
    decision = onion.settle(decision, tries_left=0)
    if decision.blocked:
        return onion.decline(decision, streams=onion.streams or bool(kwargs.get("stream")))
    request = request.edit(decision.edits).in_language(decision.language)
    return await _answer(onion, request, veil, offload, onion.judge.policy.retries)


async def _answer(
    onion: Onion, request: Request, veil: Veil, offload: Offload, tries_left: int, pending: Any = None
) -> Any:
    """Calls and judges the answer, again where a rule asks for another try."""
    while True:
        answer, pending = request.send(onion.call) if pending is None else pending, None
        if must_be_awaited(answer) and offload is at_once:
            # A plain function that returns an awaitable: its caller awaits the rest as well.
            return _answer(onion, request, veil, in_thread, tries_left, answer)
        answer = await answer if must_be_awaited(answer) else answer
        if isinstance(answer, Refusal | RefusedStream | Stream):
            return answer
        if upstream := upstream_of(answer):
            return guarded(onion, request, veil, upstream, tries_left)
        answer, retry = await _inspect(onion, request, veil, answer, offload, tries_left)
        if retry is None:
            return answer
        request, tries_left = onion.again(request, retry), tries_left - 1


async def _inspect(
    onion: Onion, request: Request, veil: Veil, answer: Any, offload: Offload, tries_left: int
) -> tuple[Any, Decision | None]:
    """The answer as it may go on, and the decision that asks for another try, if one does."""
    found = slots(answer)
    decisions: dict[int, Decision] = {}
    # An answer without any text is judged as well: the decision is told, and on_error asked.
    for choice, response in (responses(found) or {0: Response()}).items():
        whole = replace(request.exchange, response=response)
        decision = await offload(onion.judge.judge, whole, AFTER_CALL, None, veil)
        decisions[choice] = onion.settle(decision, tries_left)
        if decisions[choice].action is Action.RETRY:
            return answer, decisions[choice]
    edits = {
        (choice, path.removeprefix("response.")): text
        for choice, decision in decisions.items()
        for path, text in decision.edits.items()
    }
    answer = await offload(restored, replaced(answer, found, edits), veil, request.wants_json)
    for choice, decision in decisions.items():
        if decision.blocked:
            answer = onion.refuse(answer, decision, choice)
    return answer, None


def wrap(
    call: Call,
    judge: Judge,
    *,
    on_decision: OnDecision | None = None,
    raise_on_block: bool = False,
    shape: Shape | None = None,
) -> Any:
    """The call with a guard around it; of the same kind and with the same signature.

    `shape` makes the answer to a call that was not made, where its shape matters to the caller.
    """
    try:
        signature = inspect.signature(call)
    except (TypeError, ValueError):
        signature = None
    kind = _kind(call)
    onion = Onion(
        call, judge, signature, on_decision, raise_on_block, shape, streams=kind in (_yields, _ayields)
    )
    wrapped = kind(onion)
    functools.update_wrapper(wrapped, call, updated=["__dict__"] if inspect.isroutine(call) else [])
    if signature:
        wrapped.__signature__ = signature  # type: ignore[attr-defined]
    return wrapped


def _kind(call: Call) -> Callable[[Onion], Call]:
    """How to stand around this kind of function; an object counts as its `__call__`."""
    asked = (call, getattr(call, "__call__", None))  # noqa: B004
    if any(map(inspect.isasyncgenfunction, asked)):
        return _ayields
    if any(map(inspect.isgeneratorfunction, asked)):
        return _yields
    if any(map(inspect.iscoroutinefunction, asked)):
        return _awaits
    return _returns


def _returns(onion: Onion) -> Call:
    def guarded_call(*args: Any, **kwargs: Any) -> Any:
        return drive(ask(onion, args, kwargs, at_once))

    return guarded_call


def _awaits(onion: Onion) -> Call:
    async def guarded_call(*args: Any, **kwargs: Any) -> Any:
        return await ask(onion, args, kwargs, in_thread)

    return guarded_call


def _yields(onion: Onion) -> Call:
    def guarded_call(*args: Any, **kwargs: Any) -> Iterator[Any]:
        with closing(drive(ask(onion, args, kwargs, at_once))) as stream:
            yield from stream

    return guarded_call


def _ayields(onion: Onion) -> Call:
    async def guarded_call(*args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        async with aclosing(await ask(onion, args, kwargs, in_thread)) as stream:
            async for piece in stream:
                yield piece

    return guarded_call
