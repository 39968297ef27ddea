"""Trains the tagger of people, places, addresses and organisations.

    python -m guard.train.name --data FOLDER --out guard/models/data/names.safetensors

A conditional random field (Lafferty et al., 2001) over hashed clues, fitted with Adagrad in two rounds:
the first on generated texts and marked public ones, the second also on plain text that the first round
marked and was sure of. Scores are calibrated on rows kept back.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from guard.models import chain
from guard.models.artefact import save
from guard.models.clue import BITS, LEXICAL, REACH, TEMPLATES, Units, clues, cut
from guard.models.tagger import LABELS, TAGS, Raw, Tagger
from guard.train import name_corpus
from guard.train.corpus import data_sha256
from guard.train.name_generate import generate
from guard.train.name_maker import Marked

log = logging.getLogger(__name__)

# ---- the recipe; the card says how chosen ------------------------------------------------------------
SEED = 20
GENERATED = 16_000  # texts per language
EPOCHS = (2, 2)  # of the first and the second round
RATE = 0.15  # of Adagrad
BATCH = 6_000  # units
DROPPED = 0.4  # share of all clues left out at a time, so that no long clue stands for a whole template
HIDDEN = 0.12  # how often the very word is hidden from its own clues, so that context counts
SURE = 0.6  # the least chance of every name in a plain text that the second round learns from
LONGEST = 220  # units of a row
KNOTS = 12  # of a label's calibration
REAL_WEIGHT = 1  # of public rows against generated ones in calibration
# ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of about one length: clues [units, templates], tags [rows, steps], and which steps are units."""

    clues: np.ndarray
    tags: np.ndarray
    real: np.ndarray


def main(argv: Sequence[str] | None = None) -> None:
    """Trains from the command line."""
    parser = argparse.ArgumentParser(prog="guard.train.name", description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with manifest.csv and the sets")
    parser.add_argument("--out", type=Path, required=True, help="the weights' file")
    parser.add_argument("--count", type=int, default=GENERATED, help="generated texts per language")
    args = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(relativeCreated)d %(message)s")
    about = {"data_sha256": data_sha256(args.data)}
    tagger = train(gather(args.data, args.count), list(name_corpus.unmarked(args.data)), about)
    save(args.out, tagger.artefact())


def gather(data: Path, count: int) -> list[Marked]:
    """All rows with marked names: generated and hand-written ones and those of the public sets."""
    return [*generate(count, SEED), *name_corpus.written(), *name_corpus.marked(data)]


def train(rows: Sequence[Marked], plain: Sequence[Marked], about: Mapping[str, Any]) -> Tagger:
    """A tagger fitted on marked rows and, in a second round, on plain ones that the first was sure of."""
    learn = [row for row in rows if not name_corpus.is_held(row.text)]
    held = [row for row in rows if name_corpus.is_held(row.text)]
    log.info("%d rows to learn from, %d kept back, %d plain", len(learn), len(held), len(plain))
    tagger = assemble(*fit(learn, EPOCHS[0]), about)
    silver = list(name_corpus.mark_by(lambda text: list(tagger.raw(text)), plain, SURE))
    log.info("%d plain rows marked", len(silver))
    tagger = assemble(*fit([*learn, *silver], EPOCHS[1]), {**about, "rows": len(learn), "plain": len(silver)})
    return calibrate(tagger, held or learn)


def fit(rows: Sequence[Marked], epochs: int) -> tuple[np.ndarray, np.ndarray]:
    """Weights [2**BITS, TAGS] and transitions [TAGS, TAGS] of a chain fitted on the rows."""
    rng = np.random.default_rng(SEED)
    encoded = encode(rows)
    count = sum(len(tags) for _, tags in encoded)
    log.info("%d units", count)
    weights = Learned(np.zeros((1 << BITS, TAGS), np.float32))
    transitions = Learned(np.zeros((TAGS, TAGS), np.float32))
    forbidden = chain.order(len(LABELS))
    for epoch in range(epochs):
        rate, total = RATE * (1 - 0.8 * epoch / epochs), 0.0
        for batch in batches(encoded, rng):
            matrix = _matrix(batch, rng)
            emissions = _emissions(matrix @ weights.value, batch)
            slopes, steps, loss = _slopes(emissions, transitions.value + forbidden, batch)
            weights.step(matrix.T @ slopes, rate)
            transitions.step(steps, rate)
            total += loss
        log.info("epoch %d: loss per unit %.4f", epoch + 1, total / count)
    return weights.value, transitions.value + forbidden


class Learned:
    """Parameters that follow their gradient with a rate of their own each (Adagrad, Duchi et al., 2011)."""

    def __init__(self, value: np.ndarray) -> None:
        self.value = value
        self._seen = np.full(value.shape, 1e-6, np.float32)

    def step(self, gradient: np.ndarray, rate: float) -> None:
        """One step down the gradient."""
        gradient = gradient.astype(np.float32, copy=False)
        self._seen += gradient * gradient
        self.value -= rate * gradient / np.sqrt(self._seen)


def encode(rows: Sequence[Marked]) -> list[tuple[np.ndarray, np.ndarray]]:
    """The clues [units, templates] and tags [units] of each row."""
    made: list[tuple[np.ndarray, np.ndarray]] = []
    for first in range(0, len(rows), 1000):
        group = rows[first : first + 1000]
        texts = [cut(row.text) for row in group]
        gap = np.zeros((REACH, 6), np.uint64)
        laid = np.concatenate([part for units in texts for part in (units.parts, gap)])
        found = np.stack(list(clues(laid)), axis=1).astype(np.int32)
        place = 0
        for units, row in zip(texts, group, strict=True):
            size = min(len(units), LONGEST)
            made.append((found[place : place + size], _tags(units, row)[:size]))
            place += len(units) + REACH
    return made


def _tags(units: Units, row: Marked) -> np.ndarray:
    tags = np.zeros(len(units), np.int64)
    for start, end, kind in row.marks:
        first = int(np.searchsorted(units.starts, start))
        last = int(np.searchsorted(units.starts, end))
        tags[first:last] = 2 * kind + 2
        tags[first : min(first + 1, last)] = 2 * kind + 1
    return tags


def batches(encoded: Sequence[tuple[np.ndarray, np.ndarray]], rng: np.random.Generator) -> Iterator[Batch]:
    """All rows in random batches, each of rows of about one length."""
    lengths = np.array([len(tags) for _, tags in encoded])
    order = np.argsort(lengths + rng.random(len(lengths)) * 4, kind="stable")
    groups, group = [], list[int]()
    for number in order[lengths[order] > 0]:
        if group and (len(group) + 1) * lengths[number] > BATCH:
            groups.append(group)
            group = []
        group.append(int(number))
    groups.append(group)
    for place in rng.permutation(len(groups)):
        yield _stack([encoded[number] for number in groups[place]])


def _stack(rows: Sequence[tuple[np.ndarray, np.ndarray]]) -> Batch:
    steps = max(len(tags) for _, tags in rows)
    tags = np.zeros((len(rows), steps), np.int64)
    real = np.zeros((len(rows), steps), bool)
    for number, (_, truth) in enumerate(rows):
        tags[number, : len(truth)] = truth
        real[number, : len(truth)] = True
    return Batch(np.concatenate([found for found, _ in rows]), tags, real)


def _matrix(batch: Batch, rng: np.random.Generator) -> Any:
    """The clues of a batch as a sparse matrix [units, 2**BITS]; at some units the word itself is hidden."""
    from scipy.sparse import csr_matrix

    count, templates = batch.clues.shape
    shown = (rng.random((count, templates), np.float32) >= DROPPED).astype(np.float32) / (1 - DROPPED)
    hidden = np.flatnonzero(rng.random(count) < HIDDEN)
    shown[hidden[:, None], np.array(LEXICAL)] = 0.0
    ends = np.arange(0, count * templates + 1, templates)
    return csr_matrix((shown.ravel(), batch.clues.ravel(), ends), shape=(count, 1 << BITS))


def _emissions(flat: np.ndarray, batch: Batch) -> np.ndarray:
    """Potentials [rows, steps, TAGS] from those of the real units; missing steps are outside for sure."""
    emissions = np.full((*batch.tags.shape, TAGS), chain.FORBIDDEN, np.float32)
    emissions[:, :, 0] = 0.0
    emissions[batch.real] = flat
    return emissions


def _slopes(
    emissions: np.ndarray, transitions: np.ndarray, batch: Batch
) -> tuple[np.ndarray, np.ndarray, float]:
    """Slopes of the negative log likelihood by potential of each unit and by transition, and itself."""
    single, pairs, total = chain.expectations(emissions, transitions)
    tags = batch.tags
    rows, steps = np.indices(tags.shape)
    total -= float(emissions[rows, steps, tags].sum())
    single[rows, steps, tags] -= 1.0
    own = np.zeros(pairs.shape)
    np.add.at(own, (tags[:, :-1], tags[:, 1:]), 1.0)
    np.add.at(own[0], tags[:, 0], 1.0)
    np.add.at(own[:, 0], tags[:, -1], 1.0)
    return single[batch.real], pairs - own, total - float((own * transitions).sum())


def assemble(weights: np.ndarray, transitions: np.ndarray, about: Mapping[str, Any]) -> Tagger:
    """The served tagger, in half precision, not yet calibrated."""
    same = np.tile(np.linspace(0, 1, KNOTS, dtype=np.float32), (len(LABELS), 2, 1))
    return Tagger(weights.astype(np.float16), transitions.astype(np.float32), same, {**describe(), **about})


def describe() -> dict[str, Any]:
    """What the tagger says about itself: labels and how it was made."""
    return {
        "name": "names",
        "labels": list(LABELS),
        "languages": ["zh", "en"],
        "base": None,
        "seed": SEED,
        "templates": len(TEMPLATES),
        "settings": {
            "bits": BITS,
            "generated": GENERATED,
            "epochs": list(EPOCHS),
            "rate": RATE,
            "batch": BATCH,
            "hidden": HIDDEN,
            "dropped": DROPPED,
            "sure": SURE,
        },
    }


def calibrate(tagger: Tagger, rows: Sequence[Marked]) -> Tagger:
    """The tagger, calibrated on rows kept back."""
    arrays = tagger.artefact().arrays
    table = curves(list(_cases(tagger, rows)))
    return Tagger(arrays["weights"], arrays["transitions"], table, tagger.about)


Case = tuple[int, float, bool, int]
"""Kind, chance, whether it is right, and weight of a name that was found."""


def curves(cases: Sequence[Case]) -> np.ndarray:
    """Isotonic calibration (Zadrozny and Elkan, 2002) of each label's chances [labels, 2, knots].

    A label with no more cases than knots keeps its chances.
    """
    from sklearn.isotonic import IsotonicRegression

    knots = np.linspace(0, 1, KNOTS)
    table = np.tile(knots.astype(np.float32), (len(LABELS), 2, 1))
    for kind in range(len(LABELS)):
        own = np.array([(chance, right, weight) for of, chance, right, weight in cases if of == kind])
        if len(own) > KNOTS:
            curve = IsotonicRegression(y_min=0.0, y_max=0.99, out_of_bounds="clip")
            curve.fit(own[:, 0], own[:, 1], sample_weight=own[:, 2])
            table[kind, 1] = curve.predict(knots)
    return table


def _cases(tagger: Tagger, rows: Sequence[Marked]) -> Iterator[Case]:
    for row in rows:
        yield from cases_of(row, tagger.raw(row.text))


def cases_of(row: Marked, found: Iterable[Raw], *, part: bool = False) -> Iterator[Case]:
    """A case of every name found in a row; with `part`, right where a part of it is a name of its kind."""
    for start, end, kind, chance in found:
        right = (start, end, kind) in row.marks
        if part:
            right = any(first < end and start < last and kind == own for first, last, own in row.marks)
        yield kind, chance, right, 1 if row.source == "generated" else REAL_WEIGHT


if __name__ == "__main__":
    main()
