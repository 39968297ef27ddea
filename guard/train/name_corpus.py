"""Gathers what the name tagger learns from: generated texts and public sets that may feed weights.

Public rows come only from sets whose licence permits it (`use` = train in the manifest) and never from
rows that their publisher marked as dev or test.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from guard.train.corpus import MEASURED, entries
from guard.train.name_data import ADDRESS, LOCATION, ORGANISATION, PERSON, Mark, Marked

REPORTED = "presidio_generated"
"""The set that results are reported on: never read here, whatever the manifest says."""

_SETS: Mapping[str, Mapping[str, int]] = {
    "wnut17_en": {"person": PERSON, "location": LOCATION, "corporation": ORGANISATION, "group": ORGANISATION},
    "ambientmeta_pii_benchmark": {"PERSON": PERSON, "LOCATION": LOCATION, "ORGANIZATION": ORGANISATION},
    "nannigalaxy_pii_nano": {"PERSON": PERSON, "ORG": ORGANISATION, "ORGANIZATION": ORGANISATION},
    "stockmark_ner_ja": {
        "人名": PERSON,
        "地名": LOCATION,
        "法人名": ORGANISATION,
        "政治的組織名": ORGANISATION,
        "その他の組織名": ORGANISATION,
    },
}
"""Sets with marked names, and what their labels mean here."""

PLAIN: Sequence[tuple[str, str, str, int]] = (
    ("grounding", "uhgeval", "context", 6000),
    ("grounding", "halluqa_zh", "question", 800),
    ("moderation", "belle_zh", "text", 800),
    ("moderation", "cold_train_dev", "text", 1200),
    ("grounding", "halueval", "context", 2500),
    ("moderation", "xquad_benign", "text", 1200),
)
"""Area, set, field and most rows of unmarked text, which the first round of training marks itself."""

LONGEST = 400
"""Characters of a row of unmarked text."""


def is_held(text: str) -> bool:
    """Whether a text is kept back, one in twenty, to choose settings and to calibrate."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=1).digest()[0] % 20 == 0


def marked(data: Path) -> Iterator[Marked]:
    """Rows of the public sets with marked names."""
    for name, kinds in _SETS.items():
        for row in _rows(data, "pii", name):
            text = row["text"]
            marks = [
                (span["start"], span["end"], _kind(text[span["start"] : span["end"]], kinds[span["label"]]))
                for span in row["spans"]
                if span["label"] in kinds
            ]
            if _is_clean(text):
                yield Marked(text, tuple(apart(marks)), name, row["lang"])


def unmarked(data: Path) -> Iterator[Marked]:
    """Rows of plain Chinese and English text."""
    for area, name, field, most in PLAIN:
        count = 0
        for row in _rows(data, area, name):
            if row["lang"] not in ("zh", "en"):
                continue
            for piece in _pieces(row.get(field)):
                if count < most:
                    count += 1
                    yield Marked(piece, (), name, row["lang"])


def apart(marks: Sequence[Mark]) -> list[Mark]:
    """The marks in order, without those that overlap an earlier one."""
    kept: list[Mark] = []
    for mark in sorted(marks):
        if not kept or mark[0] >= kept[-1][1]:
            kept.append(mark)
    return kept


def mark_by(
    tag: Callable[[str], list[tuple[int, int, int, float]]], rows: Sequence[Marked], sure: float
) -> Iterator[Marked]:
    """The rows of which a tagger is sure all through, with the names that it found."""
    seen = set()
    for row in rows:
        found = tag(row.text)
        if row.text in seen or any(1 - sure < chance < sure for *_, chance in found):
            continue
        seen.add(row.text)
        marks = tuple((start, end, kind) for start, end, kind, chance in found if chance >= sure)
        yield Marked(row.text, marks, f"{row.source}, marked by the first round", row.lang)


def _rows(data: Path, area: str, name: str) -> Iterator[dict[str, Any]]:
    path = data / area / f"{name}.jsonl.gz"
    allowed = {(entry.area, entry.name) for entry in entries(data) if entry.use == "train"}
    if (area, name) not in allowed or name == REPORTED or not path.exists():
        return
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if row.get("split") not in MEASURED:
                yield row


def _kind(value: str, kind: int) -> int:
    """A place with a number in it is an address."""
    is_address = kind == LOCATION and re.search(r"\d", value) and len(value.split()) > 1
    return ADDRESS if is_address else kind


def _is_clean(text: str) -> bool:
    """Whether a row is ordinary text, and not one letter after the other."""
    return not re.search(r"(?:\S ){8}", text[:200])


def _pieces(field: Any) -> Iterator[str]:
    for paragraph in field if isinstance(field, list) else [field]:
        for piece in str(paragraph or "").split("\n"):
            if 4 <= len(piece.strip()) <= LONGEST:
                yield piece.strip()
