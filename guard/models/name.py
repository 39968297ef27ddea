"""Finds names of people, places, addresses and organisations with the encoder, in many languages.

The encoder says of each piece of a text how likely it begins or goes on with a name of which kind; the
likeliest tags that go together (`guard.models.chain`) give the names, whole words in scripts with spaces.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import Literal, Protocol

import numpy as np

from guard.deadline import watched
from guard.errors import ModelError
from guard.models import chain, encoder, postal, tagger
from guard.models.artefact import DATA
from guard.models.coverage import told
from guard.models.encoder import Encoder, Marks
from guard.models.session import WEIGHTS
from guard.models.tagger import LABELS, Raw, Span, Tagger, scored
from guard.text.brief import Brief

Backend = Literal["encoder", "classical"]

ENTRY = "names"
"""What an encoder that has learnt to find names has in its description: their `languages`."""
CALIBRATION = "names.calibration"

LENIENCE = 1.0
"""Taken from the potential of being outside before names are sought, so that unlikely ones are found too:
their scores say how unlikely they are."""
POSSIBLE = 1e-3
"""The chance of being part of a name below which a piece is part of none."""
LONGEST = 1024
"""Pieces that are decoded as one chain."""

_UNSPACED = re.compile(
    "[\u0e00-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff"
    "\uff66-\uffdc\U00020000-\U0003ffff]"
)
"""Letters of scripts without spaces; Hangul too, whose particles are glued to names."""
_VARIANTS = re.compile("[\ufe00-\ufe0f]")
"""Marks that choose the form of a sign, such as an emoji."""
PLACES = ("pii.location", "pii.address")
_BEFORE, _BEHIND = "在由被把的了是与及", "在由被把的了是与及将"
"""Chinese words of one character that no name begins or ends with, but that a piece may hold beside it."""
_CLOSING = {")": "(", "）": "（", "]": "[", "】": "【", "》": "《"}


class Finder(Protocol):
    """Whatever finds names."""

    @property
    def languages(self) -> Sequence[str]:
        """The languages in which it finds them."""

    def spans(self, text: str, kind: str = "input") -> Sequence[Span]:
        """The names in a text of a kind: `input`, `output` or `document`."""


class NameReader:
    """Finds names with an encoder. Safe to share between threads."""

    def __init__(self, encoder: Encoder) -> None:
        """Raises `ModelError` when the encoder's tags or calibration are not those of this version."""
        names = [label.removeprefix("pii.") for label in LABELS]
        expected = ("none", *(f"{place} {name}" for name in names for place in ("begin", "inside")))
        if encoder.tags != expected:
            raise ModelError(f"an encoder with the tags {', '.join(encoder.tags)}, which are no names")
        same = np.tile(np.linspace(0, 1, 2), (len(LABELS), 2, 1))
        self._calibration = encoder.arrays.get(CALIBRATION, same)
        if self._calibration.shape[:2] != (len(LABELS), 2):
            raise ModelError(f"a calibration of names of shape {self._calibration.shape}")
        self.languages = tuple(encoder.about.get(ENTRY, {}).get("languages", ()))
        self._encoder = encoder

    def spans(self, text: str, kind: str = "input") -> list[Span]:
        """The names in a text, in order and apart from each other."""
        (marks,) = self._encoder.marks([text], kind)
        return list(scored(decode(marks, text), self._calibration))


class Classical:
    """The chain over hashed clues, which reads any kind of text alike."""

    def __init__(self, tagger: Tagger) -> None:
        self.languages = tuple(tagger.about.get("languages", ()))
        # Several filters share one reading of a text.
        self._read = Brief(tagger.spans, 8)

    def spans(self, text: str, kind: str = "input") -> list[Span]:
        return postal.whole(unite(self._read(text), list(postal.forces(text))), text)


class Joint:
    """The encoder, and the chain over clues for places, addresses and Chinese names that the encoder misses.

    The encoder knows people and organisations in more languages; the chain knows more towns, and reads
    Chinese character by character.
    """

    def __init__(self, reader: Finder, chain: Finder) -> None:
        self.languages = reader.languages
        self._reader, self._chain = reader, chain

    def spans(self, text: str, kind: str = "input") -> list[Span]:
        """The names in a text, in order and apart from each other."""
        found = self._reader.spans(text, kind)
        more = [
            span
            for span in self._chain.spans(text, kind)
            if span.label in PLACES or "\u4e00" <= text[span.start] <= "\u9fff"
        ]
        return postal.whole(unite(unite(found, more), list(postal.forces(text))), text)


def unite(found: Sequence[Span], more: Sequence[Span]) -> list[Span]:
    """Both, each in order and apart from each other; of two that share a character the surer one stays."""
    added = [span for span in more if all(other.score < span.score for other in _met(span, found))]
    kept = [span for span in found if not _met(span, added)]
    return sorted([*kept, *added], key=lambda span: span.start)


def _met(span: Span, others: Sequence[Span]) -> Sequence[Span]:
    """Those of other spans, in order and apart from each other, that share a character with one."""
    first = bisect_right(others, span.start, key=lambda other: other.end)
    return others[first : bisect_left(others, span.end, lo=first, key=lambda other: other.start)]


def decode(marks: Marks, text: str) -> list[Raw]:
    """The names in a text, by what is said of its pieces, in order and apart from each other."""
    found: list[Raw] = []
    for first, last, kind, chance in _names(marks.chances):
        own = marks.spans[first:last]
        start, end = _trim(text, int(own[:, 0].min()), int(own[:, 1].max()))
        if start < end:
            start, end = _widen(text, start, end)
            _add(found, (start, end, kind, chance))
    return found


def _names(chances: np.ndarray) -> Iterator[tuple[int, int, int, float]]:
    """First piece, piece after the last, kind and probability of each name."""
    transitions = chain.order(len(LABELS))
    for start, end in watched(_stretches(chances[:, 0] < np.log1p(-POSSIBLE))):
        emissions = np.full((1, end - start + 1, chances.shape[1]), chain.FORBIDDEN, np.float32)
        # One more step, which is outside for sure, tells a name that ends from one that goes on.
        emissions[0, :-1], emissions[0, -1, 0] = chances[start:end], 0.0
        lenient = emissions.copy()
        lenient[:, :, 0] -= LENIENCE
        tags = chain.best(lenient, transitions)[0]
        if tags.any():
            (sure,) = chain.marginals(emissions, transitions)
            for first, last, kind in chain.runs(tags):
                yield start + first, start + last, kind, chain.least(sure, first, last, kind)


def _stretches(possible: np.ndarray) -> Iterator[tuple[int, int]]:
    """First and after the last of neighbouring pieces that may be part of names [pieces]."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], possible.astype(np.int8), [0]])))
    for start, end in edges.reshape(-1, 2).tolist():
        for first in range(start, end, LONGEST):
            yield first, min(first + LONGEST, end)


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    """Without what is no part of a name at the edges, but for a bracket that closes one inside."""
    limit = end
    while start < end and (not _is_letter(text[start]) or text[start] in _BEFORE):
        start += 1
    while start < end and (not _is_letter(text[end - 1]) or text[end - 1] in _BEHIND):
        end -= 1
    after = text[end : end + 1]
    opened = after in _CLOSING and text.count(_CLOSING[after], start, end) > text.count(after, start, end)
    return start, end + (opened and end < limit)


def _widen(text: str, start: int, end: int) -> tuple[int, int]:
    """With the rest of words that the edges would cut."""
    while start > 0 and _joins(text[start - 1]) and _joins(text[start]):
        start -= 1
    while end < len(text) and _joins(text[end - 1]) and _joins(text[end]):
        end += 1
    return start, end


def _joins(char: str) -> bool:
    """Whether a character makes one word with a neighbour of its like."""
    return _is_letter(char) and not _UNSPACED.match(char)


def _is_letter(char: str) -> bool:
    """Whether a character is a letter, a digit, or a mark on one."""
    category = unicodedata.category(char)
    return (category[0] in "LN" or category in ("Mn", "Mc")) and not _VARIANTS.match(char)


def _add(found: list[Raw], name: Raw) -> None:
    """Adds the next name; of two that share a word, those of one kind are one, else the surer stays."""
    if not found or found[-1][1] <= name[0]:
        found.append(name)
    elif found[-1][2] == name[2]:
        start, end, kind, chance = found[-1]
        found[-1] = start, max(end, name[1]), kind, min(chance, name[3])
    elif found[-1][3] < name[3]:
        found[-1] = name


@functools.cache
def _reader() -> NameReader:
    return NameReader(encoder.shipped())


@functools.cache
def _joint() -> Joint:
    return Joint(_reader(), _classical())


@functools.cache
def _classical() -> Classical:
    return Classical(tagger.shipped())


def coverage() -> dict[str, tuple[str, ...]]:
    """The languages in which names are found with each backend, told without loading a model."""
    chain_reads = tuple(told(tagger.SHIPPED).get("languages", ()))
    entry = told(DATA / WEIGHTS).get(ENTRY)
    return {"encoder": tuple(entry["languages"]) if entry else chain_reads, "classical": chain_reads}


def finder(backend: Backend = "encoder") -> Finder:
    """What finds names with the models of the package.

    That is the encoder only where the one that comes with the package has learnt to.
    """
    if backend == "encoder" and ENTRY in encoder.shipped().about:
        return _joint()
    return _classical()
