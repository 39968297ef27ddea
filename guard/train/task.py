"""Something that the network learns: rows of pieces, how often each is drawn, and a loss.

A task can be told what networks that had not read a row say of it (`Task.told`). Labels of public sets are
partly wrong and mostly incomplete; such a second opinion mends the one and fills the other.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from guard.models.piece import PAD, Pieces
from guard.train.corpus import GENERATED
from guard.train.network import Reading
from guard.train.pair import WRITTEN

UNSAID = -1
"""A target that is not known."""

# Hyper-parameters -------------------------------------------------------------------------------------
WINDOW = 256  # pieces, begin and end included; the rest of a longer text is not trained on
MOST_TIMES = 3.0  # a row is drawn at most so often as often as the mean row
FOLDS = 3  # parts of the rows, each of which some network does not read
OPINION = 0.5  # how much a second opinion counts beside a public set's label
# ------------------------------------------------------------------------------------------------------


class Row(NamedTuple):
    """One text or pair as numbers: pieces, their kinds, and a target for each."""

    ids: np.ndarray
    kinds: np.ndarray
    marks: np.ndarray


class Laid(NamedTuple):
    """A batch: the rows' places [texts], pieces, mask, kinds and targets of pieces [texts, pieces]."""

    places: Tensor
    ids: Tensor
    mask: Tensor
    kinds: Tensor
    marks: Tensor


def _columns(rows: Sequence[Row]) -> Sequence[Sequence[np.ndarray]]:
    return list(zip(*rows, strict=True)) or [(), (), ()]


class Task:
    """Something to learn: rows, how often each is drawn, and a loss."""

    name = ""

    def __init__(
        self, rows: Sequence[Row], weights: np.ndarray, folds: Sequence[int], sources: Iterable[str]
    ) -> None:
        """`weights` [rows] say how often a row is drawn beside the others; `folds` in which part of the rows
        each lies, -1 where it lies in none; `sources` name each row's set."""
        self.weights, self.folds = weights, np.array(folds, np.int64)
        self.sources = Counter(source.partition("/")[0] for source in sources)
        """Rows of each set."""
        lengths = [len(row.ids) for row in rows]
        self.starts = torch.from_numpy(np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64))
        self._ids, self._kinds, self._marks = (
            torch.from_numpy(np.concatenate([np.zeros(0, kind), *parts]))
            for kind, parts in zip((np.int32, np.int8, np.int8), _columns(rows), strict=True)
        )
        self.lengths = np.array(lengths, np.int64)
        self.told: Tensor | None = None
        """What networks say that have not read the row [rows, what `opinion` gives]."""

    def to(self, device: torch.device) -> None:
        """Takes the rows to a device, on which batches are made from then on."""
        for name, value in list(vars(self).items()):
            if isinstance(value, Tensor):
                setattr(self, name, value.to(device))

    def learnt(self) -> list[np.ndarray]:
        """All that is learnt from: numbers, truth and weights of the rows, in one order."""
        found = [value for name, value in sorted(vars(self).items()) if name != "told"]
        arrays = [value.cpu().numpy() if isinstance(value, Tensor) else value for value in found]
        return [
            array.astype(np.float32) if array.dtype == np.float64 else array  # sums differ by machine
            for array in arrays
            if isinstance(array, np.ndarray)
        ]

    def size(self, place: int) -> int:
        """How many pieces a row has, its own begin and end left out."""
        return int(self.lengths[place]) - 2

    def draw(self, pieces: int, seed: int, without: int = -1) -> np.ndarray:
        """Places of rows in random order, about as many as make up the pieces, none of fold `without`."""
        rng = np.random.default_rng(seed)
        times = np.where((self.folds == without) & (without >= 0), 0.0, self.weights)
        most = max(MOST_TIMES * pieces / max(int(self.lengths[times > 0].sum()), 1), 1.0)
        for _ in range(20):
            drawn = float((np.minimum(times, most) * self.lengths).sum())
            times = times * pieces / max(drawn, 1e-9)
        counts = np.floor(np.minimum(times, most) + rng.random(len(times)) * (times > 0)).astype(int)
        return rng.permutation(np.repeat(np.arange(len(times)), counts))

    def batch(self, places: Sequence[int] | np.ndarray) -> Laid:
        """The rows at these places, padded."""
        own = torch.as_tensor(np.asarray(places, np.int64))
        widest = width(int(self.lengths[own.numpy()].max()) - 2)
        own = own.to(self.starts.device)
        start, end = self.starts[own, None], self.starts[own + 1, None]
        at = start + torch.arange(widest, device=own.device)
        mask = at < end
        at = at.clamp(max=len(self._ids) - 1)
        ids = torch.where(mask, self._ids[at].long(), PAD)
        kinds = torch.where(mask, self._kinds[at].long(), 0)
        marks = torch.where(mask, self._marks[at].long(), UNSAID)
        return Laid(own, ids, mask, kinds, marks)

    def loss(self, reading: Reading, batch: Laid, *, taught: bool = False) -> Tensor:
        """How wrong a reading of the batch is; when `taught`, a second opinion counts too."""
        raise NotImplementedError

    def opinion(self, reading: Reading) -> Tensor | None:
        """What a reading says that may be told to another network [texts, n]; None where nothing may."""
        return None


def is_own(source: str) -> bool:
    """Whether a row's truth was made with it, by hand or by code, so that no second opinion is needed."""
    return source.startswith((GENERATED, WRITTEN, "words/"))


def fold_of(text: str) -> int:
    """In which part of the rows those of this text lie."""
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()[0] % FOLDS


def touched(pieces: Pieces, spans: Sequence[tuple[int, int]]) -> np.ndarray:
    """Which pieces share a character with one of the spans [pieces]."""
    found = np.zeros(len(pieces.ids), np.int8)
    for start, end in spans:
        found |= (pieces.spans[:, 0] < end) & (pieces.spans[:, 1] > start)
    return found


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
