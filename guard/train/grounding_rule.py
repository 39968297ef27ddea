"""Fits the weights of the grounding filter's logistic rule.

    python -m guard.train.grounding_rule --data DIR

DIR holds the labelled sets named in `SETS`, one `grounding/NAME.jsonl.gz` each, or is that folder itself.
No row that its publisher marked as test or dev is read. Prints `INTERCEPT` and `WEIGHTS` to be put into
`guard/models/cascade.py`, and the ROC-AUC on the fifth of the rows that is held out.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from guard.errors import GuardError
from guard.text.claim import is_claim
from guard.text.name import names
from guard.text.passage import Passages
from guard.text.polarity import turn
from guard.text.segment import sentences
from guard.text.support import FEATURES, Question, weigh_support
from guard.train.corpus import MEASURED, rows_of

SETS = ("faithdial_audit", "halluqa_zh", "q2_wow")
"""Sets whose licence permits training, with rows that are not for measuring; each weighs the same, and so do
the answers spoilt by code."""
TRUE = (*SETS, "uhgeval")
"""Sets whose true answers are spoilt. Those of uhgeval stand in their sources word by word: beside plain
hallucinations they would teach that copying is all, beside their own spoilt copies the difference."""
SPOILT = "spoilt"
"""The group of true answers beside the same answers with one number, name or direction changed."""
ROWS = 1000
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
    parser.add_argument("--data", type=Path, required=True, help="folder with the labelled sets")
    chosen = parser.parse_args(arguments)
    try:
        rows = gather(chosen.data)
    except GuardError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    intercept, weights = fit([row for row in rows if not row.held_out])
    sys.stdout.write(f"INTERCEPT = {intercept:.2f}\nWEIGHTS = {{\n")
    sys.stdout.writelines(
        f'    "{name}": {weight:.2f},\n' for name, weight in zip(FEATURES, weights, strict=True)
    )
    sys.stdout.write("}\n")
    for name in (*SETS, SPOILT):
        held = [row for row in rows if row.group == name and row.held_out]
        if len({row.label for row in held}) > 1:
            area = _area(held, intercept, weights)
            sys.stdout.write(f"{name}: {len(held)} held out, ROC-AUC {area:.3f}\n")
    return 0


def gather(folder: Path) -> list[Row]:
    """All rows, those held out too; raises `GuardError` where a set is missing or cannot be read."""
    return [row for name in SETS for row in collect(name, folder)] + list(spoil_all(folder))


def collect(name: str, folder: Path) -> Iterator[Row]:
    """The rows of one set, an answer each."""
    for row in _read(name, folder):
        features = _weigh(row, row["answer"])
        if features:
            yield Row(name, features, int(row["label"] == "hallucinated"), _is_held_out(row))


def _read(name: str, folder: Path) -> list[dict[str, Any]]:
    """Rows of a set that are not for measuring, at most `ROWS`, drawn by seed."""
    places = [folder / "grounding" / f"{name}.jsonl.gz", folder / f"{name}.jsonl.gz"]
    path = next((path for path in places if path.exists()), None)
    if path is None:
        raise GuardError(f"{folder}: no {name}.jsonl.gz, neither there nor in {places[0].parent}")
    rows = [row for row in rows_of(path) if row.get("context") and row.get("split") not in MEASURED]
    random.Random(SEED).shuffle(rows)
    return rows[:ROWS]


def _is_held_out(row: Mapping[str, Any]) -> bool:
    return zlib.crc32(str(row["id"]).encode()) % 5 == 0


def _weigh(row: Mapping[str, Any], answer: str) -> tuple[float, ...] | None:
    """The worst of each feature over the claims of an answer; None when it claims nothing."""
    context = row["context"]
    passages = Passages([context] if isinstance(context, str) else context)
    question = Question(row.get("question") or "")
    claims = [answer[start:end] for start, end in sentences(answer) if is_claim(answer[start:end])]
    weighed = [weigh_support(claim, passages, question).features for claim in claims]
    return tuple(map(max, zip(*weighed, strict=True))) if weighed else None


def spoil_all(folder: Path) -> Iterator[Row]:
    """True answers of the sets, and the same answers with one thing changed."""
    draw = random.Random(SEED)
    for name in TRUE:
        true = [row for row in _read(name, folder) if row["label"] == "supported"]
        pool = [name.form for row in true for name in names(row["answer"]) if name.kind == "name"]
        for row in true:
            spoilt = spoil(row["answer"], pool, draw)
            if spoilt is None:
                continue
            for answer, label in ((row["answer"], 0), (spoilt, 1)):
                features = _weigh(row, answer)
                if features:
                    yield Row(SPOILT, features, label, _is_held_out(row))


def spoil(answer: str, pool: Sequence[str], draw: random.Random) -> str | None:
    """The answer with one number, name or direction changed; None when it has none to change."""
    ways = [_spoil_number(answer, draw), _spoil_name(answer, pool, draw), turn(answer)]
    open_ways = [way for way in ways if way is not None and way != answer]
    return draw.choice(open_ways) if open_ways else None


def _spoil_number(answer: str, draw: random.Random) -> str | None:
    found = [match for match in re.finditer(r"(?<![A-Za-z])\d+", answer) if len(match.group()) < 9]
    if not found:
        return None
    chosen = draw.choice(found)
    number = int(chosen.group())
    step = draw.randint(1, 9) if number > 999 else draw.randint(1, max(2, number))
    return answer[: chosen.start()] + str(number + step) + answer[chosen.end() :]


def _spoil_name(answer: str, pool: Sequence[str], draw: random.Random) -> str | None:
    found = [name for name in names(answer) if name.kind == "name"]
    if not found or not pool:
        return None
    chosen = draw.choice(found)
    return answer[: chosen.start] + draw.choice(pool) + answer[chosen.end :]


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
