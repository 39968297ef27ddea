"""Fits the weights of the grounding filter's logistic rule.

    python -m guard.train.grounding_rule --data DIR

DIR holds the labelled sets named in `SETS`, one `NAME.jsonl.gz` each, in the form that
`guard.evaluate.grounding` reads. Prints `INTERCEPT` and `WEIGHTS` to be put into
`guard/filters/grounding.py`, and the ROC-AUC on the fifth of the rows that is held out.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from guard.text.claim import is_claim
from guard.text.passage import Passages
from guard.text.segment import sentences
from guard.text.support import FEATURES, Question, weigh_support

SETS = (
    "begin",
    "bamboo_hallu",
    "faithdial_audit",
    "halluqa_zh",
    "halueval",
    "q2_wow",
    "uhgeval",
    "wice_claims",
)
"""Sets whose licence permits training; each weighs the same."""
ROWS = 1500
"""Rows drawn from each set."""
SEED = 7
STRENGTH = 1.0
"""Inverse strength of the L2 penalty."""


class Row(NamedTuple):
    """One answer or sentence as the rule sees it."""

    group: str
    features: tuple[float, ...]
    label: int
    held_out: bool


def main(arguments: Sequence[str] | None = None) -> int:
    """Reads the arguments, fits, prints; returns the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with one file per set")
    chosen = parser.parse_args(arguments)
    rows = [row for name in SETS for row in collect(name, chosen.data)]
    intercept, weights = fit([row for row in rows if not row.held_out])
    sys.stdout.write(f"INTERCEPT = {intercept:.2f}\nWEIGHTS = {{\n")
    sys.stdout.writelines(
        f'    "{name}": {weight:.2f},\n' for name, weight in zip(FEATURES, weights, strict=True)
    )
    sys.stdout.write("}\n")
    for name in SETS:
        held = [row for row in rows if row.group == name and row.held_out]
        sys.stdout.write(f"{name}: {len(held)} held out, ROC-AUC {_area(held, intercept, weights):.3f}\n")
    return 0


def collect(name: str, folder: Path) -> Iterator[Row]:
    """The rows of one set; sentences where spans tell which are wrong, answers otherwise."""
    rows = [row for row in _read(folder / f"{name}.jsonl.gz") if row.get("context")]
    if name == "uhgeval":
        # Its supported answers stand in their sources word by word and would teach that copying is all.
        rows = [row for row in rows if row["label"] == "hallucinated"]
    if name == "halueval":
        rows = _balance_length(rows)
    random.Random(SEED).shuffle(rows)
    for row in rows[:ROWS]:
        yield from _featurise(name, row)


def _read(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _balance_length(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """As many supported as hallucinated rows in each band of length, which else gives the label away."""
    bands: dict[tuple[str, int, str], list[dict[str, Any]]] = {}
    for row in rows:
        key = (str(row["task"]), len(row["answer"]) // 12, str(row["label"]))
        bands.setdefault(key, []).append(row)
    kept = []
    for (task, band, label), listed in bands.items():
        other = "supported" if label == "hallucinated" else "hallucinated"
        kept += listed[: len(bands.get((task, band, other), ()))]
    return kept


def _featurise(name: str, row: Mapping[str, Any]) -> Iterator[Row]:
    context = row["context"]
    passages = Passages([context] if isinstance(context, str) else context)
    question = Question(row.get("question") or "")
    answer = row["answer"]
    held_out = zlib.crc32(str(row["id"]).encode()) % 5 == 0
    weighed = []
    for start, end in sentences(answer):
        if is_claim(answer[start:end]):
            features = weigh_support(answer[start:end], passages, question).features
            wrong = any(span["start"] < end and start < span["end"] for span in row.get("spans") or ())
            weighed.append((features, wrong))
    if name == "uhgeval":
        yield from (Row(name, features, int(wrong), held_out) for features, wrong in weighed)
    elif weighed:
        worst = tuple(map(max, zip(*(features for features, _ in weighed), strict=True)))
        yield Row(name, worst, int(row["label"] == "hallucinated"), held_out)


def fit(rows: Sequence[Row]) -> tuple[float, list[float]]:
    """Intercept and weights of a logistic regression in which every set and label weighs the same."""
    from sklearn.linear_model import LogisticRegression

    sizes: dict[tuple[str, int], int] = {}
    for row in rows:
        sizes[row.group, row.label] = sizes.get((row.group, row.label), 0) + 1
    weights = [len(rows) / len(sizes) / sizes[row.group, row.label] for row in rows]
    model = LogisticRegression(C=STRENGTH, max_iter=1000)
    model.fit([row.features for row in rows], [row.label for row in rows], sample_weight=weights)
    return float(model.intercept_[0]), [float(weight) for weight in model.coef_[0]]


def _area(rows: Sequence[Row], intercept: float, weights: Sequence[float]) -> float:
    from sklearn.metrics import roc_auc_score

    scores = [intercept + sum(map(float.__mul__, weights, row.features)) for row in rows]
    return float(roc_auc_score([row.label for row in rows], scores))


if __name__ == "__main__":
    raise SystemExit(main())
