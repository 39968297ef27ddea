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


def must_be_awaited(answer: Any) -> bool:
    """Whether an answer is still to come, as from a plain function that returns a coroutine.

    A refusal can be awaited for convenience, but is already there.
    """
    return inspect.isawaitable(answer) and not isinstance(answer, str) and not hasattr(answer, "__aiter__")


class Upstream(Protocol):
    """A stream that is read piece by piece."""

    source: Any
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
        if hasattr(self.source, "close"):
            self.source.close()


class AsyncUpstream:
    """An asynchronous iterator as an upstream."""

    offload: Offload = staticmethod(in_thread)

    def __init__(self, source: Any) -> None:
        self.source = source
        self._pieces: AsyncIterator[Any] = aiter(source)

    async def pull(self) -> Any:
        return await anext(self._pieces, END)

    async def close(self) -> None:
        for name in ("aclose", "close"):
            if hasattr(self.source, name):
                closing = getattr(self.source, name)()
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
