"""Stands around a generation call: checks what goes in, makes the call, checks what comes out."""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import aclosing, closing
from dataclasses import replace
from typing import Any

from guard.pipeline.aside import open_to_questions, running_loop
from guard.pipeline.door import Offload, at_once, drive, in_thread, must_be_awaited, upstream_of
from guard.pipeline.judge import Judge
from guard.pipeline.logprob import read_tokens
from guard.pipeline.onion import Call, OnDecision, Onion, Shape
from guard.pipeline.refusal import Refusal, RefusedStream
from guard.pipeline.request import Request, read
from guard.pipeline.restore import restored
from guard.pipeline.sample import Samples
from guard.pipeline.shape import get, replaced, responses, slots, unread
from guard.pipeline.stream import guarded
from guard.pipeline.thread import Threads
from guard.pipeline.tries import Tries
from guard.pipeline.veil import Veil
from guard.types import AFTER_CALL, BEFORE_CALL, Action, Decision, Response


async def ask(onion: Onion, args: tuple[Any, ...], kwargs: Mapping[str, Any], offload: Offload) -> Any:
    """One guarded call: an answer, a stream, an awaitable of either, or a refusal in its place."""
    request = open_to_questions(onion, read(onion.signature, args, kwargs), offload)
    veil = onion.judge.veil(request.exchange, request.vault)
    decision = await offload(onion.judge.judge, request.exchange, BEFORE_CALL, None, veil)
    # What was asked stays the same however often it is asked, so no try is left.
    decision = onion.settle(decision, tries_left=0)
    if decision.blocked:
        return onion.decline(decision, streams=onion.asks_to_stream(request))
    if decision.edits:
        request = await offload(request.edit, decision.edits)
    request = request.in_language(decision.language)
    return await _beside(onion, request, Samples(onion, request), veil, offload)


async def _beside(
    onion: Onion, request: Request, samples: Samples, veil: Veil, offload: Offload, pending: Any = None
) -> Any:
    """The answer, with the samples that rules want asked for beside it and given up where it fails."""
    request = open_to_questions(onion, request, offload)
    try:
        samples.begin_early(offload)
        answer = request.send(onion.call) if pending is None else pending
        if must_be_awaited(answer) and offload is at_once:
            # A plain function that returns an awaitable: its caller awaits the rest as well.
            return _beside(onion, request, samples, veil, in_thread, answer)
        return await _answer(onion, request, samples, veil, offload, answer)
    except BaseException:
        samples.close()
        raise


async def _answer(
    onion: Onion, request: Request, samples: Samples, veil: Veil, offload: Offload, answer: Any
) -> Any:
    """Judges the answer, and asks again where a rule wants another try."""
    asked, tries = request, Tries(onion.judge.policy.retries)
    while True:
        answer = await answer if must_be_awaited(answer) else answer
        if isinstance(answer, Refusal | RefusedStream):
            samples.close()
            return answer
        if upstream := upstream_of(answer):
            if offload is in_thread and upstream.offload is at_once:
                # Who reads a plain iterator inside the loop holds it up, and with it the samples.
                await samples.gather()
            return guarded(onion, request, samples, veil, upstream, tries)
        samples.begin(offload)
        answer, retry = await _inspect(onion, request, samples, veil, answer, offload, tries)
        if retry is None:
            samples.close()
            return answer
        request = onion.again(asked, retry)
        answer = request.send(onion.call)


async def _inspect(
    onion: Onion,
    request: Request,
    samples: Samples,
    veil: Veil,
    answer: Any,
    offload: Offload,
    tries: Tries,
) -> tuple[Any, Decision | None]:
    """The answer as it may go on, and the decision that asks for another try, if one does."""
    found = slots(answer)
    decisions: dict[int, Decision] = {}
    # An answer without any text is judged as well: the decision is told, and on_error asked.
    said = responses(found, unread(answer)) or {0: Response()}
    tokens = read_tokens(answer, found, {})
    exchange = request.exchange
    if any(response.content for response in said.values()):
        exchange = await samples.fill(exchange)
    for choice, response in said.items():
        if choice in tokens:
            response = replace(response, tokens=tokens[choice].between(0, len(response.content)))
        whole = replace(exchange, response=response)
        decision = await offload(onion.judge.judge, whole, AFTER_CALL, None, veil, tries.left <= 0)
        if decision.action is Action.RETRY and tries.left > 0:
            tries.fail(request.exchange, said.values(), get(answer, "usage"))
            return answer, onion.settle(decision, tries_left=1)
        decisions[choice] = decision
    # None is told before all are judged: each may ask for another try of all.
    decisions = {
        choice: onion.settle(tries.charge(samples.charge(decision)), tries_left=0)
        for choice, decision in decisions.items()
    }
    edits = {
        (choice, path.removeprefix("response.")): text
        for choice, decision in decisions.items()
        for path, text in decision.edits.items()
    }
    answer = await offload(restored, replaced(answer, found, edits), veil)
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
    threads: Threads | None = None,
) -> Any:
    """The call with a guard around it; of the same kind and with the same signature.

    `shape` makes the answer to a call that was not made, where its shape matters to the caller. `threads` run
    the further calls that filters ask for; calls that share them share their bound.
    """
    try:
        signature = inspect.signature(call)
    except (TypeError, ValueError):
        signature = None
    kind = _kind(call)
    onion = Onion(
        call,
        judge,
        signature,
        on_decision,
        raise_on_block,
        shape,
        streams=kind in (_yields, _ayields),
        threads=threads or Threads(),
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


def _is_awaited(call: Call) -> bool:
    """Whether the innermost of functions wrapped in one another is a coroutine function."""
    try:
        return _kind(inspect.unwrap(call)) is _awaits
    except ValueError:
        return False


def _returns(onion: Onion) -> Call:
    may_await = _is_awaited(onion.call)

    def guarded_call(*args: Any, **kwargs: Any) -> Any:
        # A plain wrapper of a coroutine function runs it to its end, which it cannot inside an event loop, or
        # hands it on: then a refusal has to be awaited like any answer.
        if may_await and running_loop():
            return ask(onion, args, kwargs, in_thread)
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
