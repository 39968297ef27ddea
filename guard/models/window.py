"""Lays overlapping windows over a text's pieces, so that a model with a bounded view reads all of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from guard.models.piece import BEGIN, END, PAD, Pieces

SIZE = 256
"""Pieces of a window, begin and end included."""
OVERLAP = 64
"""Pieces that two neighbouring windows share."""

STEP = 8
"""Windows are padded to a multiple of so many pieces."""
BUDGET = 2048
"""Pieces of a batch, padding included; more would only take more memory."""


class Window(NamedTuple):
    """Numbers of a window's pieces, begin and end included, and the characters of the text it stands for."""

    ids: np.ndarray
    start: int
    end: int


def windows(pieces: Pieces, length: int) -> Iterator[Window]:
    """The windows over a text of `length` characters; none where there is no piece to read.

    Together they stand for every character, those that the pieces leave out included.
    """
    count = len(pieces.ids)
    starts = np.maximum.accumulate(pieces.spans[:, 0]) if count else pieces.spans[:, 0]
    for first in _firsts(count):
        after = first + SIZE - 2
        ids = np.concatenate([[BEGIN], pieces.ids[first:after], [END]])
        start = int(starts[first]) if first else 0
        yield Window(ids, start, int(starts[after]) if after < count else length)


class Share(NamedTuple):
    """The first piece that a window shows, and from which to before which piece it tells the most."""

    first: int
    start: int
    end: int


def shares(count: int) -> Iterator[Share]:
    """The shares of the windows over so many pieces, which together are all of them.

    A piece that two windows show belongs to the one in which it stands farther from the edge.
    """
    firsts = _firsts(count)
    half = OVERLAP // 2
    for first in firsts:
        end = first + firsts.step + half if first != firsts[-1] else count
        yield Share(first, first + half if first else 0, end)


def _firsts(count: int) -> range:
    """The first piece of each window over so many pieces."""
    return range(0, max(count - OVERLAP, 1) if count else 0, SIZE - 2 - OVERLAP)


class Batch(NamedTuple):
    """Windows of like length: their numbers, ids [windows, pieces], and int32 mask of what is no padding."""

    numbers: np.ndarray
    ids: np.ndarray
    mask: np.ndarray


def batches(rows: Sequence[np.ndarray]) -> Iterator[Batch]:
    """Windows, as numbers of pieces, in padded batches of bounded size, shortest first."""
    order = sorted(range(len(rows)), key=lambda number: len(rows[number]))
    chosen: list[int] = []
    for number in order:
        if chosen and _width(rows[number]) * (len(chosen) + 1) > BUDGET:
            yield _batch(rows, chosen)
            chosen = []
        chosen.append(number)
    if chosen:
        yield _batch(rows, chosen)


def _width(row: np.ndarray) -> int:
    return -(-len(row) // STEP) * STEP


def _batch(rows: Sequence[np.ndarray], chosen: Sequence[int]) -> Batch:
    ids = np.full((len(chosen), _width(rows[chosen[-1]])), PAD, np.int64)
    mask = np.zeros(ids.shape, np.int32)
    for place, number in enumerate(chosen):
        ids[place, : len(rows[number])] = rows[number]
        mask[place, : len(rows[number])] = 1
    return Batch(np.array(chosen), ids, mask)
