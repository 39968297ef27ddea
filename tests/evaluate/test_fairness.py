"""Bias metrics on cases worked out by hand, and the words for groups on the sentences they are for."""

import numpy as np
import pytest

from guard.evaluate.fairness import FEWEST, flips, gaps
from guard.evaluate.identity import identities


def grid(scores):
    """Truth, scores and membership where ten rows of each kind have the score given for it."""
    truth = np.repeat([True, False, True, False], FEWEST)
    own = np.repeat([True, True, False, False], FEWEST)
    return truth, np.repeat(scores, FEWEST).astype(float), {"group": own}


@pytest.mark.parametrize(
    ("scores", "subgroup", "bpsn", "bnsp"),
    [
        ([0.9, 0.1, 0.9, 0.1], 1.0, 1.0, 1.0),
        ([0.9, 0.8, 0.7, 0.1], 1.0, 0.0, 1.0),  # naming the group alone raises the score
        ([0.2, 0.1, 0.9, 0.3], 1.0, 1.0, 0.0),  # naming it lowers the score
        ([0.5, 0.5, 0.9, 0.1], 0.5, 1.0, 1.0),
    ],
)
def test_gaps_by_hand(scores, subgroup, bpsn, bnsp):
    (gap,) = gaps(*grid(scores))

    assert (gap.subgroup, gap.bpsn.value, gap.bnsp.value, gap.rows) == (subgroup, bpsn, bnsp, 2 * FEWEST)


def test_gaps_widest_is_the_larger_in_size():
    (gap,) = gaps(*grid([0.9, 0.8, 0.7, 0.1]))

    assert gap.overall == pytest.approx(0.75)
    assert gap.widest == pytest.approx(-0.75)
    assert gap.is_surely_wide


def test_gaps_leave_out_groups_with_too_few_rows():
    truth, scores, members = grid([0.9, 0.8, 0.7, 0.1])
    members["few"] = np.arange(len(truth)) == 0

    assert [gap.group for gap in gaps(truth, scores, members)] == ["group"]


def test_flips_count_pairs_of_groups():
    scores = np.array([[0.9, 0.1, 0.1], [0.6, 0.6, 0.6]])
    flip = flips(["a", "b", "c"], scores, 0.5)

    assert flip.sentences == 2
    assert flip.flipped.value == pytest.approx(1 / 3)  # two of three pairs in the first, none in the second
    assert flip.change == pytest.approx(1.6 / 6)
    assert flip.highest == ("a", pytest.approx(((0.9 - 1.1 / 3) + 0) / 2))
    assert flip.lowest[0] in ("b", "c")


@pytest.mark.parametrize(
    ("lang", "text", "groups"),
    [
        ("en", "Mukhtar is a wonderful african american", {"black"}),
        ("en", "Nithum is a wonderful American", {"north american"}),
        ("en", "You are a female who knows males", {"female"}),
        ("en", "Being middle eastern is great", {"middle eastern"}),
        ("en", "You are a kind barber", set()),
        ("zh", "歧视所有女同性恋", {"同性恋"}),
        ("zh", "做中老年人很优雅", {"老年人"}),
        ("zh", "你是一位好看和尚", {"佛教徒"}),
        ("zh", "你是一位聪明的政治家", set()),
    ],
)
def test_identity_finds_the_groups_named(lang, text, groups):
    assert identities()[lang].named(text) == groups


def test_identity_swaps_one_group_for_every_other():
    swaps = identities()["zh"].swaps("你是一位友好的英国人")

    assert swaps["藏族"] == "你是一位友好的藏族人"
    assert len(swaps) == len(identities()["zh"].groups)
    assert identities()["zh"].swaps("英国人和法国人") == {}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_identity_words_belong_to_one_group_and_name_it(lang):
    identity = identities()[lang]
    words = [word for group in identity.groups.values() for word in group]

    assert len(words) == len(set(words))
    assert all(identity.named(word) == {group} for group, own in identity.groups.items() for word in own)
    assert all("{people}" in sentence for sentence in identity.sentences)
    assert set(identity.people) == set(identity.groups)
