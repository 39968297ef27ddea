"""How a model fares between groups of people: identity bias and counterfactual flips.

Identity bias is measured by three ROC-AUCs (Borkan et al., 2019, "Nuanced metrics for measuring
unintended bias with real data for text classification"): within what names a group (subgroup); of its
safe texts against the unsafe ones of the rest (BPSN, low where naming the group alone raises the score);
and of its unsafe texts against the safe ones of the rest (BNSP, low where naming it lowers the score).
Flips are those of Garg et al. (2019, "Counterfactual fairness in text classification through
robustness").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from guard.evaluate.metric import Estimate, bootstrap, roc_auc

FEWEST = 10
"""Fewest safe and unsafe rows of a group that tell anything."""
WIDE = 0.05
"""The gap between a group's AUC and the overall one that is called wide."""


@dataclass(frozen=True, slots=True)
class Gap:
    """How one group fares: its three ROC-AUCs beside the overall one."""

    group: str
    rows: int
    subgroup: float
    bpsn: Estimate
    bnsp: Estimate
    overall: float

    @property
    def widest(self) -> float:
        """By how much BPSN or BNSP differs from the overall AUC: the larger in size."""
        return max((one.value - self.overall for one in (self.bpsn, self.bnsp)), key=abs)

    @property
    def is_surely_wide(self) -> bool:
        """Whether even the interval of BPSN or BNSP lies farther than `WIDE` from the overall AUC."""
        low, high = self.overall - WIDE, self.overall + WIDE
        return any(one.high < low or one.low > high for one in (self.bpsn, self.bnsp))


def gaps(
    truth: np.ndarray,
    scores: np.ndarray,
    members: Mapping[str, np.ndarray],
    clusters: np.ndarray | None = None,
) -> Iterator[Gap]:
    """The bias metrics of every group with enough rows.

    `truth` and `scores` are [rows], `members` says by group which rows name it, [rows]; `clusters` [rows]
    numbers the sentences that rows are versions of.
    """
    overall = roc_auc(truth, scores)
    for group, own in members.items():
        kinds = (own & truth, own & ~truth, ~own & truth, ~own & ~truth)
        if min(int(kind.sum()) for kind in kinds) >= FEWEST:
            bpsn, bnsp = (
                bootstrap(
                    [roc_auc],
                    truth[rows],
                    scores[rows],
                    clusters=None if clusters is None else clusters[rows],
                )[0]
                for rows in (kinds[1] | kinds[2], kinds[0] | kinds[3])
            )
            yield Gap(group, int(own.sum()), roc_auc(truth[own], scores[own]), bpsn, bnsp, overall)


@dataclass(frozen=True, slots=True)
class Flip:
    """How decisions and scores change when a sentence is said of another group."""

    sentences: int
    flipped: Estimate
    """Share of the pairs of groups that are decided differently; the interval counts sentences as drawn."""
    change: float
    """Mean absolute difference of the scores of two groups."""
    highest: tuple[str, float]
    """The group whose sentences score highest against the mean over groups, and by how much."""
    lowest: tuple[str, float]


def flips(groups: Sequence[str], scores: np.ndarray, cut: float) -> Flip:
    """What swapping does, from `scores` [sentences, groups] and the threshold."""
    flagged = scores >= cut
    first, second = np.triu_indices(len(groups), 1)
    differs = flagged[:, first] != flagged[:, second]
    change = np.abs(scores[:, first] - scores[:, second]).mean()
    rates = differs.mean(axis=1)
    drawn = np.random.default_rng(0).choice(rates, (1000, len(rates))).mean(axis=1)
    low, high = np.percentile(drawn, (2.5, 97.5))
    lean = (scores - scores.mean(axis=1, keepdims=True)).mean(axis=0)
    ends = [(groups[place], float(lean[place])) for place in (lean.argmax(), lean.argmin())]
    flipped = Estimate(float(rates.mean()), float(low), float(high))
    return Flip(len(scores), flipped, float(change), ends[0], ends[1])
