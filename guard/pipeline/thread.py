"""Runs calls each in a thread of its own, until too many of them were left behind.

A thread cannot be stopped from outside: a call that stalls keeps its thread when nobody waits for it.
"""

from __future__ import annotations

import contextvars
import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from guard.errors import CallError

T = TypeVar("T")

LEFT_BEHIND = 16
"""How many calls that nobody waits for may still run; while there are so many, none is begun."""


class Threads:
    """The threads of one guard's further calls. Safe to use from several threads at once."""

    def __init__(self) -> None:
        self._running: dict[threading.Thread, Callable[[], bool]] = {}

    def begin(self, work: Callable[[Callable[[], bool]], T], seconds: float = math.inf) -> Future[T]:
        """The result to come of the work, which is given a way to ask whether it was cancelled.

        To cancel the future leaves the work behind, and so does the end of its time, whether or not anybody
        waits. If the work cannot begin, the future holds a `CallError`.
        """
        future: Future[T] = Future()
        end = time.monotonic() + seconds

        def is_late() -> bool:
            if time.monotonic() > end:
                future.cancel()
            return future.cancelled()

        if self.left_behind() >= LEFT_BEHIND:
            future.set_exception(CallError("too many earlier calls are still under way"))
            return future
        run = contextvars.copy_context().run
        thread = threading.Thread(
            target=run, args=(self._run, work, future, is_late), name="guard-aside", daemon=True
        )
        self._running[thread] = is_late
        try:
            thread.start()
        except RuntimeError:
            self._running.pop(thread, None)
            future.set_exception(CallError("the system has no thread left for it"))
        return future

    def left_behind(self) -> int:
        """How many calls still run that nobody waits for."""
        # After a fork the child has none of these threads, though it has the table of them.
        return sum(is_late() and thread.is_alive() for thread, is_late in self._running.copy().items())

    def _run(
        self, work: Callable[[Callable[[], bool]], T], future: Future[T], is_late: Callable[[], bool]
    ) -> None:
        fulfil(future, lambda: work(is_late))
        self._running.pop(threading.current_thread(), None)


def fulfil(future: Future[T], work: Callable[[], T]) -> None:
    """Does the work and hands over what it gives or raises, unless the future was cancelled."""
    try:
        result = work()
    # Whatever the work raises goes to who waits for it.
    except BaseException as error:
        if future.set_running_or_notify_cancel():
            future.set_exception(error)
    else:
        if future.set_running_or_notify_cancel():
            future.set_result(result)
