"""Measures the self_consistency filter on labelled sentences with other answers to the same prompt.

    python -m guard.evaluate.consistency --data DIR [--meaning] [--markdown docs/consistency.md]
    python -m guard.evaluate.consistency --data DIR [--meaning] --fit

DIR holds `consistency/NAME.jsonl.gz` (or `.jsonl`) for each set, or the files themselves, a row per answer:
`id`, `question`, `answer`, `samples` (other answers) and `sentences`, each with `text` and `label` (supported
or hallucinated; others are left out). Beside the filter stands the unigram baseline of SelfCheckGPT (Manakul
et al. 2023, section 5.3): the least probable word of a sentence under the counts of samples and answer
together. Intervals are over sentences.

`--fit` fits the filter's weights to the sets of `FITTED` whose rows are not held out and prints them.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import random
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from guard.errors import InputError, suggest
from guard.evaluate.metric import Estimate, average_precision, bootstrap, roc_auc
from guard.evaluate.page import publish
from guard.filters.self_consistency import FEATURES, Bench, probability
from guard.text.support import FEATURES as SUPPORT
from guard.text.token import forms

FITTED = ("sac3", "wiki_bio_gpt3_half")
"""Sets whose licence permits training and whose rows are not published as a test; each weighs the same."""
SEED = 7
PENALTY = 1.0
"""Strength of the L2 penalty."""
LABELS = {"supported": 0, "hallucinated": 1}

HEADER = (
    "| set | sentences | wrong | samples | measure | unigram | by rule |{}\n"
    "| --- | ---: | ---: | ---: | --- | --- | --- |{}"
)


class Row(NamedTuple):
    """One sentence beside its samples: the mean features, the baseline's score, the label, and how many."""

    name: str
    features: list[float]
    unigram: float
    label: int
    samples: int


def main(arguments: Sequence[str] | None = None) -> int:
    """Reads the arguments, measures or fits, prints; returns the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with one file per set")
    parser.add_argument("--sets", nargs="*", default=[], help="only these sets, by file name without ending")
    parser.add_argument(
        "--limit", type=int, default=300, help="sentences per set, in answers drawn at random"
    )
    parser.add_argument("--samples", type=int, default=3, help="samples per answer, the first ones")
    parser.add_argument("--meaning", action="store_true", help="compare the encoder's vectors as well")
    parser.add_argument("--fit", action="store_true", help="fit the weights and print them")
    parser.add_argument("--markdown", type=Path, help="page to write the table into, between its markers")
    chosen = parser.parse_args(arguments)
    if not chosen.data.is_dir():
        parser.error(f"{chosen.data} is not a folder")
    return publish("consistency", None if chosen.fit else chosen.markdown, lambda: _measure(chosen))


def _measure(chosen: argparse.Namespace) -> Iterable[str]:
    sets = {name: list(_collect(name, path, chosen)) for name, path in _files(chosen)}
    return _weights(sets) if chosen.fit else table(sets)


def _files(chosen: argparse.Namespace) -> Iterator[tuple[str, Path]]:
    """The chosen sets and their files; raises `InputError` when there are none."""
    inner = chosen.data / "consistency"
    folder = inner if inner.is_dir() else chosen.data
    paths = {path.name.partition(".jsonl")[0]: path for path in sorted(folder.glob("*.jsonl*"))}
    names = [name for name in chosen.sets or paths if name in paths and (not chosen.fit or name in FITTED)]
    if missing := [name for name in chosen.sets if name not in paths]:
        raise InputError(f"{folder}: no set {missing[0]!r}; {suggest(missing[0], paths)}")
    if not names:
        raise InputError(f"{folder}: no sets of answers with samples (NAME.jsonl.gz or NAME.jsonl)")
    for name in names:
        yield name, paths[name]


def _collect(name: str, path: Path, chosen: argparse.Namespace) -> Iterator[Row]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        answers = [json.loads(line) for line in lines]
    answers = [
        answer for answer in answers if answer.get("samples") and _is_wanted(name, answer, fits=chosen.fit)
    ]
    random.Random(SEED).shuffle(answers)
    count = 0
    for answer in answers:
        if count >= chosen.limit:
            return
        rows = list(weigh(name, answer, chosen.samples, meaning=chosen.meaning))
        count += len(rows)
        yield from rows


def _is_wanted(name: str, answer: Mapping[str, Any], *, fits: bool) -> bool:
    """Whether an answer is used: of sets that weights are fitted to, a fifth only measures."""
    is_held_out = zlib.crc32(str(answer["id"]).encode()) % 5 == 0
    return name not in FITTED or is_held_out is not fits


def weigh(name: str, answer: Mapping[str, Any], count: int, *, meaning: bool) -> Iterator[Row]:
    """The labelled sentences of one answer beside its first samples."""
    samples = tuple(answer["samples"][:count])
    labelled = [each for each in answer["sentences"] if each["label"] in LABELS]
    bench = Bench(samples, answer.get("question") or "", meaning=meaning)
    found = bench.compare([each["text"] for each in labelled])
    counts = Counter(form for text in (*samples, answer["answer"]) for form in forms(text))
    for each, weighed in zip(labelled, found, strict=True):
        yield Row(
            name,
            weighed.mean(),
            unigram(each["text"], counts),
            LABELS[each["label"]],
            len(samples),
        )


def unigram(sentence: str, counts: Counter[str]) -> float:
    """The largest -log p of a sentence's words under these counts; 0 without any word."""
    total = math.log(counts.total() or 1)
    return max((total - math.log(counts[form] or 1) for form in forms(sentence)), default=0.0)


def table(sets: Mapping[str, Sequence[Row]]) -> Iterator[str]:
    """A Markdown table, two rows per set that holds both kinds of sentences."""
    rows = next((rows for rows in sets.values() if rows), [])
    is_whole = bool(rows) and len(rows[0].features) == len(FEATURES)
    yield HEADER.format(" rule and encoder |", " --- |") if is_whole else HEADER.format("", "")
    for name, rows in sets.items():
        wrong = sum(row.label for row in rows)
        if 0 < wrong < len(rows):
            count = _span(row.samples for row in rows)
            head = f"| {name}{' (held out)' if name in FITTED else ''} | {len(rows)} | {wrong} | {count} |"
            for measure, cells in _cells(rows):
                yield f"{head} {measure} | " + " | ".join(map(str, cells)) + " |"


def _span(counts: Iterable[int]) -> str:
    """The least and the largest of some counts, once where they are the same."""
    known = sorted(set(counts))
    return f"{known[0]} to {known[-1]}" if len(known) > 1 else str(known[0])


def _cells(rows: Sequence[Row]) -> Iterator[tuple[str, list[Estimate]]]:
    truth = np.array([row.label for row in rows], bool)
    columns = [
        [row.unigram for row in rows],
        [probability(row.features[: len(SUPPORT)]) for row in rows],
    ]
    if len(rows[0].features) == len(FEATURES):
        columns.append([probability(row.features) for row in rows])
    found = [bootstrap((roc_auc, average_precision), truth, np.array(column)) for column in columns]
    for number, measure in enumerate(("ROC-AUC", "AUC-PR")):
        yield measure, [estimates[number] for estimates in found]


def _weights(sets: Mapping[str, Sequence[Row]]) -> Iterator[str]:
    rows = [row for each in sets.values() for row in each]
    width = len(rows[0].features) if rows else 0
    for title, names in (("WITH_MEANING", FEATURES), ("BY_RULE", SUPPORT)):
        if len(names) > width:
            continue
        intercept, weights = fit(rows, len(names))
        inner = "".join(
            f'        "{name}": {weight:.2f},\n' for name, weight in zip(names, weights, strict=True)
        )
        yield f"{title} = (\n    {intercept:.2f},\n    {{\n{inner}    }},\n)"


def fit(rows: Iterable[Row], width: int) -> tuple[float, list[float]]:
    """Intercept and weights of a logistic regression in which every set and label weighs the same.

    No weight is below 0: what samples do not bear out never speaks for a sentence.
    """
    from scipy.optimize import minimize

    rows = list(rows)
    sizes = Counter((row.name, row.label) for row in rows)
    shares = np.array([len(rows) / len(sizes) / sizes[row.name, row.label] for row in rows])
    features = np.array([[1.0, *row.features[:width]] for row in rows])
    signs = np.array([1.0 if row.label else -1.0 for row in rows])

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        margins = signs * (features @ weights)
        slopes = -shares * signs / (1 + np.exp(margins))
        penalty = weights * (np.arange(width + 1) > 0) * PENALTY
        total = float(shares @ np.logaddexp(0, -margins) + penalty @ weights / 2)
        return total, features.T @ slopes + penalty

    bounds = [(None, None), *[(0.0, None)] * width]
    found = minimize(loss, np.zeros(width + 1), jac=True, method="L-BFGS-B", bounds=bounds).x
    return float(found[0]), [float(weight) for weight in found[1:]]


if __name__ == "__main__":
    raise SystemExit(main())
