"""The labelled answers that the grounding filter is measured on, none of which a weight was made from.

Measured are all rows of the sets that the manifest marks `dev`. Of the others, those that neither tier learnt
from: a set of `LEARNT` is read where its publisher marked rows as test (or as dev, where there are rows to
train on beside them), a set of `FITTED` in those rows and in the fifth that the rule's weights were not
fitted on.
"""

from __future__ import annotations

import hashlib
import json
import random
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from guard.errors import InputError
from guard.evaluate.sample import rows_of, uses

AREA = "grounding"
LEARNT = frozenset(
    {
        "halueval",
        "uhgeval",
        "begin",
        "faithdial_audit",
        "q2_wow",
        "bamboo_hallu",
        "wice_claims",
        "wice_tokens",
    }
)
"""Sets that feed the encoder's weights, the same as in `guard.train.pair`."""
FITTED = frozenset({"faithdial_audit", "halluqa_zh", "q2_wow", "uhgeval"})
"""Sets that feed the rule's weights, the same as in `guard.train.grounding_rule`."""
UNFIT = frozenset({"evouna_answer_correctness"})
"""Sets whose context is the short right answer, so that it cannot bear a whole sentence out."""
LINES = frozenset({"wice_claims", "wice_tokens"})
"""Sets whose context lists the lines of one document."""
WIKI_BIO = "wiki_bio_gpt3_half"
"""Passages whose sentences are labelled, each with other samples of the same prompt as sources."""
MEASURED = frozenset({"test", "dev", "validation"})
"""What a publisher calls the rows that are for measuring."""
SEED = 7

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Labelled:
    """An answer with its sources and what is wrong with it."""

    sources: tuple[str, ...]
    question: str
    text: str
    is_wrong: bool
    spans: tuple[Span, ...] | None = None
    """The characters that are wrong; None where that is not known."""
    sentences: tuple[tuple[Span, bool], ...] = ()
    """Sentences and whether each is wrong, where these are labelled."""

    @property
    def key(self) -> str:
        """What answers of a set are told apart by."""
        whole = json.dumps([self.sources, self.question, self.text]).encode()
        return hashlib.blake2b(whole, digest_size=12).hexdigest()


@dataclass(frozen=True, slots=True)
class Group:
    """The answers of one set, language and task."""

    name: str
    lang: str
    task: str
    learnt: str
    """What was learnt from other rows of the set, for the table."""
    rows: list[Labelled] = field(default_factory=list)


def groups(data: Path, only: Sequence[str] = (), limit: int = 600) -> Iterator[Group]:
    """The answers to measure on, at most `limit` of a set, drawn by seed.

    Raises `InputError` without a manifest, and for a set that is not there.
    """
    known = uses(data, AREA)
    if strange := set(only) - known.keys() - {WIKI_BIO}:
        raise InputError(f"{data}: no set {', '.join(sorted(strange))} in {AREA}")
    for name, use in sorted(known.items()):
        path = data / AREA / f"{name}.jsonl.gz"
        if (only and name not in only) or name in UNFIT:
            continue
        if not path.exists():
            if only:
                raise InputError(f"{path}: no such file")
            continue
        found: dict[tuple[str, str], Group] = {}
        rows = [row for row in rows_of(path) if _is_labelled(row)]
        for row in draw(unseen(name, use, rows), limit):
            at = str(row["lang"]), str(row.get("task") or "other")
            group = found.setdefault(at, Group(name, *at, learnt(name, use, rows)))
            group.rows.append(labelled(name, row))
        for at in sorted(found):
            yield found[at]


def draw(rows: Sequence[Mapping[str, Any]], limit: int) -> list[Mapping[str, Any]]:
    """At most `limit` of the rows, the same for the same rows, in their order."""
    if len(rows) <= limit:
        return list(rows)
    return [rows[place] for place in sorted(random.Random(SEED).sample(range(len(rows)), limit))]


def unseen(name: str, use: str, rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The rows of a set that no weight was made from."""
    kept = list(rows)
    if use == "train":
        for kinds, spared in ((LEARNT, _unlearnt), (FITTED, _unfitted)):
            if name in kinds:
                own = {id(row) for row in spared(rows)}
                kept = [row for row in kept if id(row) in own]
    return kept


def learnt(name: str, use: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """Which tiers learnt from other rows of the set."""
    tiers = [
        tier
        for tier, sets, spared in (("rule", FITTED, _unfitted), ("encoder", LEARNT, _unlearnt))
        if use == "train" and name in sets and len(spared(rows)) < len(rows)
    ]
    return " and ".join(tiers) or "none"


def _unlearnt(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    spared = MEASURED if any(row.get("split") not in MEASURED for row in rows) else {"test"}
    return [row for row in rows if row.get("split") in spared]


def _unfitted(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [
        row for row in rows if row.get("split") in MEASURED or zlib.crc32(str(row["id"]).encode()) % 5 == 0
    ]


def labelled(name: str, row: Mapping[str, Any]) -> Labelled:
    """A row of a set as it is measured."""
    context = row["context"]
    sources = [context] if isinstance(context, str) else list(context)
    if name in LINES:
        sources = ["\n".join(sources).replace("(meta data) ", "")]
    is_wrong = row["label"] == "hallucinated"
    spans = tuple((span["start"], span["end"]) for span in row.get("spans") or ())
    known = spans if spans or not is_wrong else None
    return Labelled(tuple(sources), row.get("question") or "", row["answer"], is_wrong, known)


def _is_labelled(row: Mapping[str, Any]) -> bool:
    return bool(row.get("context") and row.get("answer")) and row["label"] in ("supported", "hallucinated")


def passages(data: Path, limit: int = 600) -> Group | None:
    """The passages of `WIKI_BIO` with their labelled sentences, the samples standing in for sources."""
    path = data / "consistency" / f"{WIKI_BIO}.jsonl.gz"
    if not path.exists():
        return None
    rows = [row for row in rows_of(path) if row.get("samples")]
    return Group(WIKI_BIO, "en", "other", "none", [_passage(row) for row in draw(rows, limit)])


def _passage(row: Mapping[str, Any]) -> Labelled:
    text, place = row["answer"], 0
    sentences: list[tuple[Span, bool]] = []
    for each in row["sentences"]:
        start = text.find(each["text"], place)
        if start >= 0 and each["label"] in ("supported", "hallucinated"):
            place = start + len(each["text"])
            sentences.append(((start, place), each["label"] == "hallucinated"))
    is_wrong = any(wrong for _, wrong in sentences)
    return Labelled(tuple(row["samples"]), "", text, is_wrong, None, tuple(sentences))
