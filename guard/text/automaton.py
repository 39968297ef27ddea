"""Finds many words at once in a view, by the Aho-Corasick automaton of `pyahocorasick`.

That automaton walks the children of a state one by one, which Chinese, with thousands of first characters,
makes five to forty times slower than need be. Characters beyond ASCII are therefore fed to it as two
symbols, of which no state has more than a few dozen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import ahocorasick
import numpy as np
from numpy.typing import NDArray

from guard.text.alphabet import CODE_POINTS
from guard.text.view import Places, View

Symbols = NDArray[np.uint16]

_BITS = 6
_HIGH, _LOW, _ABSENT = 0x1000, 0x2000, 0xFFFF


class Automaton:
    """Many words, to be found in views; each word is known by its number."""

    def __init__(self, words: Sequence[str]) -> None:
        self._lengths = [len(word) for word in words]
        self._first = np.full(CODE_POINTS, _ABSENT, np.uint16)
        self._second = np.zeros(CODE_POINTS, np.uint16)
        # The most frequent characters share their first symbols, which keeps the busiest states small.
        counts = Counter(char for word in words for char in word)
        for number, (char, _) in enumerate(sorted(counts.items(), key=lambda item: -item[1])):
            ascii_only = char < "\x80"
            self._first[ord(char)] = ord(char) if ascii_only else _HIGH + (number >> _BITS)
            self._second[ord(char)] = 0 if ascii_only else _LOW + (number & ((1 << _BITS) - 1))
        self._machine = ahocorasick.Automaton(ahocorasick.STORE_INTS)
        for number, symbols in enumerate(self._encode_all(words)):
            self._machine.add_word(symbols, number)
        self._machine.make_automaton()

    def find(self, view: View) -> Iterator[tuple[int, int, int]]:
        """Start, end (exclusive) and number of every word in a view, overlapping ones included."""
        first, second = self._first[view.codes], self._second[view.codes]
        double = second > 0
        if not double.any():
            for last, number in self._machine.iter(_text(first)):
                yield last + 1 - self._lengths[number], last + 1, number
            return
        places = np.arange(len(first)) + np.cumsum(double) - double
        found = list(self._machine.iter(_text(_weave(first, second, places))))
        ends = np.searchsorted(places, [last for last, _ in found], side="right").tolist()
        for end, (_, number) in zip(ends, found, strict=True):
            yield end - self._lengths[number], end, number

    def _encode_all(self, words: Sequence[str]) -> list[str]:
        codes = View.of("\n".join(words)).codes
        first, second = self._first[codes], self._second[codes]
        first[codes == ord("\n")] = ord("\n")
        places = np.arange(len(first)) + np.cumsum(second > 0) - (second > 0)
        return _text(_weave(first, second, places)).split("\n")


def _weave(first: Symbols, second: Symbols, places: Places) -> Symbols:
    """First and second symbols in one row; a second symbol of 0 is none."""
    double = second > 0
    symbols = np.empty(len(first) + int(double.sum()), np.uint16)
    symbols[places] = first
    symbols[places[double] + 1] = second[double]
    return symbols


def _text(symbols: Symbols) -> str:
    return symbols.astype("<u2", copy=False).tobytes().decode("utf-16-le")
