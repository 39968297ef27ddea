"""Gathers what finding names is learnt from: hand-written texts and public sets that may feed weights.

Public rows come only from sets whose licence permits it (`use` = train in the manifest), never from rows
that their publisher marked as test, nor as dev where there are others.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from guard.errors import GuardError
from guard.train.corpus import MEASURED, entries
from guard.train.name_data import chinese_places, countries, words
from guard.train.name_maker import ADDRESS, LOCATION, ORGANISATION, PERSON, Mark, Marked

REPORTED = "presidio_generated"
"""The set that results are reported on: never read here, whatever the manifest says."""

SETS: Mapping[str, Mapping[str, int]] = {
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

ELSEWHERE: Mapping[str, Mapping[str, int]] = {
    "german_ler_dev_test": {
        "PER": PERSON,
        "RR": PERSON,
        "AN": PERSON,
        "ST": LOCATION,
        "LD": LOCATION,
        "LDS": LOCATION,
        "STR": ADDRESS,
        "ORG": ORGANISATION,
        "UN": ORGANISATION,
        "INN": ORGANISATION,
        "GRT": ORGANISATION,
    },
    "klue_ner_ko_dev": {"PS": PERSON, "LC": LOCATION, "OG": ORGANISATION},
}
"""Sets in languages that the tagger does not cover, for the encoder."""

PLAIN: Sequence[tuple[str, str, str, int]] = (
    ("grounding", "uhgeval", "context", 9000),
    ("grounding", "halluqa_zh", "question", 800),
    ("moderation", "belle_zh", "text", 800),
    ("moderation", "cold_train_dev", "text", 1200),
    ("grounding", "halueval", "context", 3500),
    ("moderation", "xquad_benign", "text", 1200),
)
"""Area, set, field and most rows of unmarked text, which the first round of training marks itself."""

PLACE = Path(__file__).parent / "names"
WRITTEN = "written"
LETTERS: Mapping[str, int] = {"p": PERSON, "l": LOCATION, "a": ADDRESS, "o": ORGANISATION}
"""What stands behind a marked name in a hand-written text, as in `[Oslo|l]`."""
_CODES = {
    "chinese": "zh", "dutch": "nl", "english": "en", "french": "fr", "german": "de", "italian": "it",
    "polish": "pl", "portuguese": "pt", "russian": "ru", "spanish": "es",
}  # fmt: skip
_MARK = re.compile(r"\[([^\[\]|]+)\|([plao])\]")

LONGEST = 400
"""Characters of a row of unmarked text."""


def is_held(text: str) -> bool:
    """Whether a text is kept back, one in twenty, to choose settings and to calibrate."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=1).digest()[0] % 20 == 0


def written(place: Path = PLACE) -> Iterator[Marked]:
    """The hand-written texts. Raises `GuardError` where a mark is not well formed."""
    for path in sorted(place.glob("*.yaml")):
        for text in yaml.safe_load(path.read_text(encoding="utf-8")):
            yield unbracket(text, path.stem)


def unbracket(text: str, stem: str) -> Marked:
    """A text without its brackets, and the names that stood in them; `stem` begins with the language."""
    plain, marks, seen = "", [], 0
    for found in _MARK.finditer(text):
        plain += text[seen : found.start()]
        marks.append((len(plain), len(plain) + len(found[1]), LETTERS[found[2]]))
        plain, seen = plain + found[1], found.end()
    plain += text[seen:]
    if re.search(r"[\[\]|]", plain):
        raise GuardError(f"{stem}.yaml: a name that is marked wrong in: {text}")
    return Marked(plain, tuple(marks), f"{WRITTEN}/{stem}", _CODES[stem.partition("_")[0]])


def marked(data: Path, sets: Mapping[str, Mapping[str, int]] = SETS) -> Iterator[Marked]:
    """Rows of public sets with marked names."""
    for name, kinds in sets.items():
        for row in _rows(data, "pii", name):
            text = row["text"]
            marks = [
                (span["start"], span["end"], _kind(text[span["start"] : span["end"]], kinds[span["label"]]))
                for span in row["spans"]
                if span["label"] in kinds
            ]
            if _is_clean(name, text, marks):
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
    """The rows of which a tagger and the lists of places leave no doubt, with the names that they found.

    A listed place is one unless the tagger is sure of something longer there. Rows without any name are
    left out: a tagger that misses names would teach that there are none.
    """
    seen = set()
    for row in rows:
        found = tag(row.text)
        marks = [(start, end, kind) for start, end, kind, chance in found if chance >= sure]
        marks += [place for place in listed(row.text) if not any(_touch(place, mark) for mark in marks)]
        doubtful = [(start, end, kind) for start, end, kind, chance in found if 1 - sure < chance < sure]
        in_doubt = any(not any(_touch(mark, other) for other in marks) for mark in doubtful)
        if marks and not in_doubt and row.text not in seen:
            seen.add(row.text)
            yield Marked(row.text, tuple(apart(marks)), f"{row.source}, marked", row.lang)


def listed(text: str) -> list[Mark]:
    """The places in a text that the lists of Chinese cities and of countries name."""
    return [(*found.span(), LOCATION) for found in _places().finditer(text)]


def _touch(left: Mark, right: Mark) -> bool:
    return left[0] < right[1] and right[0] < left[1]


@functools.cache
def _places() -> re.Pattern[str]:
    chinese = [*chinese_places(), *words("zh", "countries"), *words("zh", "cities")]
    latin = [rf"\b{re.escape(name)}\b" for name in [*countries(), *words("en", "cities")]]
    names = sorted({name for name in chinese if len(name) > 1}, key=len, reverse=True)
    return re.compile("|".join([*names, *sorted(latin, key=len, reverse=True)]))


def _rows(data: Path, area: str, name: str) -> Iterator[dict[str, Any]]:
    path = data / area / f"{name}.jsonl.gz"
    allowed = {(entry.area, entry.name) for entry in entries(data) if entry.use == "train"}
    if (area, name) not in allowed or name == REPORTED or not path.exists():
        return
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    # Rows marked as dev are learnt from only where a set has none to train on.
    spared = MEASURED if any(row.get("split") not in MEASURED for row in rows) else {"test"}
    yield from (row for row in rows if row.get("split") not in spared)


def _kind(value: str, kind: int) -> int:
    """A place with a number in it is an address."""
    is_address = kind == LOCATION and re.search(r"\d", value) and len(value.split()) > 1
    return ADDRESS if is_address else kind


def _is_clean(name: str, text: str, marks: Sequence[Mark]) -> bool:
    """Whether a row is ordinary text, not one letter after the other, and its addresses marked whole."""
    has_pieces = name == "ambientmeta_pii_benchmark" and any(kind == ADDRESS for *_, kind in marks)
    return not has_pieces and not re.search(r"(?:\S ){8}", text[:200])


def _pieces(field: Any) -> Iterator[str]:
    for paragraph in field if isinstance(field, list) else [field]:
        for piece in str(paragraph or "").split("\n"):
            if 4 <= len(piece.strip()) <= LONGEST:
                yield piece.strip()
