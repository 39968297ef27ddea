"""Remembers how far windows were read lately, so that one reading serves all who ask about a text.

What is kept are numbers, under a hash of the window; no text is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable
from typing import Any, NamedTuple

import numpy as np

from guard.models.memory import Memory
from guard.models.session import Reading

LEFT, WHOLE = 24, 256
"""Windows that are remembered with their states at the exit, up to 400 kB each, and read to the end, up to
10 kB each. A prompt is some windows long; what is pushed out is read again."""


class Seen(NamedTuple):
    """A window as far as it was read."""

    early: np.ndarray
    """Logits of the families at the exit [families]."""
    states: Any = None
    """Its states at the exit, where it went no further, and `mask` [1, pieces]."""
    mask: Any = None
    whole: Reading | None = None
    """What the whole network says of it, where it went on."""


class Sights:
    """The windows that were read last. Safe to share between threads, and to fork."""

    def __init__(self) -> None:
        # Windows are all of one size at the most, so their number is bound enough.
        self._left: Memory[Seen] = Memory(entries=LEFT, characters=0)
        self._whole: Memory[Seen] = Memory(entries=WHOLE, characters=0)

    def get(self, key: Hashable) -> Seen | None:
        """The window of a key as far as it was read, if it was."""
        return self._whole.get(key) or self._left.get(key)

    def put(self, key: Hashable, seen: Seen) -> None:
        """Keeps a window."""
        if seen.whole is None:
            self._left.put(key, seen, 0)
        else:
            self._left.drop(key)
            self._whole.put(key, seen, 0)


def sight_of(ids: np.ndarray, kind: int) -> Hashable:
    """The key of a window of a kind of text."""
    return hashlib.blake2b(ids.tobytes(), digest_size=16).digest(), kind
