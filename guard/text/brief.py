"""Keeps what was made of users' texts for a minute at most, so that none of them stays in memory."""

from __future__ import annotations

import functools
import os
import threading
import weakref
from collections.abc import Callable
from typing import Any, Generic, TypeVar, TypeVarTuple

Asked = TypeVarTuple("Asked")
Value = TypeVar("Value")

SECONDS = 60.0
"""How long a text may stay after the exchange that it was part of."""


class Brief(Generic[*Asked, Value]):
    """A function that keeps what it gave last, and forgets all of it soon after.

    For what has texts of users among its arguments or values. Safe to share between threads, and to fork.
    """

    def __init__(self, make: Callable[[*Asked], Value], entries: int) -> None:
        self._make = functools.lru_cache(entries)(make)
        _CLOCK.add(self)

    def __call__(self, *asked: *Asked) -> Value:
        value = self._make(*asked)
        # Looked at after the value is kept, so that a clock that rings meanwhile takes it along.
        if not _CLOCK.is_wound:
            _CLOCK.wind()
        return value

    def cache_clear(self) -> None:
        """Forgets everything at once."""
        self._make.cache_clear()


def briefly(entries: int) -> Callable[[Callable[[*Asked], Value]], Brief[*Asked, Value]]:
    """Makes a function keep so many results for a short time."""
    return lambda make: Brief(make, entries)


class _Clock:
    """Has all that is kept forgotten; one timer, which keeps no interpreter from ending, serves all."""

    def __init__(self) -> None:
        self.is_wound = False
        self._lock = threading.Lock()
        self._kept: weakref.WeakSet[Brief[*tuple[Any, ...], Any]] = weakref.WeakSet()

    def add(self, kept: Brief[*tuple[Any, ...], Any]) -> None:
        with self._lock:
            self._kept.add(kept)

    def wind(self) -> None:
        """Rings once, `SECONDS` from now."""
        with self._lock:
            if self.is_wound:
                return
            self.is_wound = True
            timer = threading.Timer(SECONDS, self.ring)
            timer.name, timer.daemon = "guard-brief", True
            try:
                timer.start()
            except RuntimeError:  # no thread can begin: the next call tries again
                self.is_wound = False

    def ring(self) -> None:
        self.is_wound = False
        with self._lock:
            kept = list(self._kept)
        for brief in kept:
            brief.cache_clear()

    def renew(self) -> None:
        """In a forked child no timer runs, and a lock that another thread held is held for ever."""
        self._lock = threading.Lock()
        self.ring()


_CLOCK = _Clock()
forget = _CLOCK.ring
"""Forgets at once all that is kept briefly."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_CLOCK.renew)
