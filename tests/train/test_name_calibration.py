"""How sure a network may be of its names is fitted on what it finds, decoded as it is served."""

import numpy as np
import pytest
import torch

pytest.importorskip("faker")

from guard.models.piece import Cutter
from guard.models.tagger import LABELS
from guard.train import name_calibration
from guard.train.encoder import Trainer
from guard.train.name import KNOTS, curves
from guard.train.name_maker import PERSON, Marked
from guard.train.network import MARKS
from guard.train.text_task import Texts
from tests.tiny_base import tiny_base, tiny_samples

WORDS = ["hello", "kind", "tea", "good", "walk", "river", "song"]


@pytest.fixture
def trainer(tmp_path):
    base = tiny_base()
    texts = Texts(tiny_samples(), Cutter(base.pieces, base.charsmap))
    return Trainer([texts], base, tmp_path, (), torch.device("cpu")), base


def test_fit_says_how_often_names_are_right(trainer):
    made, base = trainer
    # A network that calls every piece the beginning of a person, and is sure of it.
    made.network.marks.weight.data.zero_()
    made.network.marks.bias.data.zero_()
    made.network.marks.bias.data[MARKS.index("begin person")] = 9.0
    pairs = [(one, f"{one} {two}") for one in WORDS for two in WORDS]
    texts = [Marked(text, ((0, len(one), PERSON),)) for one, text in pairs]
    texts += [Marked(text, ((len(one) + 1, len(text), PERSON),)) for one, text in pairs]
    found = name_calibration.fit(made, base, [*texts, Marked("tea " * 500, ((0, 3, PERSON),))])

    assert found.shape == (len(LABELS), 2, KNOTS)
    assert found[PERSON, 1, -1] == pytest.approx(0.5), "of two names in each text, one is right"
    assert np.allclose(found[1:, 0], found[1:, 1]), "kinds that were not found keep their chances"


def test_curves_keep_a_label_with_few_cases_as_it_is():
    table = curves([(PERSON, 0.9, False, 1)] * KNOTS + [(1, 0.9, False, 1)] * (KNOTS + 1))

    assert np.allclose(table[PERSON, 0], table[PERSON, 1])
    assert (table[1, 1] == 0).all()
