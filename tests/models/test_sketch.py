"""Sketches: short vectors that keep how alike texts are in their words."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.models.sketch import SIZE, sketches
from guard.models.topic import unit


def likeness(first, second):
    left, right = unit(sketches([first, second]))
    return float(left @ right)


def test_sketches_of_texts_that_share_words_are_alike():
    text = "Which shares should investors buy this year?"

    assert likeness(text, text.upper()) > 0.999
    assert likeness(text, "Should investors buy shares this year?") > 0.5
    assert abs(likeness(text, "现在适合买入这只股票吗？")) < 0.15


def test_sketches_of_empty_text_are_zero():
    found = sketches(["", "a"])

    assert found.shape == (2, SIZE)
    assert found.dtype == np.float32
    assert not sketches([]).size


@settings(deadline=None, max_examples=30)
@given(st.lists(st.text(max_size=30), min_size=1, max_size=5))
def test_sketches_do_not_depend_on_their_neighbours(texts):
    alone = np.concatenate([sketches([text]) for text in texts])

    assert np.allclose(sketches(texts), alone, atol=1e-5)
