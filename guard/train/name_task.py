"""Learning of which kind of name, if any, a piece is part."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from torch import Tensor
from torch.nn import functional

from guard.models.piece import BEGIN, END, Cutter
from guard.train.name_maker import Marked
from guard.train.network import MARKS, Reading
from guard.train.task import UNSAID, WINDOW, Laid, Row, Task, touched

NONE = MARKS.index("none")

# Hyper-parameters -------------------------------------------------------------------------------------
NAME_FACTORS = {"written": 6.0, "generated": 0.6}
# ------------------------------------------------------------------------------------------------------


class Names(Task):
    """Texts with marked names: for each piece, of which kind of name it is part."""

    name = "names"

    def __init__(self, texts: Sequence[Marked], cutter: Cutter, seed: int, window: int = WINDOW) -> None:
        """`window` bounds the pieces of a text; what a text stands for is drawn by the seed."""
        rng = np.random.default_rng(seed)
        rows = [lay_names(text, cutter, window, int(rng.integers(3))) for text in texts]
        weights = [NAME_FACTORS.get(text.source.partition("/")[0], 1.0) for text in texts]
        super().__init__(rows, np.array(weights), [-1] * len(rows), [text.source for text in texts])

    def loss(self, reading: Reading, batch: Laid, *, taught: bool = False) -> Tensor:
        return functional.cross_entropy(
            reading.marks[..., 1:].transpose(1, 2), batch.marks, ignore_index=UNSAID
        )


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
