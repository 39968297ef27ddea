"""What the network learns beside its families: whether a claim stands in a source, and what is a name.

A claim and its source are read together: begin, claim, end, end, source, end. How the claim stands to the
source is asked of the whole, and which of its pieces are wrong of each piece.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from guard.models.encoder import LONGEST_CLAIM
from guard.models.piece import BEGIN, END, PAD, Cutter, Pieces
from guard.train.name_maker import Marked
from guard.train.network import KINDS, MARKS, Reading
from guard.train.pair import SUPPORTED, WRONG, Pair

CLAIM, EVIDENCE = KINDS.index("claim"), KINDS.index("evidence")
NONE = MARKS.index("none")

UNSAID = -1
"""A target that is not known."""

# Hyper-parameters -------------------------------------------------------------------------------------
PAIR_POWER = 0.7  # a set's pairs of one truth, n of them, are drawn in proportion to n^0.7
PAIR_FACTORS = {"written": 4.0, "halueval": 0.7, "faithdial_audit": 0.7}
NAME_FACTORS = {"written": 6.0, "generated": 0.6}
MARK_WEIGHT = 0.5  # of the wrong pieces beside the truth of the whole
# ------------------------------------------------------------------------------------------------------


class Row(NamedTuple):
    """One text or pair as numbers: pieces, their kinds, and a target for each."""

    ids: np.ndarray
    kinds: np.ndarray
    marks: np.ndarray


class Laid(NamedTuple):
    """A batch: pieces, mask, kinds and targets of pieces [texts, pieces], and truths [texts]."""

    ids: Tensor
    mask: Tensor
    kinds: Tensor
    marks: Tensor
    truths: Tensor


class Task:
    """Something to learn: rows, how often each is drawn, and a loss."""

    name = ""

    def __init__(
        self, rows: Sequence[Row], truths: Sequence[int], weights: np.ndarray, sources: Iterable[str]
    ) -> None:
        """`weights` [rows] say how often a row is drawn beside the others; `sources` name each row's set."""
        self.rows, self.truths, self.weights = rows, truths, weights
        self.sources = Counter(source.partition("/")[0] for source in sources)
        """Rows of each set."""

    def size(self, place: int) -> int:
        """How many pieces a row has, its own begin and end left out."""
        return len(self.rows[place].ids) - 2

    def draw(self, pieces: int, seed: int) -> np.ndarray:
        """Places of rows in random order, about as many as make up the pieces."""
        rng = np.random.default_rng(seed)
        lengths = np.array([len(row.ids) for row in self.rows])
        times = self.weights * pieces / max(float((self.weights * lengths).sum()), 1.0)
        counts = np.floor(times + rng.random(len(times))).astype(int)
        return rng.permutation(np.repeat(np.arange(len(self.rows)), counts))

    def batch(self, places: Sequence[int]) -> Laid:
        """The rows at these places, padded."""
        rows = [self.rows[place] for place in places]
        width = -(-max(len(row.ids) for row in rows) // 8) * 8
        ids, kinds = np.full((len(rows), width), PAD, np.int64), np.zeros((len(rows), width), np.int64)
        marks = np.full((len(rows), width), UNSAID, np.int64)
        for at, row in enumerate(rows):
            ids[at, : len(row.ids)], kinds[at, : len(row.ids)] = row.ids, row.kinds
            marks[at, : len(row.ids)] = row.marks
        truths = np.array([self.truths[place] for place in places], np.int64)
        found = [torch.from_numpy(part) for part in (ids, ids != PAD, kinds, marks, truths)]
        return Laid(*found)

    def loss(self, reading: Reading, batch: Laid) -> Tensor:
        """How wrong a reading of the batch is."""
        raise NotImplementedError


class Claims(Task):
    """Pairs of a claim and a source: how they stand to each other, and what of the claim is wrong."""

    name = "pairs"

    def __init__(self, pairs: Sequence[Pair], cutter: Cutter, window: int) -> None:
        """`window` bounds the pieces of claim and source together."""
        rows = [lay_pair(pair, cutter, window) for pair in pairs]
        super().__init__(rows, [pair.truth for pair in pairs], weigh(pairs), [pair.name for pair in pairs])

    def loss(self, reading: Reading, batch: Laid) -> Tensor:
        chances = functional.log_softmax(reading.support, dim=1)
        wrong = torch.logsumexp(chances[:, 1:], dim=1)
        own = chances.gather(1, batch.truths.clamp(max=WRONG - 1)[:, None]).squeeze(1)
        whole = -torch.where(batch.truths == WRONG, wrong, own).mean()
        known = (batch.marks != UNSAID).float()
        each = functional.binary_cross_entropy_with_logits(
            reading.marks[..., 0], batch.marks.clamp(min=0).float(), known, reduction="sum"
        )
        return whole + MARK_WEIGHT * each / known.sum().clamp(min=1)


class Names(Task):
    """Texts with marked names: for each piece, of which kind of name it is part."""

    name = "names"

    def __init__(self, texts: Sequence[Marked], cutter: Cutter, window: int, seed: int) -> None:
        """`window` bounds the pieces of a text; what a text stands for is drawn by the seed."""
        rng = np.random.default_rng(seed)
        rows = [lay_names(text, cutter, window, int(rng.integers(3))) for text in texts]
        weights = [NAME_FACTORS.get(text.source.partition("/")[0], 1.0) for text in texts]
        super().__init__(rows, [0] * len(rows), np.array(weights), [text.source for text in texts])

    def loss(self, reading: Reading, batch: Laid) -> Tensor:
        return functional.cross_entropy(
            reading.marks[..., 1:].transpose(1, 2), batch.marks, ignore_index=UNSAID
        )


def lay_pair(pair: Pair, cutter: Cutter, window: int) -> Row:
    """A pair as numbers; the source loses what the window has no room for."""
    claim, source = cutter.cut(pair.claim), cutter.cut(pair.source)
    own = claim.ids[:LONGEST_CLAIM]
    other = source.ids[: window - len(own) - 4]
    ids = np.concatenate([[BEGIN], own, [END, END], other, [END]]).astype(np.int32)
    kinds = np.full(len(ids), EVIDENCE, np.int8)
    kinds[: len(own) + 2] = CLAIM
    marks = np.full(len(ids), UNSAID, np.int8)
    if pair.spans is not None and (pair.spans or pair.truth == SUPPORTED):
        marks[1 : len(own) + 1] = touched(claim, pair.spans)[: len(own)]
    return Row(ids, kinds, marks)


def lay_names(text: Marked, cutter: Cutter, window: int, kind: int) -> Row:
    """A text with marked names as numbers."""
    pieces = cutter.cut(text.text)
    own = pieces.ids[: window - 2]
    ids = np.concatenate([[BEGIN], own, [END]]).astype(np.int32)
    marks = np.full(len(ids), UNSAID, np.int8)
    marks[1:-1] = NONE - 1
    for start, end, name in text.marks:
        inside = np.flatnonzero(touched(pieces, [(start, end)])[: len(own)])
        marks[1 + inside] = NONE + 2 * name + 1
        marks[1 + inside[:1]] = NONE + 2 * name
    return Row(ids, np.full(len(ids), kind, np.int8), marks)


def touched(pieces: Pieces, spans: Sequence[tuple[int, int]]) -> np.ndarray:
    """Which pieces share a character with one of the spans [pieces]."""
    found = np.zeros(len(pieces.ids), np.int8)
    for start, end in spans:
        found |= (pieces.spans[:, 0] < end) & (pieces.spans[:, 1] > start)
    return found


def weigh(pairs: Sequence[Pair]) -> np.ndarray:
    """How often each pair is drawn beside the others [pairs]."""
    cells = [(pair.name, pair.lang, pair.truth == SUPPORTED) for pair in pairs]
    sizes = Counter(cells)
    return np.array(
        [sizes[cell] ** (PAIR_POWER - 1) * PAIR_FACTORS.get(cell[0].partition("/")[0], 1.0) for cell in cells]
    )


def plan(order: Sequence[int], size: Callable[[int], int], budget: int, seed: int) -> list[np.ndarray]:
    """Batches of places of like length, `budget` pieces each with padding, in random order."""
    rng = np.random.default_rng(seed)
    batches = []
    for start in range(0, len(order), 8192):
        pool = sorted((int(place) for place in order[start : start + 8192]), key=size)
        batch: list[int] = []
        for place in pool:
            if batch and width(size(place)) * (len(batch) + 1) > budget:
                batches.append(np.array(batch))
                batch = []
            batch.append(place)
        batches.append(np.array(batch))
    return [batches[at] for at in rng.permutation(len(batches))]


def width(size: int) -> int:
    """The padded number of pieces of a text with `size` of them, begin and end left out."""
    return -(-(size + 2) // 8) * 8
