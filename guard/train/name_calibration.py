"""Fits how sure a trained network may be of the names that it finds, on texts kept back from training.

The names are decoded as they are when served. A score says how often, where a name of that chance is found,
one of its kind stands, or a part of one: what is to be masked must not be spared for an edge in doubt.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence

import numpy as np
import torch

from guard.models.encoder import Marks
from guard.models.name import decode
from guard.models.piece import Cutter
from guard.train.base import Base
from guard.train.encoder import SEED, Trainer, arithmetic
from guard.train.name import Case, cases_of, curves
from guard.train.name_maker import Marked
from guard.train.name_task import NONE, Names
from guard.train.task import WINDOW, plan

log = logging.getLogger(__name__)

BATCH = 16384
"""Pieces read at once."""


def fit(trainer: Trainer, base: Base, texts: Sequence[Marked]) -> np.ndarray:
    """The calibration [labels, 2, knots] of the network's names, by texts with marked ones."""
    cases = list(_cases(trainer, Cutter(base.pieces, base.charsmap), texts))
    log.info(
        "%d names found in %d texts kept back, %d right", len(cases), len(texts), sum(c[2] for c in cases)
    )
    return curves(cases)


def _cases(trainer: Trainer, cutter: Cutter, texts: Sequence[Marked]) -> Iterator[Case]:
    texts = [text for text in texts if len(cutter.cut(text.text).ids) <= WINDOW - 2]
    task = Names(texts, cutter, SEED)
    for places in plan(range(len(texts)), task.size, BATCH, SEED):
        batch = task.batch(places.tolist())
        with torch.no_grad(), arithmetic(trainer.device):
            reading = trainer.network(trainer.embed(batch.ids), batch.mask, batch.kinds)
        chances = torch.log_softmax(reading.marks[..., NONE:].float(), dim=-1).numpy()
        for row, place in enumerate(places.tolist()):
            spans = cutter.cut(texts[place].text).spans
            marks = Marks(chances[row, 1 : len(spans) + 1], spans)
            yield from cases_of(texts[place], decode(marks, texts[place].text), part=True)
