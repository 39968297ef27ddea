"""Trains the classical model: logistic regressions over hashed n-grams, from raw data to weights and card.

    python -m guard.train.classical --data DIR --out guard/models/data/classical.safetensors

Training uses scikit-learn, serving only numpy; the features are made by the very code that serves. The
recipe reads from top to bottom: gather, featurise, fit each head on the rows that its sets judged,
calibrate on rows kept back, save.
"""

from __future__ import annotations

import argparse
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from guard.errors import GuardError
from guard.models.artefact import save
from guard.models.ngram import (
    BUCKETS,
    NGRAMS,
    OVERLAP,
    WINDOW,
    WRITINGS,
    NgramModel,
    features,
    writing_of,
)
from guard.train import corpus
from guard.train.corpus import Row
from guard.train.mapping import CLASSICAL, HARM, POST

log = logging.getLogger(__name__)

# Hyper-parameters -------------------------------------------------------------------------------------
SEED = 20260801
CAP = 4000  # rows of one set, language and label
CAPS = {"cold_train_dev": 16000, "identity_templates": 500, "xquad_benign": 700, "xsid_benign": 400}
ALPHA = 3e-6  # L2 penalty of the averaged stochastic gradient descent
ALPHA_POST = 1e-6  # the same for heads with many human-labelled posts, which bear a closer fit
EPOCHS = 10
CELL_POWER = 0.5  # a set-language-label cell of n rows weighs n^0.5: large sets lead, small ones are heard
HARMLESS_FACTOR = 4.0  # innocent prompts weigh more: what must go through matters more than what is caught
POSITIVE_POWER = 0.5  # the positives' share of a head's weight is raised to this power: thin heads gain
MOST_POSITIVE = 0.3  # and bounded by this
LEAST_CALIBRATED = 8  # kept rows of each kind that a writing needs for a scaling of its own
CALIBRATED_FACTOR = 0.4  # times the share of positives: calibration reckons with traffic, where they are rare
TEMPLATES = "identity_templates"  # a set that proves no knowledge of a language
LEAST_ROWS = 2000  # human-labelled rows of each kind that make a language covered
LANGUAGES = {"injection": ("en", "zh")}  # the languages with attacks enough to speak of; harm: by LEAST_ROWS
# ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Head:
    """One fitted head: weights [buckets], intercept, and slope and offset per writing [writings, 2]."""

    weights: np.ndarray
    intercept: float
    scaling: np.ndarray


def main(argv: Sequence[str] | None = None) -> None:
    """Trains from the command line."""
    parser = argparse.ArgumentParser(prog="guard.train.classical", description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with manifest.csv and the sets")
    parser.add_argument("--out", type=Path, required=True, help="the weights' file; the card lies beside it")
    args = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(relativeCreated)d %(message)s")
    rows = corpus.gather(args.data, cap=CAP, caps=CAPS, seed=SEED)
    model = train(rows, {"data_sha256": corpus.data_sha256(args.data)})
    save(args.out, model.artefact())
    args.out.with_suffix(".md").write_text(card(args.data, rows, model), encoding="utf-8")


def train(rows: Sequence[Row], about: Mapping[str, Any]) -> NgramModel:
    """A model fitted and calibrated on rows; raises `GuardError` when a head has no examples."""
    log.info("%d rows from %d sets", len(rows), len({row.source for row in rows}))
    learn = [row for row in rows if row.part == "train"]
    idf = inverse_frequency([row.text for row in learn])
    matrix = matrix_of([row.text for row in learn], idf)
    kept = [row for row in rows if row.part == "held"] or learn
    kept_matrix = matrix_of([row.text for row in kept], idf)
    heads = []
    for label in CLASSICAL:
        head = fit(matrix, learn, label)
        heads.append(calibrate(head, kept_matrix, kept, label))
        log.info("%s fitted", label)
    return assemble(heads, idf, rows, about)


def inverse_frequency(texts: Sequence[str]) -> np.ndarray:
    """Smoothed inverse document frequency of each bucket, [buckets] float16."""
    counts = np.zeros(BUCKETS)
    for _, _, buckets, _ in features(texts):
        counts += np.bincount(buckets, minlength=BUCKETS)
    return (1.0 + np.log((1 + len(texts)) / (1 + counts))).astype(np.float16)


def matrix_of(texts: Sequence[str], idf: np.ndarray) -> Any:
    """The texts as a sparse matrix [texts, buckets] of unit rows."""
    from scipy.sparse import csr_matrix

    parts = list(features(texts, idf))
    rows = np.concatenate([first + rows for first, rows, _, _ in parts])
    buckets = np.concatenate([buckets for _, _, buckets, _ in parts])
    values = np.concatenate([values for _, _, _, values in parts])
    return csr_matrix((values, (rows, buckets)), shape=(len(texts), BUCKETS))


def fit(matrix: Any, rows: Sequence[Row], label: str) -> Head:
    """One head, fitted on the rows whose sets judged it."""
    from sklearn.linear_model import SGDClassifier

    chosen, truth = judged(rows, label)
    if len(set(truth.tolist())) < 2:
        raise GuardError(f"no examples for and against {label}")
    weights = balance([rows[place] for place in chosen], truth)
    learner = SGDClassifier(
        loss="log_loss",
        alpha=ALPHA_POST if label in POST else ALPHA,
        max_iter=EPOCHS,
        tol=None,
        average=True,
        random_state=SEED,
    )
    learner.fit(matrix[chosen], truth, sample_weight=weights)
    intercept = float(learner.intercept_[0])
    return Head(learner.coef_[0], intercept, np.tile([1.0, intercept], (len(WRITINGS), 1)))


def judged(rows: Sequence[Row], label: str) -> tuple[np.ndarray, np.ndarray]:
    """Places of the rows that say something about a head, and what they say."""
    chosen = [place for place, row in enumerate(rows) if label in row.targets]
    truth = [rows[place].targets[label] for place in chosen]
    return np.array(chosen, dtype=np.intp), np.array(truth, dtype=bool)


def balance(rows: Sequence[Row], truth: np.ndarray, factor: float = 1.0) -> np.ndarray:
    """Weights, 1 on average: cells by set and language damped, the share of positives raised and bounded.

    The positives' share is `factor` times the root of what the damped cells give them, at most
    `MOST_POSITIVE`.
    """
    cells = [(row.source, row.lang, bool(true)) for row, true in zip(rows, truth, strict=True)]
    sizes = Counter(cells)
    weights = np.array([sizes[cell] ** (CELL_POWER - 1) for cell in cells])
    weights[[corpus.is_harmless(row) for row in rows]] *= HARMLESS_FACTOR
    weights /= weights.sum()
    share = factor * min(MOST_POSITIVE, float(weights[truth].sum() ** POSITIVE_POWER))
    weights[truth] *= share / weights[truth].sum()
    weights[~truth] *= (1 - share) / weights[~truth].sum()
    return np.asarray(weights * len(weights))


def calibrate(head: Head, matrix: Any, rows: Sequence[Row], label: str) -> Head:
    """The head with Platt scaling fitted on rows that it was not trained on (Platt, 1999).

    A writing with too few rows of either kind is scaled as all writings together.
    """
    chosen, truth = judged(rows, label)
    logits = matrix[chosen] @ head.weights + head.intercept
    kept = [rows[place] for place in chosen]
    writings = np.array([writing_of(row.text) for row in kept], dtype=int)
    common = scale(logits, truth, kept)
    scaling = []
    for writing in range(len(WRITINGS)):
        own = writings == writing
        enough = min(truth[own].sum(), (~truth[own]).sum()) >= LEAST_CALIBRATED
        fitted = scale(
            logits[own], truth[own], [row for row, is_own in zip(kept, own, strict=True) if is_own]
        )
        slope, offset = fitted if enough and fitted else common or (1.0, 0.0)
        scaling.append([slope, slope * head.intercept + offset])
    return Head(head.weights, head.intercept, np.array(scaling))


def scale(logits: np.ndarray, truth: np.ndarray, rows: Sequence[Row]) -> tuple[float, float] | None:
    """Slope and offset that turn logits into probabilities; none where the rows cannot tell.

    The default penalty only matters where few rows are told apart completely, which would make it a step.
    """
    from sklearn.linear_model import LogisticRegression

    if len(set(truth.tolist())) < 2:
        return None
    weights = balance(rows, truth, CALIBRATED_FACTOR)
    fitted = LogisticRegression().fit(logits[:, None], truth, sample_weight=weights)
    slope = float(fitted.coef_[0, 0])
    return (slope, float(fitted.intercept_[0])) if slope > 0 else None


def assemble(
    heads: Sequence[Head], idf: np.ndarray, rows: Sequence[Row], about: Mapping[str, Any]
) -> NgramModel:
    """The served model, in half precision."""
    weights = np.stack([head.weights for head in heads], axis=1).astype(np.float16)
    calibration = np.stack([head.scaling for head in heads], axis=1)
    return NgramModel(weights, idf, calibration, {**describe(rows), **about})


def describe(rows: Sequence[Row]) -> dict[str, Any]:
    """What the model says about itself: labels, languages and how it was made."""
    return {
        "name": "classical",
        "labels": list(CLASSICAL),
        "languages": {"harm": harm_languages(rows), "injection": list(LANGUAGES["injection"])},
        "base": None,
        "seed": SEED,
        "rows": len(rows),
        "settings": {
            "buckets": BUCKETS,
            "ngrams": list(NGRAMS),
            "window": WINDOW,
            "overlap": OVERLAP,
            "cap": CAP,
            "alpha": ALPHA,
            "alpha_post": ALPHA_POST,
            "epochs": EPOCHS,
            "cell_power": CELL_POWER,
            "harmless_factor": HARMLESS_FACTOR,
            "positive_power": POSITIVE_POWER,
            "most_positive": MOST_POSITIVE,
            "calibrated_factor": CALIBRATED_FACTOR,
        },
    }


def harm_languages(rows: Sequence[Row]) -> list[str]:
    """The languages with enough human-labelled rows of both kinds for the harm heads."""
    counts: Counter[tuple[str, bool]] = Counter()
    for row in rows:
        said = {true for label, true in row.targets.items() if label in HARM}
        if said and not corpus.is_generated(row) and row.source != TEMPLATES:
            counts[row.lang, True in said] += 1
    langs = sorted({lang for lang, _ in counts})
    return [lang for lang in langs if min(counts[lang, True], counts[lang, False]) >= LEAST_ROWS]


def card(data: Path, rows: Sequence[Row], model: NgramModel) -> str:
    """The model card, in Markdown."""
    from guard.train.card import write

    return write(corpus.entries(data), rows, model)


if __name__ == "__main__":
    main()
