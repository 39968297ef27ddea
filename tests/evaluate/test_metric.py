"""Metrics against scikit-learn and against cases worked out by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.evaluate import metric

TRUTH = np.array([True, False, True, False])


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
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=4, max_size=40))
def test_roc_auc_agrees_with_scikit_learn(pairs):
    from sklearn.metrics import roc_auc_score

    truth = np.array([True, False, *(one for one, _ in pairs)])
    scores = np.array([3, 2, *(score for _, score in pairs)], dtype=float)

    assert metric.roc_auc(truth, scores) == pytest.approx(roc_auc_score(truth, scores))


def test_bootstrap_interval_holds_the_figure_and_repeats():
    rng = np.random.default_rng(1)
    truth = rng.random(300) < 0.3
    scores = truth * 0.5 + rng.random(300)
    low, high = metric.bootstrap_auc(truth, scores)

    assert low < metric.roc_auc(truth, scores) < high
    assert (low, high) == metric.bootstrap_auc(truth, scores)


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


def test_measure_one_kind_only_gives_what_can_be_told():
    quality = metric.measure(np.zeros(4, dtype=bool), np.array([0.1, 0.6, 0.7, 0.2]))

    assert (quality.rows, quality.positives, quality.flagged) == (4, 0, 0.5)
    assert quality.roc_auc is quality.average_precision is quality.f1 is quality.recall_at_1 is None


def test_measure_gives_every_figure():
    quality = metric.measure(TRUTH, np.array([0.9, 0.1, 0.8, 0.2]))

    assert (quality.average_precision, quality.roc_auc, quality.f1, quality.recall_at_1) == (1, 1, 1, 1)
    assert quality.interval == (1.0, 1.0)


def test_measure_takes_nothing():
    assert metric.measure(np.array([]), np.array([])).rows == 0
