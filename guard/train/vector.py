"""Fits the sentence vectors after training, so that they stay those of the base.

Training pulls the states towards judging. What the base's vector of a text was can still be read off them in
a straight line: a ridge regression from the means of the last states and of those at the exit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from guard.train.encoder import SEED, Trainer, arithmetic
from guard.train.task import width

# Hyper-parameters -------------------------------------------------------------------------------------
TEXTS = 5000
RIDGE = 3.0  # weight of the penalty on slopes, beside the sum over texts of squared errors
PIECES = 8192  # of a batch
# ------------------------------------------------------------------------------------------------------


def straighten(trainer: Trainer, count: int = TEXTS) -> None:
    """Sets the network's `vector` by texts that are trained on, drawn as training draws them."""
    weights = trainer.texts.weights
    rng = np.random.default_rng(SEED)
    size = min(count, int((weights > 0).sum()))
    chosen = rng.choice(len(weights), size, replace=False, p=weights / weights.sum())
    gists, wanted = read(trainer, chosen.tolist())
    weight, bias = ridge(gists, wanted)
    with torch.no_grad():
        trainer.network.vector.weight.copy_(torch.from_numpy(weight.T))
        trainer.network.vector.bias.copy_(torch.from_numpy(bias))


def read(trainer: Trainer, places: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """What the network makes of texts [texts, 2 hidden], and the base's vectors of them [texts, hidden]."""
    gists: list[Tensor] = []
    wanted: list[Tensor] = []

    def note(_: Any, given: tuple[Tensor], __: Any) -> None:
        gists.append(given[0])

    hook = trainer.network.vector.register_forward_hook(note)
    try:
        for places_ in _batches(trainer, places):
            batch = trainer.texts.batch(places_)
            words = trainer.embed(batch.ids)
            with torch.no_grad(), arithmetic(trainer.device):
                trainer.network(words, batch.mask, batch.kinds)
                wanted.append(trainer.base(words, batch.mask, batch.kinds).vectors)
    finally:
        hook.remove()
    return torch.cat(gists).double().cpu().numpy(), torch.cat(wanted).double().cpu().numpy()


def _batches(trainer: Trainer, places: Sequence[int]) -> list[list[int]]:
    found: list[list[int]] = [[]]
    for place in sorted(places, key=trainer.texts.size):
        if found[-1] and width(trainer.texts.size(place)) * (len(found[-1]) + 1) > PIECES:
            found.append([])
        found[-1].append(place)
    return found


def ridge(given: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Slopes [columns, outputs] and intercepts [outputs] of a regression with a penalty on slopes."""
    middle, target = given.mean(0), wanted.mean(0)
    away = given - middle
    gram = away.T @ away + RIDGE * np.eye(given.shape[1])
    slopes = np.linalg.solve(gram, away.T @ (wanted - target))
    return slopes, target - middle @ slopes
