"""What each way to check an answer against its sources says of it, how long it took, and who decided."""

from __future__ import annotations

import hashlib
import json
import sys
import time
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from guard.evaluate.answer import Group, Labelled, Span
from guard.filters import grounding
from guard.models import cascade
from guard.models.artefact import DATA
from guard.models.encoder import Encoder
from guard.models.reader import Held, Reader
from guard.models.session import WEIGHTS
from guard.registry import Filter, create
from guard.text.claim import is_claim
from guard.text.passage import Passages
from guard.text.segment import sentences
from guard.text.token import terms
from guard.types import Exchange, Finding, Part, Stage

RULE, ENCODER, CASCADE = "rule", "encoder", "cascade"
OVERLAP, COSINE, LENGTH = "overlap", "cosine", "length"
CUT = 0.5
"""The score from which a finding counts, fixed before anything was measured."""
STEP = 50
"""Answers between two lines about the progress."""

Mark = tuple[int, int, float, str]
"""A stretch of an answer, how likely it is not borne out, and the filter's tier that says so."""
Marks = Sequence[Mark]
Say = Callable[[Labelled], Marks]


@dataclass(frozen=True, slots=True)
class Said:
    """What every way says of one answer."""

    marks: Mapping[str, Marks]
    seconds: Mapping[str, float]

    def score(self, way: str) -> float:
        """How likely the answer is not borne out: as likely as its worst mark."""
        return max((score for _, _, score, _ in self.marks[way]), default=0.0)

    def score_within(self, way: str, span: Span) -> float:
        """The same for a part of the answer."""
        return max(
            (score for start, end, score, _ in self.marks[way] if start < span[1] and span[0] < end),
            default=0.0,
        )


class Ways:
    """All that is measured, on one encoder."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._reader = Reader(encoder)
        self._rule, self._cascade = create("grounding", {"model": False}), create("grounding")
        self._cascade.load()
        self._ways: Mapping[str, Say] = {
            RULE: lambda row: _marks(scan(self._rule, row)),
            ENCODER: self._read,
            CASCADE: lambda row: _marks(scan(self._cascade, row)),
            OVERLAP: lambda row: _whole(row, 1 - overlap(row.text, "\n".join(row.sources))),
            COSINE: self._compare,
            LENGTH: lambda row: _whole(row, float(len(row.text))),
        }

    def ask(self, row: Labelled) -> Said:
        """What all ways say of one answer, each from the sources' text on."""
        marks, seconds = {}, {}
        for name, say in self._ways.items():
            grounding.index.cache_clear()
            begun = time.perf_counter()
            marks[name] = say(row)
            seconds[name] = time.perf_counter() - begun
        return Said(marks, seconds)

    def _read(self, row: Labelled) -> Marks:
        """The encoder alone, reading every claim; words only choose what it reads first."""
        cuts = [(start, end) for start, end in sentences(row.text) if is_claim(row.text[start:end])]
        passages = Passages(row.sources)
        if not cuts or not passages.passages:
            return []
        claims = [row.text[start:end] for start, end in cuts]
        held = self._reader.read(claims, passages, [passages.match(terms(claim)) for claim in claims])
        return [mark for cut, found in zip(cuts, held, strict=True) for mark in _spread(cut, found)]

    def _compare(self, row: Labelled) -> Marks:
        """One minus the highest cosine of each sentence with an excerpt of the sources."""
        cuts, passages = list(sentences(row.text)), Passages(row.sources)
        texts = [passages.read(excerpt) for excerpt in passages.excerpts()]
        if not cuts or not texts:
            return []
        said = self._encoder.vectors([row.text[start:end] for start, end in cuts], "claim")
        nearest = (said @ self._encoder.vectors(texts, "evidence").T).max(axis=1)
        chances = np.clip(1 - nearest, 0, 1).tolist()
        return [(*cut, chance, "") for cut, chance in zip(cuts, chances, strict=True)]


def scan(made: Filter, row: Labelled) -> list[Finding]:
    """The filter's findings on an answer."""
    exchange = Exchange.of(row.question, sources=row.sources, response=row.text)
    part = Part(Stage.OUTPUT, "response.content", row.text, "assistant")
    return [item for item in made.scan(part, exchange) if isinstance(item, Finding)]


def count_tiers(text: str, marks: Marks) -> Counter[str]:
    """How many sentences of an answer each tier of the filter decided."""
    starts = [start for start, _ in sentences(text)]
    return Counter({bisect_right(starts, start): tier for start, _, _, tier in marks}.values())


def _marks(found: Sequence[Finding]) -> Marks:
    return [(item.start, item.end, item.score, item.tier) for item in found]


def _whole(row: Labelled, score: float) -> Marks:
    return [(0, len(row.text), score, "")]


def _spread(cut: Span, held: Held) -> Iterator[Mark]:
    for start, end in held.spans or ((0, cut[1] - cut[0]),):
        yield cut[0] + start, cut[0] + end, 1 - held.supported, ""


def overlap(answer: str, sources: str) -> float:
    """The longest common subsequence of terms, as a share of the answer's terms.

    Bit-parallel (Hyyrö 2004): one step per term of the sources on a whole number as wide as the answer.
    """
    said = [term.form for term in terms(answer)]
    if not said:
        return 1.0
    masks: defaultdict[str, int] = defaultdict(int)
    for place, form in enumerate(said):
        masks[form] |= 1 << place
    full = (1 << len(said)) - 1
    row = full
    for term in terms(sources):
        met = row & masks.get(term.form, 0)
        row = ((row + met) | (row - met)) & full
    return (len(said) - row.bit_count()) / len(said)


class Keeper:
    """Asks about answers and keeps what was said, in a file too where a folder is given."""

    def __init__(self, ways: Ways, folder: Path | None = None) -> None:
        self._ways = ways
        self._folder = folder and folder / f"grounding-{mark()}"

    def ask(self, group: Group) -> list[Said]:
        """What is said of each answer of a group; a run that was cut goes on where it stopped."""
        path = self._folder and self._folder / f"{group.name}.jsonl"
        known = dict(_kept(path)) if path and path.exists() else {}
        title = f"{group.name} {group.lang} {group.task}"
        for number, row in enumerate(group.rows, 1):
            if row.key not in known:
                known[row.key] = self._ways.ask(row)
                if path:
                    _keep(path, row.key, known[row.key])
            if number % STEP == 0 or number == len(group.rows):
                sys.stderr.write(f"{title}: {number} of {len(group.rows)}\n")
        return [known[row.key] for row in group.rows]


def _kept(path: Path) -> Iterator[tuple[str, Said]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            key, said = json.loads(line)
        except ValueError:  # the line that the run was cut in
            continue
        yield key, Said(**said)


def _keep(path: Path, key: str, said: Said) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(f"\n{json.dumps([key, asdict(said)])}")


def mark() -> str:
    """What the scores depend on beside the code: the encoder's weights and the filter's constants."""
    constants = (
        cascade.INTERCEPT,
        cascade.WEIGHTS,
        cascade.READ_TOGETHER,
        cascade.READ_ALONE,
        create("grounding"),
    )
    digest = hashlib.blake2b(repr(constants).encode(), digest_size=6)
    digest.update((DATA / WEIGHTS).read_bytes())
    return digest.hexdigest()
