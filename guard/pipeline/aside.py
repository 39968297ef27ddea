"""Makes further calls of the wrapped call beside the guarded one, and takes the text of their answers.

A synchronous call is made in a thread of its own, which may be left behind; one that must be awaited runs as
a task on the caller's event loop, to which a filter's thread hands it over.
"""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future, wait
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

from guard.deadline import check
from guard.errors import CallError
from guard.pipeline.door import (
    END,
    Offload,
    Upstream,
    at_once,
    drive,
    in_thread,
    must_be_awaited,
    upstream_of,
)
from guard.pipeline.onion import Onion
from guard.pipeline.refusal import Refusal, RefusedStream
from guard.pipeline.request import Request
from guard.pipeline.shape import responses, slots
from guard.pipeline.turn import TURNS
from guard.types import Message

NEEDS_LOOP = "the further call must be awaited, and no event loop is free for it"
ASK_SECONDS = 30.0
"""How long a filter waits for the answer to a question of its own."""
STEP_SECONDS = 0.05
"""After how long a waiting filter looks whether its scan has been given up."""


async def hear(onion: Onion, request: Request, offload: Offload, is_late: Callable[[], bool]) -> str:
    """The text of the whole answer to a request; one that is late is read no further.

    With `at_once` it never suspends. Raises `CallError` where no text came, and whatever the call raises.
    """
    return await text_of(onion, request.send(onion.call), offload, is_late)


async def text_of(onion: Onion, answer: Any, offload: Offload, is_late: Callable[[], bool]) -> str:
    """The text of an answer, awaited and read to its end where it has to be; raises as `hear` does."""
    if must_be_awaited(answer):
        answer = await _awaited(answer, offload)
    if isinstance(answer, Refusal | RefusedStream):
        raise CallError("the further call was refused")
    upstream = upstream_of(answer)
    pieces = await _pieces(onion, upstream, offload, is_late) if upstream else [answer]
    found = responses(slot for piece in pieces for slot in slots(piece))
    text = next((response.content for response in found.values() if response.content.strip()), "")
    if not text:
        raise CallError("the further call was answered without a text")
    return text


def _awaited(answer: Any, offload: Offload) -> Awaitable[Any]:
    if offload is at_once:
        if inspect.iscoroutine(answer):
            answer.close()
        raise CallError(NEEDS_LOOP)
    awaitable: Awaitable[Any] = answer
    return awaitable


async def _pieces(
    onion: Onion, upstream: Upstream, offload: Offload, is_late: Callable[[], bool]
) -> list[Any]:
    if upstream.offload is at_once and offload is in_thread:
        # A plain iterator would hold up the event loop.
        reading = onion.threads.begin(lambda is_late: drive(_pieces(onion, upstream, at_once, is_late)))
        try:
            return await asyncio.wrap_future(reading)
        except CallError:
            # No thread began, which would have closed it.
            await upstream.close()
            raise
    if upstream.offload is not at_once and offload is at_once:
        raise CallError(NEEDS_LOOP)
    pieces: list[Any] = []
    try:
        while not is_late() and (piece := await upstream.pull()) is not END:
            pieces.append(piece)
    finally:
        await upstream.close()
    return pieces


def in_own_thread(onion: Onion, request: Request) -> Future[str]:
    """The text to come of a synchronous call's answer; to cancel the future is to read no further."""
    return onion.threads.begin(lambda is_late: drive(hear(onion, request, at_once, is_late)))


@dataclass(frozen=True)
class Questioner:
    """Puts a filter's questions to the wrapped call; `loop` is where a call that is awaited has to run."""

    onion: Onion
    request: Request
    loop: asyncio.AbstractEventLoop | None = None

    def __call__(self, messages: Sequence[Message]) -> str:
        """The text of the answer. Raises `CallError` when the call fails, or is late."""
        request = self.request.whole(self.onion.signature).asking(messages, self.onion.signature)
        check()
        future = self._begin(request)
        until = time.monotonic() + ASK_SECONDS
        try:
            # A call that is awaited may have a guard of its own, whose checks need a turn.
            with TURNS.passed_on() if self.loop else nullcontext():
                while not wait([future], STEP_SECONDS).done:
                    check()
                    if time.monotonic() > until:
                        raise CallError(f"the further call took longer than {ASK_SECONDS:g} s")
        finally:
            future.cancel()
        return _result(future)

    def _begin(self, request: Request) -> Future[str]:
        if self.loop is None:
            return in_own_thread(self.onion, request)
        if self.loop.is_closed() or _runs_here(self.loop):
            raise CallError("a filter can ask from another thread only, while the event loop runs")
        heard = hear(self.onion, request, in_thread, lambda: False)
        return asyncio.run_coroutine_threadsafe(heard, self.loop)


def _result(future: Future[str]) -> str:
    try:
        return future.result()
    except CallError:
        raise
    # A call may raise anything; its message may quote the text, so only its type is told.
    except BaseException as error:
        raise CallError(f"the further call failed: {type(error).__name__}") from None


def _runs_here(loop: asyncio.AbstractEventLoop) -> bool:
    return running_loop() is loop


def running_loop() -> asyncio.AbstractEventLoop | None:
    """The event loop that runs in this thread, if one does."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def open_to_questions(onion: Onion, request: Request, offload: Offload) -> Request:
    """The request whose exchange lets filters ask the wrapped call."""
    loop = running_loop() if offload is in_thread else None
    exchange = replace(request.exchange, ask=None)
    questioner = Questioner(onion, replace(request, exchange=exchange), loop)
    return replace(request, exchange=replace(exchange, ask=questioner))
