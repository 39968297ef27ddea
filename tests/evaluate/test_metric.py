"""Metrics against scikit-learn and against cases worked out by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.evaluate import metric

TRUTH = np.array([True, False, True, False])
SCORES = np.array([0.9, 0.1, 0.8, 0.2])

pairs = st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=4, max_size=40)


def rows(pairs):
    truth = np.array([True, False, *(one for one, _ in pairs)])
    return truth, np.array([3, 2, *(score for _, score in pairs)], dtype=float)


@pytest.mark.parametrize(
    ("scores", "auc"),
    [
        ([0.9, 0.1, 0.8, 0.2], 1.0),
        ([0.1, 0.9, 0.2, 0.8], 0.0),
        ([0.5] * 4, 0.5),
        ([0.9, 0.1, 0.3, 0.3], 0.875),
    ],
)
def test_roc_auc_by_hand(scores, auc):
    assert metric.roc_auc(TRUTH, np.array(scores)) == pytest.approx(auc)


@settings(max_examples=30, deadline=None)
@given(pairs)
def test_ranking_figures_agree_with_scikit_learn(pairs):
    from sklearn.metrics import average_precision_score, roc_auc_score

    truth, scores = rows(pairs)

    assert metric.roc_auc(truth, scores) == pytest.approx(roc_auc_score(truth, scores))
    assert metric.average_precision(truth, scores) == pytest.approx(average_precision_score(truth, scores))


@settings(max_examples=30, deadline=None)
@given(pairs, st.integers(-1, 6))
def test_decisions_agree_with_scikit_learn(pairs, threshold):
    from sklearn.metrics import accuracy_score, f1_score

    truth, scores = rows(pairs)
    found = metric.decide(truth, scores, threshold)
    flagged = scores >= threshold

    assert found.f1 == pytest.approx(f1_score(truth, flagged, zero_division=0))
    assert found.macro_f1 == pytest.approx(f1_score(truth, flagged, average="macro", zero_division=0))
    assert found.accuracy == pytest.approx(accuracy_score(truth, flagged))


def test_rank_intervals_hold_the_figures_and_repeat():
    rng = np.random.default_rng(1)
    truth = rng.random(300) < 0.3
    scores = truth * 0.5 + rng.random(300)
    found = metric.rank(truth, scores)

    for one in (found.average_precision, found.roc_auc, found.recall_at_1):
        assert one.low < one.value < one.high
    assert found == metric.rank(truth, scores)


def test_rank_gives_every_figure():
    found = metric.rank(TRUTH, SCORES)

    assert (
        str(found.roc_auc) == str(found.average_precision) == str(found.recall_at_1) == "1.000 [1.000, 1.000]"
    )


def test_mean_gain_is_the_mean_over_sets():
    worse, chance = SCORES[::-1], np.full(4, 0.5)
    gain = metric.mean_gain([(TRUTH, worse, SCORES), (TRUTH, chance, SCORES)], metric.roc_auc)

    assert gain.value == pytest.approx((1.0 + 0.5) / 2)
    assert gain.low <= gain.value <= gain.high


def test_mean_gain_of_the_same_scores_is_nothing():
    assert metric.mean_gain([(TRUTH, SCORES, SCORES)], metric.roc_auc) == metric.Estimate(0, 0, 0)


def test_recall_at_allows_no_more_false_positives():
    truth = np.array([False] * 100 + [True] * 4)
    scores = np.concatenate([np.linspace(0, 0.99, 100), [0.985, 0.981, 0.5, 1.0]])

    assert metric.recall_at(truth, scores, 0.01) == 0.75  # above the second highest negative, 0.98
    assert metric.recall_at(truth, scores, 0.0) == 0.25


@pytest.mark.parametrize("rate", [0.0, 0.01, 0.1])
def test_cut_at_flags_at_most_the_rate(rate):
    scores = np.round(np.random.default_rng(0).random(500), 2)  # with ties
    cut = metric.cut_at(scores, rate)

    assert (scores >= cut).mean() <= rate


@pytest.mark.parametrize(("threshold", "f1"), [(0.5, 0.5), (0.05, 2 / 3), (0.95, 0.0)])
def test_f1_by_hand(threshold, f1):
    assert metric.f1(TRUTH, np.array([0.9, 0.8, 0.1, 0.2]), threshold) == pytest.approx(f1)


def test_share_has_the_interval_of_the_textbook():
    found = metric.share(np.array([True] * 8 + [False] * 2))

    assert found.value == 0.8
    assert (found.low, found.high) == pytest.approx((0.49, 0.943), abs=5e-4)


def test_bootstrap_of_clusters_is_wider_where_rows_go_together():
    rng = np.random.default_rng(1)
    truth = np.tile([False, True], 40)
    scores = truth * 0.5 + rng.normal(size=80)
    rows, whole = np.repeat(truth, 20), np.repeat(scores, 20)
    clusters = np.repeat(np.arange(80), 20)

    (free,), (tied,) = (
        metric.bootstrap([metric.roc_auc], rows, whole),
        metric.bootstrap([metric.roc_auc], rows, whole, clusters=clusters),
    )
    (single,) = metric.bootstrap([metric.roc_auc], truth, scores)

    assert free.value == tied.value == single.value
    assert tied.high - tied.low == pytest.approx(single.high - single.low, rel=0.3)
    assert free.high - free.low < 0.5 * (tied.high - tied.low)
