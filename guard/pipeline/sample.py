"""Asks the wrapped call for other answers to the same prompt, beside the answer that is guarded.

All are asked for at the same time and only once; what fails, or comes after its time, is left out.
"""

from __future__ import annotations

import asyncio
import inspect
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future, wait
from dataclasses import replace
from typing import Any

from guard.errors import CallError
from guard.pipeline.aside import NEEDS_LOOP, hear, running_loop, text_of
from guard.pipeline.door import Offload, at_once, drive, in_thread, must_be_awaited
from guard.pipeline.onion import Onion
from guard.pipeline.reading import SAMPLES
from guard.pipeline.request import Request
from guard.registry import Sampling
from guard.text.excerpt import count_tokens
from guard.types import Decision, Exchange, Spent

Waiting = Sequence["Future[str | Given] | asyncio.Task[str]"]


class Samples:
    """The other answers to one request: begun beside it, gathered where rules ask for them."""

    def __init__(self, onion: Onion, request: Request) -> None:
        self._onion = onion
        wanted = onion.judge.sampling(str(request.exchange.metadata.get("language", "")))
        self.wanted = wanted or Sampling(count=0)
        self._seconds = self.wanted.budget_ms / 1000
        self._requests = self._vary(request)
        self._threads: list[Future[str | Given]] = []
        self._tasks: list[asyncio.Task[str]] = []
        self._until = 0.0
        self._sent: list[Request] = []
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
        self._until = time.monotonic() + self._seconds
        if offload is at_once:
            self._threads = [self._begin_thread(request) for request in self._requests]
        elif self._threads:
            # The call was made where no event loop ran; what it gave is awaited in this one.
            begun, self._threads = self._threads, []
            self._tasks = [self._begin_task(self._hear_rest(thread)) for thread in begun]
        else:
            self._tasks = [self._begin_task(self._hear(request)) for request in self._requests]

    def begin_early(self, offload: Offload) -> None:
        """Asks before the answer is asked for, where it is sure how the call has to be made.

        What a plain function gives inside a running loop may have to be awaited there.
        """
        if offload is in_thread or running_loop() is None:
            self.begin(offload)

    def _begin_thread(self, request: Request) -> Future[str | Given]:
        return self._onion.threads.begin(lambda is_late: self._ask(request, is_late), self._seconds)

    def _begin_task(self, work: Coroutine[Any, Any, str]) -> asyncio.Task[str]:
        task = asyncio.create_task(work)
        # Nobody may ever gather it: it ends with its time, and nobody need look at its exception.
        asyncio.get_running_loop().call_later(self._seconds, task.cancel)
        task.add_done_callback(lambda task: task.cancelled() or task.exception())
        return task

    def _ask(self, request: Request, is_late: Callable[[], bool]) -> str | Given:
        """The text of a plain call's answer, or the answer where an event loop is needed for its text."""
        self._sent.append(request)
        answer = request.send(self._onion.call)
        if must_be_awaited(answer) or hasattr(answer, "__aiter__"):
            return Given(answer)
        return drive(text_of(self._onion, answer, at_once, is_late))

    async def _hear(self, request: Request) -> str:
        self._sent.append(request)
        return await hear(self._onion, request, in_thread, lambda: False)

    async def _hear_rest(self, thread: Future[str | Given]) -> str:
        given = await asyncio.wrap_future(thread)
        if isinstance(given, str):
            return given
        return await text_of(self._onion, given.answer, in_thread, lambda: False)

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
        texts = tuple(str(each.result()) for each in ended if not _fault(each))
        return texts, _shortfall(self.wanted, len(asked) - len(ended), faults)

    def charge(self, decision: Decision) -> Decision:
        """The decision with what the calls and the samples that came have cost, which is told once."""
        sent, self._sent = self._sent, []
        if not sent:
            return decision
        asked = [message.text for request in sent for message in request.exchange.messages]
        came, _ = self._found or ((), "")
        cost = Spent(SAMPLES, len(sent), sum(map(count_tokens, asked)), sum(map(count_tokens, came)))
        return replace(decision, spent=(*decision.spent, cost))

    def close(self) -> None:
        """Waits no longer for samples that have not come."""
        waiting: Waiting = [*self._tasks, *self._threads]
        for each in waiting:
            each.cancel()
        self._tasks, self._threads = [], []


class Given:
    """What a call gave that has to be awaited; a coroutine is closed where nobody does."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def __del__(self) -> None:
        if inspect.iscoroutine(self.answer):
            self.answer.close()


def _fault(ended: Future[str | Given] | asyncio.Task[str]) -> str:
    """The kind of exception that a call ended with, '' for none."""
    error: Any = ended.exception()
    if error is None:
        return NEEDS_LOOP if isinstance(ended.result(), Given) else ""
    return str(error) if isinstance(error, CallError) else type(error).__name__


def _shortfall(wanted: Sampling, late: int, faults: Counter[str]) -> str:
    told = [f"{count} failed: {fault}" for fault, count in sorted(faults.items()) if fault]
    if late:
        told.append(f"{late} took longer than {wanted.budget_ms} ms")
    return f"of {wanted.count} samples, " + "; ".join(told) if told else ""
