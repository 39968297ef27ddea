"""Runs tasks one after another in a daemon thread, each within its own time.

A thread cannot be stopped from outside, so a late task is left to itself and the remaining ones go
on in another thread. Threads are kept for the next line of tasks, and a late one comes back when it
ends; none ever keeps the interpreter from exiting.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Sequence
from queue import SimpleQueue
from typing import Protocol

KEPT = 32
"""How many idle threads are kept; what a burst needed beyond that ends with it."""


class Task(Protocol):
    """What a worker runs: must not raise; `seconds` is its time, `give_up` says that it ran out."""

    @property
    def seconds(self) -> float: ...

    def run(self) -> None: ...

    def give_up(self) -> None: ...


class Line:
    """Tasks that one thread runs in turn, until it is left behind with a late one."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        self.tasks = tasks
        self.ended = threading.Lock()
        self.ended.acquire()
        self._moving = threading.Lock()
        self._at, self._since = 0, time.perf_counter()
        self._left = False

    def run(self) -> None:
        """Runs the tasks in turn; called in the worker."""
        for index, task in enumerate(self.tasks):
            with self._moving:
                if self._left:
                    return
                self._at, self._since = index, time.perf_counter()
            task.run()

    def wait(self) -> Sequence[Task]:
        """Waits for the end of the line; the tasks still to run if one is late."""
        remaining = self.tasks[0].seconds
        while not self.ended.acquire(timeout=max(remaining, 0.0)):
            with self._moving:
                late = self.tasks[self._at]
                remaining = self._since + late.seconds - time.perf_counter()
                if remaining <= 0:
                    self._left = True
                    late.give_up()
                    return self.tasks[self._at + 1 :]
        return ()


class Workers:
    """Threads that grow with demand: one per line that runs at this moment, idle ones reused."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._idle: deque[SimpleQueue[Line]] = deque()

    def run(self, tasks: Sequence[Task]) -> None:
        """Runs the tasks in turn and returns when each has ended or been given up."""
        while tasks:
            line = Line(tasks)
            self._take().put(line)
            tasks = line.wait()

    def start(self, task: Task) -> None:
        """Has the task run by itself. Raises `RuntimeError` where the system has no thread left."""
        self._take().put(Line([task]))

    def forget(self) -> None:
        """Drops the idle threads, as a forked process must: they exist in its parent only."""
        self._idle.clear()

    def _take(self) -> SimpleQueue[Line]:
        try:
            return self._idle.pop()
        except IndexError:
            inbox: SimpleQueue[Line] = SimpleQueue()
            threading.Thread(target=self._work, args=(inbox,), name="guard-worker", daemon=True).start()
            return inbox

    def _work(self, inbox: SimpleQueue[Line]) -> None:
        keep = True
        while keep:
            line = inbox.get()
            line.run()
            keep = len(self._idle) < self._kept
            if keep:
                self._idle.append(inbox)
            line.ended.release()
            del line


WORKERS = Workers()
"""The threads that all guards of the process share."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=WORKERS.forget)
