import random

import pytest

from guard.text.support import FEATURES
from guard.train.grounding_rule import Row, fit, spoil


@pytest.mark.parametrize(
    "answer", ["It costs 8 euros.", "Sales rose.", "He met Anna Berg.", "销售额增长了。"]
)
def test_spoil_changes_one_thing(answer):
    assert spoil(answer, ["Ines Holt"], random.Random(1)) not in (None, answer)


def test_spoil_leaves_what_it_cannot_change():
    assert spoil("a quiet day", [], random.Random(1)) is None


def test_fit_weighs_the_feature_that_tells():
    telling = FEATURES.index("number_clash")
    rows = [
        Row("made", tuple(float(label and place == telling) for place in range(len(FEATURES))), label, False)
        for label in (0, 1)
        for _ in range(20)
    ]

    intercept, weights = fit(rows)

    assert intercept < 0
    assert max(weights) == weights[telling] > 1
