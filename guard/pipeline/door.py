"""The synchronous door to code that is written once, as coroutines.

The coroutines of this package wait for two things only: work to be done and a call to answer. Where the
caller is synchronous both happen on the spot, so the coroutine never suspends and ends in one go; where
the caller is a coroutine, work goes to another thread and the event loop runs on.
"""

from __future__ import annotations

import asyncio
import contextvars
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, ExitStack
from typing import Any, Protocol, TypeVar

from guard.deadline import until
from guard.pipeline.turn import TURNS

T = TypeVar("T")

Offload = Callable[..., Awaitable[Any]]
"""How work is done: `at_once` or `in_thread`."""

END = object()
"""What a stream gives when nothing is left."""


async def at_once(work: Callable[..., T], *args: Any) -> T:
    """Does the work on the spot."""
    return work(*args)


async def in_thread(work: Callable[..., T], *args: Any) -> T:
    """Does the work in another thread, so that the event loop goes on; gives it up where it is cancelled.

    The loop's own threads are left to its calls, which work may wait for.
    """
    context = contextvars.copy_context()

    def do(is_cancelled: Callable[[], bool]) -> T:
        with until(is_cancelled):
            return work(*args)

    return await asyncio.wrap_future(TURNS.begin(lambda is_cancelled: context.run(do, is_cancelled)))


def drive(work: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that never suspends."""
    try:
        work.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    work.close()
    raise RuntimeError("a synchronous call came to wait for an event loop")


async def to_its_end(work: Coroutine[Any, Any, None], offload: Offload) -> None:
    """Does work that goes on to its end even where its caller is cancelled, again and again."""
    if offload is at_once:
        return await work
    task = asyncio.create_task(work)
    _UNDER_WAY.add(task)
    task.add_done_callback(_UNDER_WAY.discard)
    await asyncio.shield(task)


_UNDER_WAY: set[asyncio.Task[None]] = set()
"""What is done `to_its_end`: the event loop by itself would not keep it alive."""


def must_be_awaited(answer: Any) -> bool:
    """Whether an answer is still to come, as from a plain function that returns a coroutine.

    A refusal can be awaited for convenience, but is already there.
    """
    return inspect.isawaitable(answer) and not isinstance(answer, str) and not hasattr(answer, "__aiter__")


class Upstream(Protocol):
    """A stream that is read piece by piece."""

    source: Any
    """What the wrapped call gave. Its method `taken_back`, if it has one, tells of which choices of a piece
    nothing that has not been shown may be shown any more, but that piece."""
    offload: Offload

    async def pull(self) -> Any:
        """The next piece, or `END`."""

    async def close(self) -> None:
        """Tells the source that no more is wanted."""


class SyncUpstream:
    """An iterator as an upstream."""

    offload: Offload = staticmethod(at_once)

    def __init__(self, source: Any) -> None:
        self.source = source
        self._pieces: Iterator[Any] = iter(source)

    async def pull(self) -> Any:
        return next(self._pieces, END)

    async def close(self) -> None:
        with ExitStack() as closing:
            for each in _distinct(self.source, self._pieces):
                if hasattr(each, "close"):
                    closing.callback(each.close)


class AsyncUpstream:
    """An asynchronous iterator as an upstream."""

    offload: Offload = staticmethod(in_thread)

    def __init__(self, source: Any) -> None:
        self.source = source
        self._pieces: AsyncIterator[Any] = aiter(source)

    async def pull(self) -> Any:
        return await anext(self._pieces, END)

    async def close(self) -> None:
        async with AsyncExitStack() as closing:
            for each in _distinct(self.source, self._pieces):
                closing.push_async_callback(_aclose, each)


def _distinct(source: Any, pieces: Any) -> list[Any]:
    """What is to be closed, the last one first: the iterator may be another object than the source.

    A generator in the middle of its next piece, which another task or thread waits for, ends with its source.
    """
    is_busy = getattr(pieces, "ag_running", False) or getattr(pieces, "gi_running", False)
    return [source] if pieces is source or is_busy else [source, pieces]


async def _aclose(each: Any) -> None:
    for name in ("aclose", "close"):
        if hasattr(each, name):
            closing = getattr(each, name)()
            if hasattr(closing, "__await__"):
                await closing
            return


def upstream_of(answer: Any) -> Upstream | None:
    """The answer as an upstream, or None when it is not a stream."""
    if hasattr(answer, "__aiter__"):
        return AsyncUpstream(answer)
    if isinstance(answer, Iterator):
        return SyncUpstream(answer)
    return None
