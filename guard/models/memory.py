"""Remembers what was computed of which content, within bounds."""

from __future__ import annotations

import hashlib
import os
import threading
import weakref
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any, Generic, TypeVar

Value = TypeVar("Value")


class Memory(Generic[Value]):
    """The values that were asked for last, by key. Safe to share between threads, and to fork.

    They stay until others push them out, so neither key nor value may hold a text: use `key_of`, and keep
    numbers and places. What must hold texts is for `guard.text.brief`.
    """

    def __init__(self, *, entries: int, characters: int) -> None:
        """Bounds the number of `entries`, and the `characters` of what they were computed of in all."""
        self._most, self._most_characters = entries, characters
        self._kept: OrderedDict[Hashable, tuple[Value, int]] = OrderedDict()
        self._characters = 0
        self._lock = threading.Lock()
        _alive.add(self)

    def get(self, key: Hashable) -> Value | None:
        """The value kept under a key, if any."""
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                return None
            self._kept.move_to_end(key)
            return found[0]

    def put(self, key: Hashable, value: Value, characters: int) -> None:
        """Keeps a value that was computed of so many characters; the oldest give way."""
        if characters > self._most_characters:
            return
        with self._lock:
            self._characters -= self._kept.pop(key, (value, 0))[1]
            self._kept[key] = value, characters
            self._characters += characters
            while len(self._kept) > self._most or self._characters > self._most_characters:
                _, (_, size) = self._kept.popitem(last=False)
                self._characters -= size

    def drop(self, key: Hashable) -> None:
        """Forgets what is kept under a key, if anything."""
        with self._lock:
            found = self._kept.pop(key, None)
            self._characters -= found[1] if found else 0

    def _renew(self) -> None:
        """A lock that another thread of the parent process held is held for ever in the child."""
        self._lock = threading.Lock()
        self._kept.clear()
        self._characters = 0


def key_of(text: str, *further: Hashable) -> Hashable:
    """A key for a text, which does not keep the text itself."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest(), *further


_alive: weakref.WeakSet[Memory[Any]] = weakref.WeakSet()


def _after_fork() -> None:
    for memory in _alive:
        memory._renew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
