"""Sentence vectors, fitted anew after training."""

import numpy as np
import pytest
import torch

from guard.models.piece import Cutter
from guard.train.encoder import Trainer
from guard.train.text_task import Texts
from guard.train.vector import read, ridge, straighten
from tests.tiny_base import tiny_base, tiny_samples


def test_ridge_finds_a_straight_line():
    rng = np.random.default_rng(1)
    given = rng.normal(size=(4000, 6))
    slopes = rng.normal(size=(6, 3))

    found, bias = ridge(given, given @ slopes + 2)

    assert found == pytest.approx(slopes, abs=0.01)
    assert bias == pytest.approx(np.full(3, 2), abs=0.01)


def test_straighten_brings_vectors_back_to_the_base(tmp_path):
    base, samples = tiny_base(), tiny_samples()
    texts = Texts(samples, Cutter(base.pieces, base.charsmap))
    trainer = Trainer([texts], base, tmp_path, (), torch.device("cpu"))
    torch.manual_seed(2)
    with torch.no_grad():
        for layer in trainer.network.layers:
            layer.down.weight.add_(0.1 * torch.randn_like(layer.down.weight))

    def apart():
        places = list(range(len(samples)))
        gists, wanted = read(trainer, places)
        vectors = trainer.network.vector(torch.from_numpy(gists).float()).detach().numpy()
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return 1 - (vectors * wanted).sum(1).mean()

    before = apart()
    straighten(trainer, 200)

    assert apart() < 0.3 * before
