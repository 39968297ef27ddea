"""Runs calls each in a thread of its own, until too many of them were left behind.

A thread cannot be stopped from outside: a call that stalls keeps its thread when nobody waits for it.
"""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from guard.errors import CallError

T = TypeVar("T")

LEFT_BEHIND = 16
"""How many calls that nobody waits for may still run; while there are so many, none is begun."""


class Threads:
    """The threads of one guard's further calls. Safe to use from several threads at once."""

    def __init__(self) -> None:
        self._running: dict[threading.Thread, Future[Any]] = {}

    def begin(self, work: Callable[[Callable[[], bool]], T]) -> Future[T]:
        """The result to come of the work, which is given a way to ask whether it was cancelled.

        To cancel the future leaves the work behind. If the work cannot begin, it holds a `CallError`.
        """
        future: Future[T] = Future()
        if self.left_behind() >= LEFT_BEHIND:
            future.set_exception(CallError("too many earlier calls are still under way"))
            return future
        run = contextvars.copy_context().run
        thread = threading.Thread(target=run, args=(self._run, work, future), name="guard-aside", daemon=True)
        self._running[thread] = future
        try:
            thread.start()
        except RuntimeError:
            self._running.pop(thread, None)
            future.set_exception(CallError("the system has no thread left for it"))
        return future

    def left_behind(self) -> int:
        """How many calls still run that nobody waits for."""
        # After a fork the child has none of these threads, though it has the table of them.
        return sum(
            future.cancelled() and thread.is_alive() for thread, future in self._running.copy().items()
        )

    def _run(self, work: Callable[[Callable[[], bool]], T], future: Future[T]) -> None:
        try:
            result = work(future.cancelled)
        # Whatever the call raises goes to who waits for its answer.
        except BaseException as error:
            if future.set_running_or_notify_cancel():
                future.set_exception(error)
        else:
            if future.set_running_or_notify_cancel():
                future.set_result(result)
        finally:
            self._running.pop(threading.current_thread(), None)
