"""Runs the checks of asynchronous calls in worker threads, so many of them at a time.

A check that waits for the answer to a question of its own lets another have its turn meanwhile: the answer
may itself need a check.
"""

from __future__ import annotations

import math
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, TypeVar

from guard.pipeline.thread import fulfil
from guard.pipeline.worker import WORKERS

T = TypeVar("T")

AT_ONCE = min(32, (os.cpu_count() or 1) + 4)
"""How many checks are worked on at a time; more would only make each of them late."""


class Turns:
    """A line of work, of which the first pieces run. Safe to use from several threads at once."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._at_once = at_once
        self.forget()

    def forget(self) -> None:
        """Drops what is under way, as a forked process must: it exists in its parent only."""
        self._free = self._at_once
        self._waiting: deque[Errand] = deque()
        self._lock = threading.Lock()

    def begin(self, work: Callable[[Callable[[], bool]], T]) -> Future[T]:
        """The result to come of the work, which is given a way to ask whether it was cancelled."""
        future: Future[T] = Future()
        self._waiting.append(Errand(self, future, work))
        self.move(0)
        return future

    @contextmanager
    def passed_on(self) -> Iterator[None]:
        """Within, this work waits for something else, and the next has its turn."""
        self.move(1)
        try:
            yield
        finally:
            with self._lock:
                self._free -= 1

    def move(self, ended: int) -> None:
        """Begins what waits, now that so many have ended."""
        with self._lock:
            self._free += ended
        while errand := self._next():
            try:
                WORKERS.start(errand)
            except RuntimeError as error:
                # The system has no thread left.
                errand.fail(error)
                with self._lock:
                    self._free += 1

    def _next(self) -> Errand | None:
        with self._lock:
            if self._free <= 0 or not self._waiting:
                return None
            self._free -= 1
            return self._waiting.popleft()


class Errand:
    """Work that nobody gives up but who waits for its future."""

    seconds = math.inf

    def __init__(self, turns: Turns, future: Future[Any], work: Callable[[Callable[[], bool]], Any]) -> None:
        self._turns, self._future, self._work = turns, future, work

    def run(self) -> None:
        """Does the work; called in a worker."""
        fulfil(self._future, lambda: self._work(self._future.cancelled))
        self._turns.move(1)

    def fail(self, error: BaseException) -> None:
        """Ends without having begun."""
        if self._future.set_running_or_notify_cancel():
            self._future.set_exception(error)

    def give_up(self) -> None:
        """Leaves the work to itself."""
        self._future.cancel()


TURNS = Turns()
"""The line in which the checks of all guards of the process stand."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=TURNS.forget)
