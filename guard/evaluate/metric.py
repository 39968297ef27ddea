"""How good scores are: average precision, ROC-AUC with intervals, F1, recall at a false-positive rate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

RESAMPLES = 200
"""Bootstrap resamples behind an interval."""


@dataclass(frozen=True, slots=True)
class Quality:
    """The figures of one set of scores; `None` where the rows cannot tell (all of one kind)."""

    rows: int
    positives: int
    average_precision: float | None
    roc_auc: float | None
    interval: tuple[float, float] | None
    recall_at_1: float | None
    f1: float | None
    flagged: float
    """Share of all rows at or above the threshold."""


def measure(truth: np.ndarray, scores: np.ndarray, threshold: float = 0.5, seed: int = 0) -> Quality:
    """The figures of `scores` [rows] against `truth` [rows].

    The interval is the 95 % percentile bootstrap of ROC-AUC (Efron, 1979), the same for the same seed.
    """
    truth = np.asarray(truth, dtype=bool)
    scores = np.asarray(scores, dtype=float)
    rows, positives = len(truth), int(truth.sum())
    flagged = float((scores >= threshold).mean()) if rows else 0.0
    if not 0 < positives < rows:
        return Quality(rows, positives, None, None, None, None, None, flagged)
    return Quality(
        rows,
        positives,
        average_precision(truth, scores),
        roc_auc(truth, scores),
        bootstrap_auc(truth, scores, seed),
        recall_at(truth, scores, 0.01),
        f1(truth, scores, threshold),
        flagged,
    )


def average_precision(truth: np.ndarray, scores: np.ndarray) -> float:
    """The area under the precision-recall curve as a step function, for at least one positive."""
    from sklearn.metrics import average_precision_score

    return float(average_precision_score(truth, scores))


def roc_auc(truth: np.ndarray, scores: np.ndarray) -> float:
    """The chance that a positive scores above a negative, ties counting half (Mann and Whitney, 1947)."""
    order = np.argsort(scores, kind="stable")
    ordered = scores[order]
    _, first, counts = np.unique(ordered, return_index=True, return_counts=True)
    ranks = np.repeat(first + (counts + 1) / 2, counts)
    positives = int(truth.sum())
    above = ranks[truth[order]].sum() - positives * (positives + 1) / 2
    return float(above / (positives * (len(truth) - positives)))


def bootstrap_auc(truth: np.ndarray, scores: np.ndarray, seed: int = 0) -> tuple[float, float]:
    """The 95 % interval of ROC-AUC over resamples of the positives and of the negatives."""
    rng = np.random.default_rng(seed)
    good, bad = scores[~truth], scores[truth]
    labels = np.repeat([False, True], [len(good), len(bad)])
    areas = [
        roc_auc(labels, np.concatenate([rng.choice(good, len(good)), rng.choice(bad, len(bad))]))
        for _ in range(RESAMPLES)
    ]
    low, high = np.percentile(areas, [2.5, 97.5])
    return float(low), float(high)


def recall_at(truth: np.ndarray, scores: np.ndarray, rate: float) -> float:
    """The share of positives above the lowest cut that flags at most `rate` of the negatives."""
    negatives = np.sort(scores[~truth])[::-1]
    cut = negatives[int(np.floor(rate * len(negatives)))]
    return float((scores[truth] > cut).mean())


def cut_at(scores: np.ndarray, rate: float) -> float:
    """The lowest threshold that flags at most `rate` of these scores, to be compared with `>=`."""
    ordered = np.sort(scores)[::-1]
    return float(np.nextafter(ordered[int(np.floor(rate * len(ordered)))], np.inf))


def f1(truth: np.ndarray, scores: np.ndarray, threshold: float) -> float:
    """The harmonic mean of precision and recall at a threshold; 0 when nothing right was flagged."""
    flagged = scores >= threshold
    right = int((flagged & truth).sum())
    return 2 * right / (int(flagged.sum()) + int(truth.sum())) if right else 0.0
