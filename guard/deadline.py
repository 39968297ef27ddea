"""Lets long work learn that nobody waits for it any more: a thread cannot be stopped from outside.

Whoever runs a scan says in `until` when it is given up. What takes long on a long text asks between its
steps, by `check` or `watched`, and is ended by `GivenUp`. Where nobody said so, work goes on to its end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from guard.errors import GivenUp

Item = TypeVar("Item")

STRETCH = 50_000
"""Characters that `sweep` searches between two checks."""

_is_given_up: ContextVar[Callable[[], bool]] = ContextVar("is_given_up", default=lambda: False)


@contextmanager
def until(is_given_up: Callable[[], bool]) -> Iterator[None]:
    """Within, work of this thread ends at its next `check` once the function says so."""
    before = _is_given_up.set(is_given_up)
    try:
        yield
    finally:
        _is_given_up.reset(before)


def bound() -> Callable[[], bool]:
    """What tells whether this thread's work is given up; for another thread that does a part of it."""
    return _is_given_up.get()


def check() -> None:
    """Raises `GivenUp` where nobody waits for this thread's work any more."""
    if bound()():
        raise GivenUp("nobody waits for this any more")


def watched(items: Iterable[Item]) -> Iterator[Item]:
    """The items, with a `check` before each."""
    for item in items:
        check()
        yield item


def sweep(pattern: re.Pattern[str], text: str, longest: int) -> Iterator[re.Match[str]]:
    """What `pattern.finditer` gives, with a `check` now and then while nothing is found.

    No match may be longer than `longest` characters, what it looks ahead at included.
    """
    place = 0
    while place < len(text):
        check()
        after = place + STRETCH
        for found in pattern.finditer(text, place, after + longest):
            if found.start() >= place + STRETCH:
                break
            after = max(after, found.end())
            yield found
        place = after
