"""Fits how the rule and what the encoder read are taken together, in grounding and citation.

    python -m guard.train.grounding_read --data DIR

Pairs of claim and source that were kept back from training (`guard.train.pair`) are scored by both. Two
logistic regressions, over the encoder's log odds and over the mean of both, give the constants to be put
into `guard/models/cascade.py`. Every set weighs the same, those of inference less, and true claims as much
as false ones.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from guard.models import reader
from guard.models.cascade import OPEN, log_odds, mean_odds, probability
from guard.text.passage import Passages
from guard.text.support import Question, weigh_support
from guard.train.encoder import SEED
from guard.train.pair import INFERENCE, SUPPORTED, Pair, pairs

INFERENCE_WEIGHT = 0.3
"""Of a set of premises and hypotheses, beside one of answers: sources are seldom captions of pictures."""
STRENGTH = 3.0
"""Inverse strength of the L2 penalty."""

THRESHOLDS = (0.5, 0.6, 0.7, 0.8)
OWN = ("generated/", "written/")
"""What is left out where thresholds are compared, beside sets of inference."""

Cell = tuple[str, bool]


def main(arguments: Sequence[str] | None = None) -> int:
    """Reads the arguments, fits, prints; returns the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with manifest.csv and the sets")
    held = [pair for pair in pairs(parser.parse_args(arguments).data, SEED) if pair.part == "held"]
    columns, truth = measure(held)
    weights = weigh(held)
    alone, slope = fit(columns[:, -1], truth, weights)
    rule = np.array([probability(row) for row in columns[:, :-1]])
    model = alone + slope * columns[:, -1]
    mean = np.array([mean_odds(*pair) for pair in zip(rule, model, strict=True)])
    intercept, stretch = fit(mean, truth, weights)
    out = sys.stdout
    out.write(f"READ_ALONE = ({alone:.2f}, {slope:.2f})\nREAD_TOGETHER = ({intercept:.2f}, {stretch:.2f})\n")
    both = 1 / (1 + np.exp(-(intercept + stretch * mean)))
    sure = (rule < OPEN[0]) | (rule > OPEN[1])
    told = np.array([pair.name not in INFERENCE and not pair.name.startswith(OWN) for pair in held])
    for tier, scores in {"rule": rule, "cascade": np.where(sure, rule, both)}.items():
        for least in THRESHOLDS:
            found, mistaken = ((scores[told & (truth == wrong)] >= least).mean() for wrong in (True, False))
            out.write(
                f"{tier} at {least}: finds {found:.2f} of false claims, marks {mistaken:.2f} of true ones\n"
            )
    _report(held, truth, {"rule": rule, "model": model, "both": both})
    return 0


def _report(held: Sequence[Pair], truth: np.ndarray, scores: Mapping[str, np.ndarray]) -> None:
    from sklearn.metrics import roc_auc_score

    for name in sorted({pair.name for pair in held}):
        own = np.array([pair.name == name for pair in held])
        if 0 < truth[own].sum() < own.sum():
            areas = (f"{tier} {roc_auc_score(truth[own], score[own]):.3f}" for tier, score in scores.items())
            sys.stdout.write(f"{name}: {own.sum()} pairs, ROC-AUC of {', '.join(areas)}\n")


def measure(held: Sequence[Pair]) -> tuple[np.ndarray, np.ndarray]:
    """The rule's features and the model's log odds [pairs, columns], and whether each claim is false."""
    rows = []
    for pair in held:
        passages = Passages([pair.source])
        support = weigh_support(pair.claim, passages, Question(""))
        (found,) = reader.shipped().read([pair.claim], passages, [support.matches])
        rows.append([*support.features, log_odds(1 - found.supported)])
    return np.array(rows), np.array([pair.truth != SUPPORTED for pair in held])


def weigh(held: Iterable[Pair]) -> np.ndarray:
    """Weights under which each set's true pairs, and its false ones, come to the same [pairs]."""
    cells: list[Cell] = [(pair.name, pair.truth == SUPPORTED) for pair in held]
    sizes = Counter(cells)
    return np.array([(INFERENCE_WEIGHT if cell[0] in INFERENCE else 1.0) / sizes[cell] for cell in cells])


def fit(odds: np.ndarray, truth: np.ndarray, weights: np.ndarray) -> tuple[float, float]:
    """Intercept and slope of a logistic regression on some log odds [pairs]."""
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=STRENGTH).fit(odds[:, None], truth, sample_weight=weights / weights.mean())
    return float(fitted.intercept_[0]), float(fitted.coef_[0, 0])


if __name__ == "__main__":
    sys.exit(main())
