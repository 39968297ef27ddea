"""Takes from a long source what a claim is held against: a window of neighbours, or what covers the claim."""

from __future__ import annotations

import functools
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from guard.text.passage import WINDOW_OF_PAIRS, WINDOW_OF_WORDS, Passages
from guard.text.segment import sentences
from guard.text.token import forms, terms

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


def covering(source: str, claim: str) -> str:
    """The sentences that cover a claim's words together, chosen as when served; empty where none does."""
    passages = _indexed(source)
    found = passages.gather(list(terms(claim)))
    return passages.read(found) if found else ""


@functools.lru_cache(maxsize=64)
def _indexed(source: str) -> Passages:
    return Passages([source])
