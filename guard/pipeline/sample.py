"""Asks the wrapped call for other answers to the same prompt, beside the answer that is guarded.

All are asked for at the same time and only once; what fails, or comes after its time, is left out.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, wait
from dataclasses import replace
from typing import Any

from guard.errors import CallError
from guard.pipeline.aside import hear, in_own_thread, running_loop
from guard.pipeline.door import Offload, at_once, in_thread
from guard.pipeline.onion import Onion
from guard.pipeline.request import Request
from guard.registry import Sampling
from guard.types import Exchange

Waiting = Sequence[Future[str]] | Sequence[asyncio.Task[str]]


class Samples:
    """The other answers to one request: begun beside it, gathered where rules ask for them."""

    def __init__(self, onion: Onion, request: Request) -> None:
        self._onion = onion
        wanted = onion.judge.sampling(str(request.exchange.metadata.get("language", "")))
        self.wanted = wanted or Sampling(count=0)
        self._requests = self._vary(request)
        self._threads: list[Future[str]] = []
        self._tasks: list[asyncio.Task[str]] = []
        self._until = 0.0
        self._found: tuple[tuple[str, ...], str] | None = None

    def _vary(self, request: Request) -> list[Request]:
        signature = self._onion.signature
        whole = request.whole(signature)
        return [
            whole.varied(number, self.wanted.temperature, signature) for number in range(self.wanted.count)
        ]

    def begin(self, offload: Offload) -> None:
        """Asks for the samples, in threads or as tasks, unless that was done; needs a loop for tasks."""
        if self._tasks or self._found or (self._threads and offload is at_once):
            return
        # Threads that were begun for a call that turns out to be awaited have nothing to wait for.
        self.close()
        self._until = time.monotonic() + self.wanted.budget_ms / 1000
        if offload is at_once:
            self._threads = [in_own_thread(self._onion, request) for request in self._requests]
        else:
            self._tasks = [asyncio.create_task(self._hear(request)) for request in self._requests]

    def begin_early(self, offload: Offload) -> None:
        """Asks before the answer is asked for, where it is sure how the call has to be made.

        What a plain function gives inside a running loop may have to be awaited there.
        """
        if offload is in_thread or running_loop() is None:
            self.begin(offload)

    async def _hear(self, request: Request) -> str:
        return await hear(self._onion, request, in_thread, lambda: False)

    async def fill(self, exchange: Exchange) -> Exchange:
        """The exchange with the samples that came in time, and why others did not."""
        if not self.wanted.count:
            return exchange
        samples, shortfall = await self.gather()
        return replace(exchange, samples=samples, shortfall=shortfall)

    async def gather(self) -> tuple[tuple[str, ...], str]:
        """The samples that came in time, and why others did not; waits for them once."""
        if self._found is None:
            self._found = await self._wait()
        return self._found

    async def _wait(self) -> tuple[tuple[str, ...], str]:
        left = max(0.0, self._until - time.monotonic())
        asked: Waiting = self._tasks or self._threads
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=left)
        else:
            wait(self._threads, left)
        ended = [each for each in asked if each.done() and not each.cancelled()]
        self.close()
        faults = Counter(_fault(each) for each in ended)
        texts = tuple(each.result() for each in ended if not _fault(each))
        return texts, _shortfall(self.wanted, len(asked) - len(ended), faults)

    def close(self) -> None:
        """Waits no longer for samples that have not come."""
        waiting: list[Future[str] | asyncio.Task[str]] = [*self._tasks, *self._threads]
        for each in waiting:
            if not each.cancel() and not each.cancelled():
                # A task whose exception nobody looks at complains of it.
                each.exception()
        self._tasks, self._threads = [], []


def _fault(ended: Future[str] | asyncio.Task[str]) -> str:
    """The kind of exception that a call ended with, '' for none."""
    error: Any = ended.exception()
    if error is None:
        return ""
    return str(error) if isinstance(error, CallError) else type(error).__name__


def _shortfall(wanted: Sampling, late: int, faults: Counter[str]) -> str:
    told = [f"{count} failed: {fault}" for fault, count in sorted(faults.items()) if fault]
    if late:
        told.append(f"{late} took longer than {wanted.budget_ms} ms")
    return f"of {wanted.count} samples, " + "; ".join(told) if told else ""
