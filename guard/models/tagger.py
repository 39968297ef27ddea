"""Finds names of people, places, streets and organisations: a linear chain over hashed clues.

Each unit of a text (`guard.models.clue`) is tagged as the beginning or the inside of a name of some
kind, or as outside of all. Needs numpy only; time grows linearly with the text.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from guard.deadline import watched
from guard.errors import ModelError
from guard.models import chain
from guard.models.artefact import DATA, Artefact, load
from guard.models.clue import BITS, TEMPLATES, Units, clues, cut

SHIPPED = DATA / "names.safetensors"

LABELS = ("pii.person", "pii.location", "pii.address", "pii.organisation")
"""What is found. A location is a city, country or region; an address says where in it."""
TAGS = 1 + 2 * len(LABELS)
"""Outside, then per label its beginning and its inside."""

WINDOW, OVERLAP = 256, 128
"""Units that are decoded as one chain, and how many of them twice: no name is longer than half of that."""
_LENIENCE = 1.0
"""Taken from the potential of being outside before names are sought, so that unlikely ones are found too:
their scores say how unlikely they are."""


REASON = "read as a name where it stands"
"""What a finding says of a name."""


class Span(NamedTuple):
    """A name: its place in the text, its label, and how likely it is right (0 to 1)."""

    start: int
    end: int
    label: str
    score: float


Raw = tuple[int, int, int, float]
"""Start, end and number of the label of a name, and the model's own probability of it."""


class Tagger:
    """A trained tagger. Immutable after construction, so safe to share between threads."""

    def __init__(
        self, weights: np.ndarray, transitions: np.ndarray, calibration: np.ndarray, about: Mapping[str, Any]
    ) -> None:
        """Takes `weights` [2**BITS, TAGS], `transitions` [TAGS, TAGS], `calibration` [labels, 2, knots].

        A label's calibration gives, at ascending probabilities of the chain, the share that is right.
        Raises `ModelError` when the shapes or the clues are not those of this version.
        """
        shapes = (weights.shape, transitions.shape, calibration.shape[:2])
        if shapes != ((1 << BITS, TAGS), (TAGS, TAGS), (len(LABELS), 2)):
            raise ModelError(f"arrays of shapes {shapes} make no name tagger of this version")
        if about.get("templates") != len(TEMPLATES):
            raise ModelError(f"a name tagger of {about.get('templates')} clues, not {len(TEMPLATES)}")
        self.about = about
        self._half = weights
        self._weights = weights.astype(np.float32)
        self._transitions = transitions.astype(np.float32)
        self._calibration = calibration

    @classmethod
    def load(cls, path: Path) -> Tagger:
        """The tagger in a file; raises `ModelError` when it is missing, damaged or of another kind."""
        artefact = load(path)
        try:
            arrays = [artefact.arrays[name] for name in ("weights", "transitions", "calibration")]
        except KeyError as error:
            raise ModelError(f"{path}: no name tagger (it has no array {error})") from None
        return cls(arrays[0], arrays[1], arrays[2], artefact.about)

    def artefact(self) -> Artefact:
        """The model as arrays and description, ready to be saved."""
        arrays = {"weights": self._half, "transitions": self._transitions, "calibration": self._calibration}
        return Artefact(arrays, self.about)

    def spans(self, text: str) -> list[Span]:
        """The names in a text, in order and apart from each other."""
        return list(scored(self.raw(text), self._calibration))

    def raw(self, text: str) -> Iterator[Raw]:
        """The names with the chain's own probability of each."""
        units = cut(text)
        if not len(units):
            return
        emissions = self.emissions(units)
        reached = 0
        for first, last, kind, chance in self._decode(emissions):
            if first >= reached:
                reached = last
                yield int(units.starts[first]), int(units.ends[last - 1]), kind, chance

    def emissions(self, units: Units) -> np.ndarray:
        """The log potentials of each tag at each unit, [units, TAGS]."""
        total = np.zeros((len(units), TAGS), np.float32)
        for places in watched(clues(units.parts)):
            total += self._weights[places]
        return total

    def _decode(self, emissions: np.ndarray) -> Iterator[tuple[int, int, int, float]]:
        """First unit, unit after the last, kind and probability of each name, by first unit."""
        count = len(emissions)
        starts = list(range(0, max(count - OVERLAP, 1), WINDOW - OVERLAP))
        for group in watched(range(0, len(starts), _GROUP)):
            chosen = starts[group : group + _GROUP]
            padded = _pad(emissions, chosen)
            lenient = padded.copy()
            lenient[:, :, 0] -= _LENIENCE
            tags = chain.best(lenient, self._transitions)
            named = np.flatnonzero(tags.any(axis=1))
            chances = chain.marginals(padded[named], self._transitions)
            for row, chance in zip(named, chances, strict=True):
                start = chosen[row]
                for first, last, kind in chain.runs(tags[row]):
                    if _owns(start, first, count):
                        yield start + first, start + last, kind, chain.least(chance, first, last, kind)


_GROUP = 256
"""Windows decoded at a time."""


def _pad(emissions: np.ndarray, starts: list[int]) -> np.ndarray:
    """Windows of emissions, [windows, steps, TAGS], filled up with steps that are outside for sure."""
    steps = min(WINDOW, len(emissions))
    padded = np.full((len(starts), steps + 1, TAGS), chain.FORBIDDEN, np.float32)
    padded[:, :, 0] = 0.0
    for row, start in enumerate(starts):
        window = emissions[start : start + steps]
        padded[row, : len(window)] = window
    return padded


def _owns(start: int, first: int, count: int) -> bool:
    """Whether a name that begins at step `first` is this window's to report, and not a neighbour's."""
    margin = OVERLAP // 2
    after_left = start == 0 or first >= margin
    before_right = start + WINDOW >= count or first < WINDOW - margin
    return after_left and before_right


def scored(found: Iterable[Raw], calibration: np.ndarray) -> Iterator[Span]:
    """Names with their scores: the share that is right, by a calibration [labels, 2, knots] of chances."""
    for start, end, kind, chance in found:
        known, right = calibration[kind]
        score = min(max(float(np.interp(chance, known, right)), 0.0), 1.0)
        yield Span(start, end, LABELS[kind], round(score, 3))


@functools.cache
def shipped() -> Tagger:
    """The tagger that comes with the package, loaded once."""
    return Tagger.load(SHIPPED)
