"""Measures the grounding filter on labelled answers beside two baselines.

    python -m guard.evaluate.grounding --data DIR

DIR holds one `NAME.jsonl.gz` (or `.jsonl`) per set, a row per answer: `id`, `context` (a text or a list of
texts), `question`, `answer`, `label` (supported or hallucinated), `spans` of unsupported characters as
`{start, end}`, `lang`. Prints a Markdown table with a row per set and language.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from guard.evaluate.metric import roc_auc
from guard.filters.grounding import Grounding
from guard.text.token import terms
from guard.types import Exchange, Finding, Part, Stage

CUT = 0.5
"""The score from which a finding counts."""

HEADER = (
    "| set | language | answers | hallucinated | ROC-AUC | 95 % interval | balanced accuracy at 0.5 "
    "| best | span F1 | mark all: span F1 | overlap: ROC-AUC | length: ROC-AUC |\n"
    "| --- | --- | ---: | ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |"
)


@dataclass(slots=True)
class Scores:
    """What was measured on one set in one language, a number per answer."""

    labels: list[int] = field(default_factory=list)
    rule: list[float] = field(default_factory=list)
    overlap: list[float] = field(default_factory=list)
    length: list[float] = field(default_factory=list)
    spans: list[tuple[int, int, int, int]] = field(default_factory=list)
    """Characters per answer: rightly marked, marked, to be marked, in all."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Reads the arguments, measures, prints; returns the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with one file per set")
    parser.add_argument("--sets", nargs="*", default=[], help="only these sets, by file name without ending")
    parser.add_argument("--limit", type=int, default=1500, help="answers per set, drawn at random")
    parser.add_argument(
        "--held-out", action="store_true", help="only the fifth that the rule was not fitted on"
    )
    chosen = parser.parse_args(arguments)
    if not chosen.data.is_dir():
        parser.error(f"{chosen.data} is not a folder")
    out = sys.stdout
    out.write(HEADER + "\n")
    for path in sorted(chosen.data.rglob("*.jsonl*")):
        name = path.name.partition(".jsonl")[0]
        if not chosen.sets or name in chosen.sets:
            rows = list(_sample(read(path), chosen.limit, held_out=chosen.held_out))
            for language, scores in measure(rows).items():
                out.write(_line(name if name != "data" else path.parent.name, language, scores) + "\n")
                out.flush()
    return 0


def read(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a set that hold sources and an answer with a label."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if row.get("context") and row.get("answer") and row.get("label") in ("supported", "hallucinated"):
                yield row


def _sample(rows: Iterable[dict[str, Any]], limit: int, *, held_out: bool) -> list[dict[str, Any]]:
    kept = [row for row in rows if not held_out or zlib.crc32(str(row["id"]).encode()) % 5 == 0]
    return kept if len(kept) <= limit else random.Random(7).sample(kept, limit)


def measure(rows: Iterable[Mapping[str, Any]]) -> dict[str, Scores]:
    """The scores of the filter and of both baselines, by language."""
    filter_ = Grounding(question=True)
    found: defaultdict[str, Scores] = defaultdict(Scores)
    for row in rows:
        scores = found[str(row.get("lang", ""))]
        sources = [row["context"]] if isinstance(row["context"], str) else list(row["context"])
        findings = _findings(filter_, row, sources)
        scores.labels.append(int(row["label"] == "hallucinated"))
        scores.rule.append(max((item.score for item in findings), default=0.0))
        scores.overlap.append(1 - overlap(row["answer"], "\n".join(sources)))
        scores.length.append(float(len(row["answer"])))
        if row.get("spans"):
            scores.spans.append(_compare_spans(row, findings))
    return found


def _findings(filter_: Grounding, row: Mapping[str, Any], sources: Sequence[str]) -> list[Finding]:
    exchange = Exchange.of(row.get("question") or "", sources=sources, response=row["answer"])
    part = Part(Stage.OUTPUT, "response.content", row["answer"], "assistant")
    return [item for item in filter_.scan(part, exchange) if isinstance(item, Finding)]


def _compare_spans(row: Mapping[str, Any], findings: Iterable[Finding]) -> tuple[int, int, int, int]:
    wanted = {place for span in row["spans"] for place in range(span["start"], span["end"])}
    marked = {place for item in findings if item.score >= CUT for place in range(item.start, item.end)}
    return len(wanted & marked), len(marked), len(wanted), len(row["answer"])


def overlap(answer: str, sources: str) -> float:
    """The longest common subsequence of terms, as a share of the answer's terms.

    Bit-parallel (Hyyrö 2004): one step per term of the sources on a whole number as wide as the answer.
    """
    said = [term.form for term in terms(answer)]
    if not said:
        return 1.0
    masks: defaultdict[str, int] = defaultdict(int)
    for place, form in enumerate(said):
        masks[form] |= 1 << place
    full = (1 << len(said)) - 1
    row = full
    for term in terms(sources):
        met = row & masks.get(term.form, 0)
        row = ((row + met) | (row - met)) & full
    return (len(said) - row.bit_count()) / len(said)


def _line(name: str, language: str, scores: Scores) -> str:
    marks = (name, language, str(len(scores.labels)), str(sum(scores.labels)))
    if len(set(scores.labels)) < 2:
        middle = ["–"] * 4
        baselines = ["–", "–"]
    else:
        low, high = bootstrap(scores.labels, scores.rule)
        middle = [
            f"{_area(scores.labels, scores.rule):.2f}",
            f"{low:.2f} to {high:.2f}",
            f"{balanced_accuracy(scores.labels, scores.rule, CUT):.2f}",
            f"{max(balanced_accuracy(scores.labels, scores.rule, cut) for cut in set(scores.rule)):.2f}",
        ]
        baselines = [f"{_area(scores.labels, column):.2f}" for column in (scores.overlap, scores.length)]
    return "| " + " | ".join([*marks, *middle, *_span_cells(scores), *baselines]) + " |"


def _span_cells(scores: Scores) -> tuple[str, str]:
    if not scores.spans:
        return "–", "–"
    right, marked, wanted, total = (sum(column) for column in zip(*scores.spans, strict=True))
    return f"{2 * right / ((marked + wanted) or 1):.2f}", f"{2 * wanted / ((total + wanted) or 1):.2f}"


def _area(labels: Sequence[int], scores: Sequence[float]) -> float:
    return roc_auc(np.array(labels, dtype=bool), np.array(scores))


def balanced_accuracy(labels: Sequence[int], scores: Sequence[float], cut: float) -> float:
    """The mean of the shares of hallucinated and of supported answers that are told rightly."""
    positives = sum(labels)
    caught = sum(1 for label, score in zip(labels, scores, strict=True) if label and score >= cut)
    left = sum(1 for label, score in zip(labels, scores, strict=True) if not label and score < cut)
    return (caught / positives + left / (len(labels) - positives)) / 2


def bootstrap(labels: Sequence[int], scores: Sequence[float], rounds: int = 200) -> tuple[float, float]:
    """The 95 % interval of the ROC-AUC when the answers are drawn again with replacement."""
    draw = random.Random(11)
    numbers = range(len(labels))
    areas: list[float] = []
    while len(areas) < rounds:
        picked = draw.choices(numbers, k=len(labels))
        chosen = [labels[number] for number in picked]
        if len(set(chosen)) == 2:
            areas.append(_area(chosen, [scores[number] for number in picked]))
    areas.sort()
    return areas[int(0.025 * rounds)], areas[int(0.975 * rounds) - 1]


if __name__ == "__main__":
    raise SystemExit(main())
