"""Tells whether a stretch of Chinese is a word of its own or straddles others: 口交 in 路口交通.

The stretch and its neighbours are cut into the likeliest sequence of words (unigram model over the
frequent words in `guard/text/data/words.txt.gz`). If the best cut runs through the stretch, it is not a word
there. A stretch that cuts words is widened to whole ones.
"""

from __future__ import annotations

import functools
import gzip
import importlib.resources
import re
from collections.abc import Iterable, Mapping

LONGEST = 4
_NEIGHBOURS = 6
"""Characters on either side that can matter: a word and a half."""
_UNKNOWN = 16.0
"""Rarity of a character that the table lacks."""
_LISTED = 12.0
"""Rarity given to the stretch itself where the table does not hold it; about one word in 160,000."""


_HAN = "\u4e00-\u9fff"
_RUN = re.compile(rf"[^\W_{_HAN}]+(?:[.,'’:/@-][^\W_{_HAN}]+)*")
"""A word, number, code or address of a script that writes spaces."""
_MARKS = " \t\r\n,.;:!?，。；：！？、`*_|#()（）[]【】\"'“”‘’"


def widen(text: str, spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Stretches in order, without the marks at their ends and with the words that they cut; none empty.

    A single Chinese character takes the one beside it along where both are a frequent word.
    """
    runs = {place: run.span() for run in _RUN.finditer(text) for place in range(*run.span())}
    found: list[tuple[int, int]] = []
    for start, end in spans:
        inner = text[start:end].strip(_MARKS)
        if not inner:
            continue
        start += text[start:end].index(inner)
        end = start + len(inner)
        if len(inner) == 1 and start not in runs:
            start, end = _pair(text, start)
        start, end = runs.get(start, (start, end))[0], runs.get(end - 1, (start, end))[1]
        if found and start <= found[-1][1]:
            start, end = found[-1][0], max(end, found.pop()[1])
        found.append((start, end))
    return found


def _pair(text: str, place: int) -> tuple[int, int]:
    for first in (place, place - 1):
        if first >= 0 and is_frequent(text[first : first + 2]):
            return first, first + 2
    return place, place + 1


class Cutter:
    """Cuts neighbourhoods into words, and remembers them, for they repeat; to be kept as long as one text."""

    def __init__(self) -> None:
        self._is_whole = functools.lru_cache(maxsize=4096)(_is_whole)

    def stands_alone(self, text: str, start: int, end: int) -> bool:
        """Whether the characters `start` to `end` (exclusive) form whole words in their neighbourhood."""
        if end - start > 1 and not (_is_bridged(text, start) or _is_bridged(text, end)):
            return True
        left = _edge(text, start, -1)
        right = _edge(text, end, 1)
        return self._is_whole(text[left:right], start - left, end - left)


def is_frequent(word: str) -> bool:
    """Whether a word of two to four characters is in the table of frequent words."""
    return len(word) > 1 and word in _rarity()


def _is_bridged(text: str, place: int) -> bool:
    """Whether some word begins before the place and goes on after it."""
    rarity = _rarity()
    return any(
        text[first:last] in rarity
        for first in range(max(0, place - LONGEST + 1), place)
        for last in range(place + 1, min(len(text), first + LONGEST) + 1)
    )


def _edge(text: str, place: int, step: int) -> int:
    for _ in range(_NEIGHBOURS):
        neighbour = place - 1 if step < 0 else place
        if not (0 <= neighbour < len(text) and "\u4e00" <= text[neighbour] <= "\u9fff"):
            break
        place += step
    return place


def _is_whole(text: str, start: int, end: int) -> bool:
    for first, last in _cut(text, start, end):
        apart = last <= start or first >= end
        part_of_it = start <= first and last <= end
        # A longer word that holds the stretch means it too, unless it is a mere character of that word.
        around_it = first <= start and end <= last and end - start > 1
        if not (apart or part_of_it or around_it):
            return False
    return True


def _cut(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The likeliest words, by dynamic programming; `start` to `end` counts as a word too."""
    rarity = _rarity()
    listed = text[start:end]
    best: list[tuple[float, int]] = [(0.0, 0)]
    for last in range(1, len(text) + 1):
        options = []
        for first in range(max(0, last - max(LONGEST, end - start)), last):
            word = text[first:last]
            cost = rarity.get(word, _UNKNOWN if last - first == 1 else None)
            if word == listed:
                cost = min(_LISTED, cost or _LISTED)
            if cost is not None:
                options.append((best[first][0] + cost, first))
        best.append(min(options))
    words, last = [], len(text)
    while last:
        words.append((best[last][1], last))
        last = best[last][1]
    return words


@functools.cache
def _rarity() -> Mapping[str, float]:
    packed = importlib.resources.files("guard.text.data").joinpath("words.txt.gz").read_bytes()
    rarity: dict[str, float] = {}
    for line in gzip.decompress(packed).decode("utf-8").splitlines():
        nats, *words = line.split(" ")
        rarity.update(dict.fromkeys(words, float(nats)))
    return rarity
