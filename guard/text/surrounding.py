"""What stands around a word that was found: the sentences that tell how it is meant."""

from __future__ import annotations

import functools
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from guard.text.encoded import decode
from guard.text.search import Hit
from guard.text.segment import sentences
from guard.text.stretch import is_short
from guard.text.view import Places

REACH = 240
"""Characters of a sentence, on either side of a word, that are read at the most."""


class Surroundings:
    """A text and where its sentences lie, also in what is written in code there."""

    def __init__(self, text: str) -> None:
        self._text = text

    def passages(self, hit: Hit) -> list[str]:
        """What to read in order to tell how a word is meant, without repetitions.

        The sentences that hold it, with their neighbours where they are short, and the word as it is listed
        where it was written in disguise; then the same of every decoded text in which it may stand.
        """
        first, last = _around(self._text, self._sentences, hit.start, hit.end)
        seen = hit.entry.word if hit.disguise else self._text[hit.start : hit.end]
        plain = self._text[first : hit.start] + seen + self._text[hit.end : last]
        return list(dict.fromkeys([plain, *self._decoded_passages(hit)]))

    @functools.cached_property
    def _sentences(self) -> list[tuple[int, int]]:
        return sentences(self._text)

    @functools.cached_property
    def _decoded(self) -> list[_Decoded]:
        return [
            _Decoded(view.text, view.starts, view.ends, sentences(view.text))
            for view in decode(self._text)
            if view.starts is not None and view.ends is not None and len(view)
        ]

    @functools.cached_property
    def _bounds(self) -> NDArray[np.intp]:
        """Where in the text each decoded one begins and ends [2, decoded]."""
        bounds = [(one.starts[0], one.ends[-1]) for one in self._decoded]
        return np.array(bounds, np.intp).reshape(-1, 2).T

    def _decoded_passages(self, hit: Hit) -> Iterator[str]:
        first, last = self._bounds
        for number in np.flatnonzero((first < hit.end) & (last > hit.start)):
            one = self._decoded[number]
            start = int(np.searchsorted(one.ends, hit.start, side="right"))
            end = int(np.searchsorted(one.starts, hit.end))
            if start < end:
                left, right = _around(one.text, one.cuts, start, end)
                yield one.text[left:right]


class _Decoded(NamedTuple):
    """A decoded text, where each of its characters came from, and its sentences."""

    text: str
    starts: Places
    ends: Places
    cuts: list[tuple[int, int]]


def _around(text: str, cuts: list[tuple[int, int]], start: int, end: int) -> tuple[int, int]:
    """Where the sentences around a place begin and end."""
    if not cuts:
        return start, end
    first = max(0, bisect_right(cuts, start, key=lambda cut: cut[0]) - 1)
    last = max(first, bisect_right(cuts, end - 1, key=lambda cut: cut[0]) - 1)
    if is_short(text, cuts[first][0], cuts[last][1]):
        first, last = max(0, first - 1), min(len(cuts) - 1, last + 1)
    left, right = min(start, cuts[first][0]), max(end, cuts[last][1])
    return max(left, start - REACH), min(right, end + REACH)
