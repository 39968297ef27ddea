"""Fits how the rule and what the encoder read are taken together, in grounding and citation.

    python -m guard.train.grounding_read --data DIR

Pairs of claim and source that were kept back from training (`guard.train.pair`) are scored by both; a
logistic regression over their log odds gives the constants to be put into `guard/models/cascade.py`. Every
set weighs the same, and true claims as much as false ones.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from guard.models import reader
from guard.models.cascade import log_odds, probability
from guard.text.passage import Passages
from guard.text.support import Question, weigh_support
from guard.train.encoder import SEED
from guard.train.pair import SUPPORTED, Pair, pairs

Cell = tuple[str, bool]


def main(arguments: Sequence[str] | None = None) -> int:
    """Reads the arguments, fits, prints; returns the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with manifest.csv and the sets")
    held = [pair for pair in pairs(parser.parse_args(arguments).data, SEED) if pair.part == "held"]
    odds, truth = measure(held)
    weights = weigh(held)
    intercept, slopes = fit(odds, truth, weights)
    alone, (slope,) = fit(odds[:, 1:], truth, weights)
    from sklearn.metrics import roc_auc_score

    out = sys.stdout
    out.write(f"READ_INTERCEPT, READ_RULE, READ_MODEL = {intercept:.2f}, {slopes[0]:.2f}, {slopes[1]:.2f}\n")
    out.write(f"READ_ALONE = ({alone:.2f}, {slope:.2f})\n")
    both = intercept + odds @ slopes
    for name in sorted({pair.name for pair in held}):
        own = np.array([pair.name == name for pair in held])
        if 0 < truth[own].sum() < own.sum():
            areas = [roc_auc_score(truth[own], column[own]) for column in (*odds.T, both)]
            out.write(f"{name}: {own.sum()} pairs, ROC-AUC of rule, model, both: ")
            out.write(", ".join(f"{area:.3f}" for area in areas) + "\n")
    return 0


def measure(held: Sequence[Pair]) -> tuple[np.ndarray, np.ndarray]:
    """Log odds that each claim is not borne out, by rule and by model [pairs, 2], and whether that is so."""
    rule, read = [], []
    for pair in held:
        passages = Passages([pair.source])
        support = weigh_support(pair.claim, passages, Question(""))
        (found,) = reader.shipped().read([pair.claim], passages, [support.matches])
        rule.append(log_odds(probability(support.features)))
        read.append(log_odds(1 - found.supported))
    return np.column_stack([rule, read]), np.array([pair.truth != SUPPORTED for pair in held])


def weigh(held: Iterable[Pair]) -> np.ndarray:
    """Weights under which each set's true pairs, and its false ones, come to the same [pairs]."""
    cells: list[Cell] = [(pair.name, pair.truth == SUPPORTED) for pair in held]
    sizes = Counter(cells)
    return np.array([1 / sizes[cell] for cell in cells])


def fit(odds: np.ndarray, truth: np.ndarray, weights: np.ndarray) -> tuple[float, np.ndarray]:
    """Intercept and slopes of a logistic regression over the log odds [pairs, columns]."""
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression().fit(odds, truth, sample_weight=weights * len(weights) / weights.sum())
    return float(fitted.intercept_[0]), np.asarray(fitted.coef_[0])


if __name__ == "__main__":
    sys.exit(main())
