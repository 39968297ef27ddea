"""Guarded streams, as who reads them sees them: an iterator or an asynchronous one, like the source."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, Generic, TypeVar

from guard.pipeline.door import END, AsyncUpstream, Upstream, drive
from guard.pipeline.flow import Flow
from guard.pipeline.onion import Onion
from guard.pipeline.request import Request
from guard.pipeline.sample import Samples
from guard.pipeline.tries import Tries
from guard.pipeline.veil import Veil
from guard.types import Decision

T = TypeVar("T")


class Stream(Generic[T]):
    """What both kinds of guarded streams share: the source behind and the last decision made.

    Whatever else the source's own object offers is reached through it.
    """

    def __init__(self, flow: Flow, source: Any) -> None:
        self._flow = flow
        self._source = source

    @property
    def decision(self) -> Decision | None:
        """The last decision on the stream; on the whole of it once it has ended."""
        return self._flow.decision

    def __getattr__(self, name: str) -> Any:
        return getattr(object.__getattribute__(self, "_source"), name)


class SyncStream(Stream[T]):
    """A guarded iterator; closes its source when closed."""

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        piece: T = drive(self._flow.advance())
        if piece is END:
            raise StopIteration
        return piece

    def close(self) -> None:
        """Ends the stream and its source."""
        drive(self._flow.close())

    def __enter__(self) -> SyncStream[T]:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncStream(Stream[T]):
    """A guarded asynchronous iterator; closes its source when closed."""

    def __aiter__(self) -> AsyncIterator[T]:
        return self

    async def __anext__(self) -> T:
        piece: T = await self._flow.advance()
        if piece is END:
            raise StopAsyncIteration
        return piece

    async def aclose(self) -> None:
        """Ends the stream and its source."""
        await self._flow.close()

    close = aclose

    async def __aenter__(self) -> AsyncStream[T]:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


def guarded(
    onion: Onion, request: Request, samples: Samples, veil: Veil, upstream: Upstream, tries: Tries
) -> Stream[Any]:
    """A guarded stream of the same kind as the source."""
    flow = Flow(onion, request, samples, veil, upstream, tries)
    kind = AsyncStream if isinstance(upstream, AsyncUpstream) else SyncStream
    return kind(flow, upstream.source)
