"""Measures the model-backed filters per set and language, on sets that never feed weights.

    python -m guard.evaluate.benchmark --data DIR [--filter harm injection] [--markdown docs/quality.md]

DIR holds `manifest.csv` and `moderation/NAME.jsonl.gz`. Measured are the sets that the manifest marks `dev`,
and of the others the rows that their publisher marked as test or dev. A text's overall score is the highest
over the filter's labels; in sets of answers the answer is judged, else the text. With `--markdown` the
tables replace what stands between the markers of that page.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import random
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from guard.errors import GuardError, InputError
from guard.evaluate.metric import Quality, cut_at, measure
from guard.registry import HIT_SCORE, Filter, create
from guard.types import Exchange, Finding, Part

BEGIN = "<!-- generated: {} -->"
END = "<!-- end: {} -->"

FILTERS = ("harm", "injection")
LIMIT = 3000
"""Rows of one set and language, drawn at random."""
LEAST = 50
"""Fewest rows of a set and language that make a row of the table."""

RATES = (0.005, 0.01)

EVERYDAY = {
    "zh": ("alpaca_demo_zh", "alignbench_zh", "zh_exam_questions", "wildchat_benign_sample"),
    "en": (
        "alpaca_demo_en",
        "refusal_direction_harmless",
        "promptshield_eval_benign",
        "wildchat_benign_sample",
    ),
}
"""Innocent prompts of everyday use, by language: what a threshold must let through."""

HOLD_ATTACKS = frozenset({"promptshield_eval_benign", "wildchat_benign_sample"})
"""Sets called benign that were sampled from real traffic, jailbreaks and all: no measure for `injection`."""

NO_HARM = frozenset(
    {"promptshield_train", "promptshield_validation", "qualifire_prompt_injections", "tensor_trust",
     "tensor_trust_leak_detection", "agt_injection_smoke", "goalpriority_templates"}
)  # fmt: skip
"""Sets whose labels speak of injections only."""

ORDERS = NO_HARM | {"s_eval_attack_small", "bipia_train"}
"""Sets with attacks on the instructions in them."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The rows of one set in one language, as texts with their truth."""

    name: str
    lang: str
    texts: tuple[str, ...]
    truth: np.ndarray


def main(arguments: Sequence[str] | None = None) -> int:
    """Reads the arguments, measures, prints or writes; returns the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with manifest.csv and the sets")
    parser.add_argument("--filter", nargs="+", default=list(FILTERS), choices=FILTERS, help="what to measure")
    parser.add_argument("--sets", nargs="*", default=[], help="only these sets")
    parser.add_argument("--limit", type=int, default=LIMIT, help="rows of one set and language")
    parser.add_argument("--markdown", type=Path, help="page to write the tables into, between its markers")
    chosen = parser.parse_args(arguments)
    try:
        samples = list(read(chosen.data, chosen.sets, chosen.limit))
        for filter_id in chosen.filter:
            page = "\n".join(tables(filter_id, samples))
            if chosen.markdown:
                replace(chosen.markdown, filter_id, page)
            else:
                sys.stdout.write(page + "\n")
    except GuardError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def read(data: Path, only: Sequence[str] = (), limit: int = LIMIT) -> Iterator[Sample]:
    """The samples to measure on, by set and language; raises `InputError` without a manifest."""
    for name, use in _sets(data):
        path = data / "moderation" / f"{name}.jsonl.gz"
        if (only and name not in only) or not path.exists():
            continue
        by_lang = defaultdict(list)
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for row in map(json.loads, file):
                if row["kind"] != "lexicon" and (use != "train" or row.get("split") in ("test", "dev")):
                    by_lang[row["lang"]].append(row)
        for lang, rows in sorted(by_lang.items()):
            if len(rows) >= LEAST:
                yield _sample(name, lang, rows, limit)


def _sets(data: Path) -> list[tuple[str, str]]:
    try:
        with (data / "manifest.csv").open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["area"] == "moderation"]
    except (OSError, KeyError):
        raise InputError(f"{data}: no folder of labelled sets (it needs a manifest.csv)") from None
    return [(row["name"], row["use"]) for row in rows]


def _sample(name: str, lang: str, rows: list[Mapping[str, Any]], limit: int) -> Sample:
    if len(rows) > limit:
        rows = random.Random(name).sample(rows, limit)
    texts = tuple(_text(row) for row in rows)
    return Sample(name, lang, texts, np.array([row["label"] == "unsafe" for row in rows]))


def _text(row: Mapping[str, Any]) -> str:
    return str((row.get("response") or row["text"]) if row["kind"] == "response" else row["text"])


def overall(judge: Filter, texts: Iterable[str]) -> np.ndarray:
    """The highest score of any label, for each text, [texts]."""
    exchange = Exchange()
    scores = []
    for text in texts:
        found = judge.scan(Part(judge.stages[0], "text", text), exchange)
        scores.append(max((item.score for item in found if isinstance(item, Finding)), default=0.0))
    return np.array(scores)


def tables(filter_id: str, samples: Sequence[Sample]) -> Iterator[str]:
    """The filter's tables in Markdown: thresholds on everyday prompts, then a row per set and language."""
    judge = create(filter_id)
    judge.load()
    asked = [sample for sample in samples if _is_asked(filter_id, sample)]
    scores = {(sample.name, sample.lang): overall(judge, sample.texts) for sample in asked}
    everyday = {lang: _everyday(filter_id, scores, lang) for lang in EVERYDAY}
    known = [found for found in everyday.values() if len(found)]
    cuts = {rate: max(cut_at(found, rate) for found in known) for rate in RATES} if known else {}
    if cuts:
        yield from _cut_table(cuts, everyday)
    yield from _quality_table(asked, scores, cuts.get(RATES[0], HIT_SCORE))


def _is_asked(filter_id: str, sample: Sample) -> bool:
    """Whether a set speaks of what the filter finds; sets of innocent rows are asked of both."""
    if not sample.truth.any():
        return True
    return sample.name in ORDERS if filter_id == "injection" else sample.name not in NO_HARM


def _everyday(filter_id: str, scores: Mapping[tuple[str, str], np.ndarray], lang: str) -> np.ndarray:
    names = [name for name in EVERYDAY[lang] if filter_id != "injection" or name not in HOLD_ATTACKS]
    found = [scores[name, lang] for name in names if (name, lang) in scores]
    return np.concatenate(found) if found else np.array([])


def _cut_table(cuts: Mapping[float, float], everyday: Mapping[str, np.ndarray]) -> Iterator[str]:
    yield (
        "| everyday prompts flagged, at most | threshold | "
        + " | ".join(f"{lang}: flagged of {len(found)}" for lang, found in everyday.items())
        + " |"
    )
    yield "| --- | ---: |" + " ---: |" * len(everyday)
    for rate, cut in cuts.items():
        shares = [f"{(found >= cut).mean():.2%}" if len(found) else "" for found in everyday.values()]
        yield f"| {rate:.1%} | {cut:.3f} | " + " | ".join(shares) + " |"
    yield ""


def _quality_table(
    samples: Iterable[Sample], scores: Mapping[tuple[str, str], np.ndarray], cut: float
) -> Iterator[str]:
    yield (
        f"| set | language | texts | unsafe | average precision | ROC-AUC | 95 % interval | recall at 1 % "
        f"false positives | F1 at {cut:.3f} | flagged at {cut:.3f} |"
    )
    yield "| --- | --- |" + " ---: |" * 8
    for sample in samples:
        quality = measure(sample.truth, scores[sample.name, sample.lang], cut)
        yield f"| {sample.name} | {sample.lang} | " + " | ".join(_cells(quality)) + " |"


def _cells(quality: Quality) -> Iterator[str]:
    yield str(quality.rows)
    yield str(quality.positives)
    yield from (_number(value) for value in (quality.average_precision, quality.roc_auc))
    yield "" if quality.interval is None else "{:.3f} to {:.3f}".format(*quality.interval)
    yield from (_number(value) for value in (quality.recall_at_1, quality.f1, quality.flagged))


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def replace(page: Path, name: str, text: str) -> None:
    """Puts text between a page's markers; raises `InputError` when it has none of that name."""
    begin, end = BEGIN.format(name), END.format(name)
    try:
        before, _, rest = page.read_text(encoding="utf-8").partition(begin)
    except OSError as error:
        raise InputError(f"{page}: {error.strerror or error}") from None
    _, found, after = rest.partition(end)
    if not found:
        raise InputError(f"{page}: the markers {begin} and {end} are missing")
    page.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
