"""Reads claims beside the passages of their sources, with the encoder: borne out, contradicted, or not said.

For each claim a few windows of the sources are read: those around the passages that share its words, and,
where words tell too little, those nearest in meaning by the encoder's vectors. So the cost grows with the
claims, and with the sources only where their vectors are asked for, once, in a straight line.
"""

from __future__ import annotations

import functools
import re
import weakref
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from guard.models.encoder import Comparison, Encoder
from guard.models.memory import Memory, key_of
from guard.text.passage import Excerpt, Match, Passages
from guard.text.token import terms

WINDOWS = 2
"""Windows of the sources that are read for a claim."""
FAINT = 0.4
"""Share of a claim's weight below which the passages that share its words may be the wrong ones."""
MOST_EXCERPTS = 1000
"""Excerpts of sources that get a vector; of more, only words tell."""
MARKED = 0.3
"""From which chance a piece of a claim counts as wrong."""

Span = tuple[int, int]

_LEAD = re.compile(r"\s*(?:(?:[-*+•·–]|\(?\d{1,2}[.)、）])\s+)?(?=\S)")
"""What stands before the words of a list item, which says nothing."""


class Held(NamedTuple):
    """How a claim stands to the sources."""

    supported: float
    contradicted: float
    unsupported: float
    """Three chances that sum to one, not calibrated."""
    excerpt: Excerpt
    """What of the sources decided."""
    spans: tuple[Span, ...]
    """The characters of the claim that are likely wrong."""
    cut: bool
    """Whether claim or source did not fit into the window."""


class Reader:
    """Holds claims against passages with an encoder. Safe to share between threads."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._known: Memory[Comparison] = Memory(entries=256, characters=500_000)
        self._vectors: weakref.WeakKeyDictionary[Passages, tuple[list[Excerpt], np.ndarray]] = (
            weakref.WeakKeyDictionary()
        )

    def read(
        self, claims: Sequence[str], passages: Passages, matches: Sequence[Sequence[Match]]
    ) -> list[Held]:
        """How each claim stands to the sources; `matches` are those that `Passages.match` gave for each.

        The sources must hold some text.
        """
        leads = [match.end() if (match := _LEAD.match(claim)) else 0 for claim in claims]
        claims = [claim[lead:] for claim, lead in zip(claims, leads, strict=True)]
        chosen = [list(self._choose(*pair, passages)) for pair in zip(claims, matches, strict=True)]
        owners = [place for place, excerpts in enumerate(chosen) for _ in excerpts]
        excerpts = [excerpt for found in chosen for excerpt in found]
        texts = map(passages.read, excerpts)
        read = self._compare(
            [(claims[owner], cased(text, claims[owner])) for owner, text in zip(owners, texts, strict=True)]
        )
        found: list[Held] = []
        start = 0
        for own, lead in zip(chosen, leads, strict=True):
            held = decide(own, read[start : start + len(own)])
            found.append(held._replace(spans=tuple((lead + first, lead + end) for first, end in held.spans)))
            start += len(own)
        return found

    def _compare(self, asked: Sequence[tuple[str, str]]) -> list[Comparison]:
        """What the encoder says of claims and texts; a stream asks again for the same ones at its end."""
        keys = [key_of(claim, key_of(text)) for claim, text in asked]
        found = [self._known.get(key) for key in keys]
        missing = [place for place, known in enumerate(found) if known is None]
        open_ = [asked[place] for place in missing]
        read = self._encoder.compare([claim for claim, _ in open_], [text for _, text in open_])
        for place, one in zip(missing, read, strict=True):
            found[place] = one
            self._known.put(keys[place], one, sum(map(len, asked[place])))
        return [one for one in found if one is not None]

    def _choose(self, claim: str, matches: Sequence[Match], passages: Passages) -> Iterator[Excerpt]:
        """The excerpts to read for a claim, each once."""
        chosen: list[Excerpt] = []
        near = [passages.gather(terms(claim))]
        if not matches or matches[0].share < FAINT:
            near += self._nearest(claim, passages)
        near += [passages.around(match.passage) for match in matches]
        for excerpt in (passages.below(found) for found in near if found):
            if not any(set(excerpt) <= set(other) for other in chosen):
                chosen.append(excerpt)
        yield from chosen[:WINDOWS]

    def _nearest(self, claim: str, passages: Passages) -> list[Excerpt]:
        """The excerpts nearest in meaning, best first."""
        excerpts, vectors = self._index(passages)
        if len(excerpts) <= WINDOWS or not len(vectors):
            return excerpts[:WINDOWS]
        close = vectors @ self._encoder.vectors([claim])[0]
        return [excerpts[place] for place in np.argsort(-close)[:WINDOWS]]

    def _index(self, passages: Passages) -> tuple[list[Excerpt], np.ndarray]:
        if passages not in self._vectors:
            excerpts = passages.excerpts()
            few = WINDOWS < len(excerpts) <= MOST_EXCERPTS
            texts = [passages.read(excerpt) for excerpt in excerpts] if few else []
            self._vectors[passages] = excerpts, self._encoder.vectors(texts)
        return self._vectors[passages]


def cased(text: str, claim: str) -> str:
    """The text in small letters where the claim has no others: case is no difference in what is said."""
    return text.lower() if claim.islower() else text


def decide(excerpts: Sequence[Excerpt], read: Sequence[Comparison]) -> Held:
    """What several windows together say: supported by the best, and contradicted by the worst of the rest."""
    chances = np.stack([one.chances for one in read])
    best = int(chances[:, 0].argmax())
    supported = float(chances[best, 0])
    worst = int(chances[:, 1].argmax())
    contradicted = float(chances[worst, 1]) * (1 - supported)
    place = best if supported >= 0.5 else worst if chances[worst, 1] >= 0.5 else best
    spans = tuple(marked(read[place]))
    cut = any(one.cut for one in read)
    return Held(supported, contradicted, 1 - supported - contradicted, excerpts[place], spans, cut)


def marked(read: Comparison) -> Iterator[Span]:
    """Characters of neighbouring pieces that are likely wrong."""
    start = end = -1
    for (first, last), chance in zip(read.spans.tolist(), read.wrong.tolist(), strict=True):
        if chance < MARKED:
            continue
        if start >= 0 and first > end + 1:
            yield start, end
            start = -1
        start, end = (first if start < 0 else start), last
    if start >= 0:
        yield start, end


@functools.cache
def shipped() -> Reader:
    """The reader on the encoder that comes with the package."""
    from guard.models.encoder import shipped as encoder

    return Reader(encoder())
