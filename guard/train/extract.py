"""Takes from a long source what a claim is held against: a window of neighbours, or what covers the claim."""

from __future__ import annotations

import functools
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from guard.text.passage import WINDOW_OF_PAIRS, WINDOW_OF_WORDS
from guard.text.segment import sentences
from guard.text.token import forms

_HAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


@dataclass(frozen=True, slots=True)
class Cuts:
    """Start and end of a source's sentences, and the terms of each."""

    spans: list[tuple[int, int]]
    grams: list[set[str]]


@functools.lru_cache(maxsize=64)
def cut(source: str) -> Cuts:
    """The sentences of a source, none longer than a window."""
    limit = longest(source)
    spans = [
        (place, min(place + limit, end))
        for start, end in sentences(source)
        for place in range(start, end, limit)
    ]
    return Cuts(spans, [set(forms(source[start:end])) for start, end in spans])


def longest(source: str) -> int:
    """Characters of a window on a source."""
    head = source[:400]
    return WINDOW_OF_PAIRS if len(_HAN.findall(head)) * 3 > len(head) else WINDOW_OF_WORDS


def neighbours(
    source: str, spans: Sequence[tuple[int, int]], shares: Sequence[int], draw: random.Random
) -> str:
    """Neighbouring sentences, as many as fit, grown from the one of most worth to its better side."""
    limit = longest(source)
    best = max(shares)
    first = last = draw.choice([place for place, share in enumerate(shares) if share == best])
    while True:
        sides = [(shares[place], place) for place in (first - 1, last + 1) if 0 <= place < len(spans)]
        sides = [
            (share, place)
            for share, place in sides
            if spans[max(place, last)][1] - spans[min(place, first)][0] <= limit
        ]
        if not sides:
            return source[spans[first][0] : spans[last][1]]
        place = max(sides, key=lambda side: (side[0], draw.random()))[1]
        first, last = min(first, place), max(last, place)


def covering(source: str, cuts: Cuts, wanted: set[str]) -> str:
    """The sentences that cover a claim's terms together, the one that adds most first; then neighbours."""
    chosen, left, room = list[int](), set(wanted), longest(source)
    places = range(len(cuts.spans))

    def fits(place: int) -> bool:
        return place in places and place not in chosen and cuts.spans[place][1] - cuts.spans[place][0] <= room

    while fitting := [place for place in places if fits(place) and left & cuts.grams[place]]:
        best = max(fitting, key=lambda place: len(left & cuts.grams[place]))
        chosen.append(best)
        left -= cuts.grams[best]
        room -= cuts.spans[best][1] - cuts.spans[best][0]
    for place in [near for at in chosen for near in (at - 1, at + 1)]:
        if fits(place):
            chosen.append(place)
            room -= cuts.spans[place][1] - cuts.spans[place][0]
    return " ".join(source[slice(*cuts.spans[place])].strip() for place in sorted(chosen))
