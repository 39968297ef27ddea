"""Learning how a claim stands to a source, and which of its pieces are wrong.

Both are read together: begin, claim, end, end, source, end. How the claim stands to the source is asked of
the whole, and which of its pieces are wrong of each piece.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from guard.models.encoder import LONGEST_CLAIM
from guard.models.piece import BEGIN, END, Cutter
from guard.train.network import KINDS, Reading
from guard.train.pair import SUPPORTED, WRONG, Pair
from guard.train.task import OPINION, UNSAID, WINDOW, Laid, Row, Task, fold_of, is_own, touched

CLAIM, EVIDENCE = KINDS.index("claim"), KINDS.index("evidence")

# Hyper-parameters -------------------------------------------------------------------------------------
PAIR_POWER = 0.7  # a set's pairs of one truth, n of them, are drawn in proportion to n^0.7
PAIR_FACTORS = {"written": 4.0, "halueval": 0.7, "faithdial_audit": 0.7}
MARK_WEIGHT = 0.5  # of the wrong pieces beside the truth of the whole
# ------------------------------------------------------------------------------------------------------


class Claims(Task):
    """Pairs of a claim and a source: how they stand to each other, and what of the claim is wrong."""

    name = "pairs"

    def __init__(self, pairs: Sequence[Pair], cutter: Cutter, window: int = WINDOW) -> None:
        """`window` bounds the pieces of claim and source together."""
        rows = [lay_pair(pair, cutter, window) for pair in pairs]
        folds = [-1 if is_own(pair.name) else fold_of(pair.source) for pair in pairs]
        super().__init__(rows, weigh(pairs), folds, [pair.name for pair in pairs])
        self._truths = torch.tensor([pair.truth for pair in pairs])
        self._shares = torch.tensor([0.0 if fold < 0 else OPINION for fold in folds])

    def loss(self, reading: Reading, batch: Laid, *, taught: bool = False) -> Tensor:
        chances = functional.log_softmax(reading.support, dim=1)
        truths = self._truths[batch.places]
        wrong = torch.logsumexp(chances[:, 1:], dim=1)
        own = chances.gather(1, truths.clamp(max=WRONG - 1)[:, None]).squeeze(1)
        whole = -torch.where(truths == WRONG, wrong, own)
        if taught and self.told is not None:
            share = self._shares[batch.places]
            whole = (1 - share) * whole - share * (self.told[batch.places].float() * chances).sum(1)
        known = (batch.marks != UNSAID).float()
        each = functional.binary_cross_entropy_with_logits(
            reading.marks[..., 0], batch.marks.clamp(min=0).float(), known, reduction="sum"
        )
        return whole.mean() + MARK_WEIGHT * each / known.sum().clamp(min=1)

    def opinion(self, reading: Reading) -> Tensor | None:
        return torch.softmax(reading.support.float(), dim=1)


def lay_pair(pair: Pair, cutter: Cutter, window: int = WINDOW) -> Row:
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


def weigh(pairs: Sequence[Pair]) -> np.ndarray:
    """How often each pair is drawn beside the others [pairs]."""
    cells = [(pair.name, pair.lang, pair.truth == SUPPORTED) for pair in pairs]
    sizes = Counter(cells)
    return np.array(
        [sizes[cell] ** (PAIR_POWER - 1) * PAIR_FACTORS.get(cell[0].partition("/")[0], 1.0) for cell in cells]
    )
