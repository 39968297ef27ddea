import math

import pytest

from guard.text.likelihood import Likelihood, entropy, weigh_tokens
from guard.types import Token

HALF = math.log(0.5)


def tokens(*given):
    """Tokens from `(text, logprob)` pairs, one after the other."""
    made, start = [], 0
    for text, logprob in given:
        made.append(Token(start, start + len(text), logprob))
        start += len(text)
    return made


def test_weigh_tokens_counts_content_only():
    made = tokens(("The", -9.0), (" bridge", HALF), (" of", -9.0), (" 1931", 0.0), (".", -9.0))
    found = weigh_tokens("The bridge of 1931.", made)

    assert found is not None
    assert found.mean == pytest.approx(HALF / 2)
    assert found.least == HALF
    assert found.entropy == pytest.approx(math.log(2) / 2)


def test_weigh_tokens_counts_chinese_words():
    made = tokens(("他", -9.0), ("是", -9.0), ("工程", -1.0), ("师", -3.0))
    found = weigh_tokens("他是工程师", made)

    assert found is not None
    assert found.least <= -3.0


@pytest.mark.parametrize("made", [[], tokens(("of the", -1.0))])
def test_weigh_tokens_is_none_without_content(made):
    assert weigh_tokens("of the", made) is None


@pytest.mark.parametrize(
    ("logprobs", "nats"),
    [
        ([0.0], 0.0),
        ([HALF, HALF], math.log(2)),
        ([HALF], math.log(2)),
        ([-math.inf, 0.0], 0.0),
        ([-9999.0], 0.0),
    ],
)
def test_entropy_counts_what_is_not_told_as_one(logprobs, nats):
    assert entropy(logprobs) == pytest.approx(nats)


@pytest.mark.parametrize(("measure", "score"), [("mean", 0.5), ("least", 0.75), ("entropy", 0.8)])
def test_doubt_is_between_0_and_1(measure, score):
    assert Likelihood(HALF, 2 * HALF, math.log(5)).doubt(measure) == pytest.approx(score)
    assert Likelihood(-math.inf, -math.inf, 0.0).doubt("least") == 1.0
