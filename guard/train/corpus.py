"""Gathers training rows from the folder of public sets: mapped, deduplicated, capped, split.

A folder holds `manifest.csv` and `AREA/NAME.jsonl.gz`. Only sets whose manifest row says `use` = train
feed weights, and of those no row that its publisher marked as test or dev. No text that stands in any
set or split kept for measuring, or in the project's own sets, is trained on, and no attack that holds most
of one that is measured.
"""

from __future__ import annotations

import csv
import functools
import gzip
import hashlib
import json
import logging
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from guard.errors import GuardError
from guard.models.ngram import WINDOW
from guard.policy.shipped import shipped_set
from guard.text.fingerprint import fingerprint
from guard.text.overlap import Kept
from guard.train import mapping
from guard.train.generate import EVERYDAY, HARMLESS, LOOKALIKE, generate

log = logging.getLogger(__name__)

MEASURED = frozenset({"test", "dev", "validation"})
GENERATED = "generated"
ATTACKS = frozenset(
    {"agt_injection_smoke", "goalpriority_templates", "promptshield_train", "promptshield_validation",
     "qualifire_prompt_injections", "s_eval_attack_small", "tensor_trust", "tensor_trust_leak_detection"}
)  # fmt: skip
"""Sets by which attacks on the instructions are measured, in whole or in part."""


@dataclass(frozen=True, slots=True)
class Row:
    """One text to learn from: where it comes from, and what it says, by head."""

    text: str
    source: str
    lang: str
    targets: Mapping[str, bool]
    part: str = "train"
    """`train`, or `held` for rows kept back to calibrate, or `report` for rows kept back to measure."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the manifest that matters here."""

    area: str
    name: str
    use: str
    licence: str
    origin: str


def entries(data: Path) -> list[Entry]:
    """The sets that the manifest lists; raises `GuardError` when there is none to read.

    Those whose files are missing are named in one warning.
    """
    try:
        with (data / "manifest.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        found = [Entry(row["area"], row["name"], row["use"], row["licence"], row["source"]) for row in rows]
    except (OSError, KeyError, ValueError) as error:
        raise GuardError(f"{data}: no folder of labelled sets ({error})") from None
    _tell_missing(data, tuple(f"{one.area}/{one.name}" for one in found if not _path(data, one).exists()))
    return found


@functools.cache
def _tell_missing(data: Path, names: tuple[str, ...]) -> None:
    """Warns once."""
    if names:
        log.warning(
            "%s: its manifest lists sets that are not there, and are left out: %s", data, ", ".join(names)
        )


def read(data: Path, entry: Entry) -> Iterator[dict[str, Any]]:
    """The rows of one set; a set that the manifest lists but the folder lacks has none."""
    path = _path(data, entry)
    if path.exists():
        yield from rows_of(path)


def rows_of(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a file; raises `GuardError` where it cannot be read."""
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for line in file:
                yield json.loads(line)
    except (OSError, EOFError, zlib.error, ValueError) as error:
        raise GuardError(f"{path}: not a set of labelled rows, or damaged ({error})") from None


def _path(data: Path, entry: Entry) -> Path:
    return data / entry.area / f"{entry.name}.jsonl.gz"


def data_sha256(data: Path) -> str:
    """The checksum of what a model was made from: of the manifest, and of the files that it lists and that
    are there, in its order."""
    paths = [data / "manifest.csv", *(_path(data, entry) for entry in entries(data))]
    whole = hashlib.sha256()
    for path in paths:
        if path.exists():
            whole.update(f"{path.relative_to(data).as_posix()} {_sha256(path)}\n".encode())
    return whole.hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_measured(entry: Entry, row: Mapping[str, Any]) -> bool:
    """Whether a row is for measuring only."""
    return entry.use != "train" or row.get("split") in MEASURED


def is_generated(row: Row) -> bool:
    """Whether a row was written by the project."""
    return row.source.startswith(f"{GENERATED}/")


def is_harmless(row: Row) -> bool:
    """Whether a row comes from a source that is innocent as a whole."""
    return row.source in _INNOCENT or mapping.is_harmless(row.source)


_INNOCENT = frozenset(f"{GENERATED}/{kind}" for kind in (HARMLESS, EVERYDAY, LOOKALIKE))


def part_of(mark: bytes) -> str:
    """Which rows of a set without published splits are kept back: one in twenty each."""
    return {0: "held", 1: "report"}.get(mark[0] % 20, "train")


def own_texts() -> Iterator[str]:
    """Every text of the project's small labelled sets, those of conversations too."""
    for path in sorted(shipped_set("must_pass").parents[1].glob("*/data.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            found = [row.get(key) for key in ("text", "question", "answer")]
            found += [message.get("content") for message in row.get("messages", ())]
            yield from (text for text in found if isinstance(text, str) and text.strip())


class Measured:
    """What is kept for measuring: in the public sets, and in the project's own."""

    def __init__(self, data: Path) -> None:
        self.marks = set(map(fingerprint, own_texts()))
        attacks = []
        for entry in _moderation(data):
            for row in read(data, entry):
                if is_measured(entry, row):
                    self.marks |= {fingerprint(text) for text in (row["text"], row.get("response")) if text}
                    if entry.name in ATTACKS and row["label"] == "unsafe":
                        attacks.append(row["text"])
        self._attacks = Kept(attacks)

    def has(self, row: Row) -> bool:
        """Whether a row's text stands there, or is an attack that holds most of one that does."""
        is_attack = any(row.targets.get(label) for label in mapping.INJECTION)
        return fingerprint(row.text) in self.marks or (is_attack and self._attacks.is_repeated(row.text))


def _moderation(data: Path) -> list[Entry]:
    return [entry for entry in entries(data) if entry.area == "moderation"]


def gather(data: Path, *, cap: int, caps: Mapping[str, int], seed: int) -> list[Row]:
    """All rows to train, calibrate and report on.

    `cap` bounds the rows of one set, language and label; `caps` gives some sets a bound of their own. A
    long text is cut into pieces of one window, as the model judges it.
    """
    measured = Measured(data)
    seen: set[bytes] = set()
    counts: Counter[tuple[str, str, bool]] = Counter()
    rows: list[Row] = []
    for row in _candidates(data, seed):
        mark = fingerprint(row.text)
        key = (row.source, row.lang, any(row.targets.values()))
        if not row.targets or mark in seen or counts[key] >= caps.get(row.source, cap) or measured.has(row):
            continue
        seen.add(mark)
        counts[key] += 1
        rows += _windows(replace(row, part=part_of(mark)))
    return rows


def _candidates(data: Path, seed: int) -> Iterator[Row]:
    found = list(public(data))
    for text in generate(documents(found), seed):
        yield Row(text.text, f"{GENERATED}/{text.kind}", text.lang, text.targets)
    yield from sorted(found, key=lambda row: fingerprint(row.text + row.source))
    yield from questions(data)


def public(data: Path, focus: int = WINDOW) -> Iterator[Row]:
    """The rows of the moderation sets that may be trained on, duplicates and all.

    Of a longer text in which a set says where an order is planted, the `focus` characters that hold it.
    """
    for entry in _moderation(data):
        sense = mapping.sense(entry.name)
        if sense is None or entry.use != "train":
            continue
        for row in read(data, entry):
            if is_measured(entry, row):
                continue
            text = _focus(row, row.get(sense.text) or "", focus)
            if text.strip():
                yield Row(text, entry.name, row["lang"], sense.targets(row))
            yield from _request(entry.name, row)


def _focus(row: Mapping[str, Any], text: str, size: int) -> str:
    """The characters that hold the planted order, where the set says where that is; else the whole text."""
    names = mapping.categories_of(row)
    if len(text) <= size or not any(name.startswith("position:") for name in names):
        return text
    if "position:middle" in names:
        return ""
    return text[:size] if "position:start" in names else text[-size:]


def _request(name: str, row: Mapping[str, Any]) -> Iterator[Row]:
    sense = mapping.request_sense(name)
    if sense is not None:
        targets = sense.targets({**row, "label": "unsafe"})
        yield Row(row["text"], f"{name}/request", row["lang"], targets)


def documents(rows: list[Row], each: int = 1500) -> dict[str, list[str]]:
    """Innocent passages to plant instructions in, by language."""
    found: dict[str, list[str]] = {"zh": [], "en": []}
    for row in rows:
        if row.source in _HOSTS and row.lang in found and len(row.text) < WINDOW:
            found[row.lang].append(row.text)
    return {lang: sorted(texts, key=fingerprint)[:each] for lang, texts in found.items()}


_HOSTS = frozenset({"xquad_benign", "writingbench", "dolly_subset", "belle_zh", "agentdojo_user_tasks"})


def questions(data: Path) -> Iterator[Row]:
    """Questions and news out of the grounding sets: innocent, and Chinese ones are dear."""
    targets = dict.fromkeys(mapping.LABELS, False)
    for entry in entries(data):
        if entry.area != "grounding" or entry.use != "train":
            continue
        field = "question" if entry.name in mapping.GROUNDING_QUESTIONS else "answer"
        if field == "answer" and entry.name not in mapping.GROUNDING_TEXTS:
            continue
        for row in read(data, entry):
            if row.get("split") != "test" and isinstance(row.get(field), str) and row[field].strip():
                yield Row(row[field], entry.name, row["lang"], targets)


def _windows(row: Row) -> Iterator[Row]:
    """The row in pieces of one window; of a harmful text only the first, where its point mostly is."""
    pieces = [row.text[start : start + WINDOW] for start in range(0, max(len(row.text), 1), WINDOW)]
    if len(pieces) > 1 and len(pieces[-1]) < WINDOW // 4:
        pieces.pop()
    for piece in pieces[:1] if any(row.targets.values()) else pieces[:4]:
        yield replace(row, text=piece)
