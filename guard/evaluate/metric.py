"""How good scores are: how well they rank, how well a threshold decides, and how sure the figures are.

Intervals hold 95 %: of ranking figures the percentile bootstrap (Efron, 1979) over resamples of the positives
and of the negatives, or of whole clusters of rows that go together; of shares Wilson's (1927). The same
input gives the same interval.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

RESAMPLES = 200
"""Bootstrap resamples behind an interval."""
BOUNDS = (2.5, 97.5)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and the 95 % interval around it."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


@dataclass(frozen=True, slots=True)
class Ranking:
    """How well scores put positives above negatives, whatever the threshold."""

    average_precision: Estimate
    roc_auc: Estimate
    recall_at_1: Estimate
    """Recall at 1 % false positives."""


@dataclass(frozen=True, slots=True)
class Verdicts:
    """How well scores decide at one threshold."""

    f1: float
    macro_f1: float
    accuracy: float


def rank(truth: np.ndarray, scores: np.ndarray, seed: int = 0) -> Ranking:
    """The ranking figures of `scores` [rows] against `truth` [rows], which must hold both kinds."""
    measures = (average_precision, roc_auc, lambda truth, scores: recall_at(truth, scores, 0.01))
    return Ranking(*bootstrap(measures, np.asarray(truth, bool), np.asarray(scores, float), seed))


def decide(truth: np.ndarray, scores: np.ndarray, threshold: float) -> Verdicts:
    """The figures of deciding that what reaches `threshold` is positive; `scores` and `truth` are [rows]."""
    right = (scores >= threshold) == truth
    return Verdicts(f1(truth, scores, threshold), macro_f1(truth, scores, threshold), float(right.mean()))


Measure = Callable[[np.ndarray, np.ndarray], float]
"""A figure of truth [rows] and scores [rows]."""


def bootstrap(
    measures: Sequence[Measure],
    truth: np.ndarray,
    scores: np.ndarray,
    seed: int = 0,
    clusters: np.ndarray | None = None,
) -> list[Estimate]:
    """Each measure's value and interval; all of them look at the same resamples.

    `clusters` [rows] numbers what rows belong to that are no draws of their own, such as the sentences of one
    answer or the versions of one sentence.
    """
    drawn = resamples(truth, seed) if clusters is None else cluster_resamples(truth, clusters, seed)
    found = [[measure(truth[rows], scores[rows]) for measure in measures] for rows in drawn]
    lows, highs = np.percentile(np.array(found), BOUNDS, axis=0)
    values = [measure(truth, scores) for measure in measures]
    return [Estimate(*map(float, figures)) for figures in zip(values, lows, highs, strict=True)]


def resamples(truth: np.ndarray, seed: int = 0) -> list[np.ndarray]:
    """Row numbers of the resamples, [rows] each, with as many positives and negatives as there are."""
    rng = np.random.default_rng(seed)
    good, bad = np.flatnonzero(~truth), np.flatnonzero(truth)
    return [
        np.concatenate([rng.choice(good, len(good)), rng.choice(bad, len(bad))]) for _ in range(RESAMPLES)
    ]


def cluster_resamples(truth: np.ndarray, clusters: np.ndarray, seed: int = 0) -> list[np.ndarray]:
    """Row numbers of the resamples, in which whole clusters are drawn; both kinds of rows are in each."""
    rng = np.random.default_rng(seed)
    members = [np.flatnonzero(clusters == one) for one in np.unique(clusters)]
    found: list[np.ndarray] = []
    while len(found) < RESAMPLES:
        rows = np.concatenate([members[one] for one in rng.integers(len(members), size=len(members))])
        if 0 < int(truth[rows].sum()) < len(rows):
            found.append(rows)
    return found


def mean_gain(
    pairs: Sequence[tuple[np.ndarray, np.ndarray, np.ndarray]], measure: Measure, seed: int = 0
) -> Estimate:
    """By how much the second scores beat the first, as the mean over sets of the measure's difference.

    `pairs` holds truth, first and second scores [rows] of each set; both see the same resamples.
    """
    drawn = [
        [
            measure(truth[rows], after[rows]) - measure(truth[rows], before[rows])
            for rows in resamples(truth, seed)
        ]
        for truth, before, after in pairs
    ]
    low, high = np.percentile(np.mean(drawn, axis=0), BOUNDS)
    gains = [measure(truth, after) - measure(truth, before) for truth, before, after in pairs]
    return Estimate(float(np.mean(gains)), float(low), float(high))


def average_precision(truth: np.ndarray, scores: np.ndarray) -> float:
    """The area under the precision-recall curve as a step function, for at least one positive."""
    order = np.argsort(-scores, kind="stable")
    last = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))
    hits = np.cumsum(truth[order])[last]
    gained = np.diff(hits, prepend=0)
    return float((gained * hits / (last + 1)).sum() / hits[-1])


def roc_auc(truth: np.ndarray, scores: np.ndarray) -> float:
    """The chance that a positive scores above a negative, ties counting half (Mann and Whitney, 1947)."""
    order = np.argsort(scores, kind="stable")
    ordered = scores[order]
    _, first, counts = np.unique(ordered, return_index=True, return_counts=True)
    ranks = np.repeat(first + (counts + 1) / 2, counts)
    positives = int(truth.sum())
    above = ranks[truth[order]].sum() - positives * (positives + 1) / 2
    return float(above / (positives * (len(truth) - positives)))


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


def macro_f1(truth: np.ndarray, scores: np.ndarray, threshold: float) -> float:
    """The mean of the F1 of the positives and the F1 of the negatives."""
    passed = scores < threshold
    right = int((passed & ~truth).sum())
    other = 2 * right / (int(passed.sum()) + int((~truth).sum())) if right else 0.0
    return (f1(truth, scores, threshold) + other) / 2


def share(flags: np.ndarray) -> Estimate:
    """The share of true `flags` [rows] with Wilson's interval; raises `ZeroDivisionError` without any."""
    hits, total = int(np.count_nonzero(flags)), len(flags)
    low, high = wilson(hits, total)
    return Estimate(hits / total, low, high)


def wilson(right: int, total: int, z: float = 1.96) -> tuple[float, float]:
    """The Wilson score interval of a share (Wilson, 1927)."""
    if not total:
        return 0.0, 1.0
    portion, scale = right / total, 1 + z * z / total
    middle = (portion + z * z / (2 * total)) / scale
    reach = z * math.sqrt(portion * (1 - portion) / total + z * z / (4 * total * total)) / scale
    return max(middle - reach, 0.0), min(middle + reach, 1.0)
