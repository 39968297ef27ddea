"""Reads which statement of an answer each marker of a source stands on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from guard.deadline import watched
from guard.text.cite import Marker, hide, prose_and_markers
from guard.text.segment import sentences
from guard.text.token import terms
from guard.types import Source

_NAMES_SOURCE = re.compile(
    r"(?:根据|依据|参考|参见|详见|见|据|来源|出处"
    r"|\b(?:according to|based on|per|see|source|sources))[:：]?\s*\Z",
    re.IGNORECASE,
)
_GOES_ON = re.compile(r"\s*(?:[a-z]|(?:中|里)?(?:指出|显示|表示|称|认为|提到|报道|说|记载|介绍))")
_NEAR = 24
"""Characters before a marker in which "according to" is looked for."""
_DIVIDERS = " \t\n\r,，;；、"
_SAYING = 1.5
"""The weight of terms from which a stretch says something: two words, or four Chinese characters."""


class Statement(NamedTuple):
    """A sentence, or the part of one that its markers stand on.

    `text` is what it says, as long as the stretch from `start` to `end`, with spaces for the markers.
    """

    start: int
    end: int
    text: str
    markers: tuple[Marker, ...]


def read(text: str, sources: Sequence[Source]) -> list[Statement]:
    """The statements of an answer in order, each with the markers on it, `[]` where there are none.

    A sentence with markers in several places is cut there: each stands on the words before it, or on those
    behind it where the sentence begins with one ("According to [1], …"). A marker between two sentences
    belongs to the one before, unless what follows goes on from it. Code, tables and references are left out.
    """
    prose, found = prose_and_markers(text, sources)
    plain = hide(prose, [(marker.start, marker.end) for marker in found])
    return list(_statements(plain, found))


def says_something(text: str) -> bool:
    """Whether a stretch holds enough words or numbers to be borne out or not."""
    return any(char.isdecimal() for char in text) or sum(term.weight for term in terms(text)) >= _SAYING


def _statements(plain: str, found: Sequence[Marker]) -> Iterator[Statement]:
    spans = sentences(plain)
    owned = _assign(plain, spans, found)
    for (start, end), own in watched(zip(spans, owned, strict=True)):
        if own:
            yield from _cut(plain, min(start, own[0].start), max(end, own[-1].end), own)
        else:
            yield Statement(start, end, plain[start:end], ())
    if not spans and found:
        yield _statement(plain, found[0].start, found[-1].end, found)


def _assign(plain: str, spans: Sequence[tuple[int, int]], found: Sequence[Marker]) -> list[list[Marker]]:
    """The markers of each sentence; those between two go to the one before, if it is on the same line."""
    owned: list[list[Marker]] = [[] for _ in spans]
    at = 0
    for marker in watched(found):
        while at < len(spans) and spans[at][1] <= marker.start:
            at += 1
        if not spans:
            break
        within = at < len(spans) and spans[at][0] < marker.start
        behind = at and (at == len(spans) or "\n" not in plain[spans[at - 1][1] : marker.start])
        goes_on = (
            at < len(spans) and _GOES_ON.match(plain, spans[at][0]) and _is_near(plain, marker, spans[at])
        )
        owned[at - 1 if behind and not within and not goes_on else at].append(marker)
    return owned


def _is_near(plain: str, marker: Marker, span: tuple[int, int]) -> bool:
    return "\n" not in plain[marker.end : span[0]]


def _cut(plain: str, start: int, end: int, own: Sequence[Marker]) -> Iterator[Statement]:
    """Cuts a sentence so that each group of markers has the words that it stands on."""
    groups = [[own[0]]]
    for marker in own[1:]:
        if says_something(_bare(plain, groups[-1][-1].end, marker.start)):
            groups.append([])
        groups[-1].append(marker)
    leads = not says_something(_bare(plain, start, own[0].start))
    for number, group in enumerate(groups):
        is_last = number == len(groups) - 1
        first = start if not number else group[0].start if leads else groups[number - 1][-1].end
        last = end if is_last else groups[number + 1][0].start if leads else group[-1].end
        yield _statement(plain, first, last, group)


def _bare(plain: str, start: int, end: int) -> str:
    """A stretch without the words that only name the source behind it."""
    named = _NAMES_SOURCE.search(plain, max(start, end - _NEAR), end)
    return plain[start : named.start() if named else end]


def _statement(plain: str, start: int, end: int, own: Sequence[Marker]) -> Statement:
    """A statement without what only divides it from others, and without "according to" before a marker."""
    stretch = plain[start : own[0].start]
    start += len(stretch) - len(stretch.lstrip(_DIVIDERS))
    end -= len(plain[own[-1].end : end]) - len(plain[own[-1].end : end].rstrip())
    places = (_NAMES_SOURCE.search(plain, max(start, marker.start - _NEAR), marker.start) for marker in own)
    named = [(found.start() - start, found.end() - start) for found in places if found]
    return Statement(start, end, hide(plain[start:end], named), tuple(own))
