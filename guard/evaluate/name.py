"""Measures how well names are found, and all personal data against Presidio; prints tables for the docs.

    python -m guard.evaluate.name --data FOLDER [--encoder FOLDER] [--out docs/names.md]

Names: strict F1 (place and kind exact) and F1 by characters, on labelled sets in several languages, with
95 % bootstrap intervals over rows, for the encoder, where it has learnt names, beside the tagger. Personal
data: strict spans of the whole `pii` filter with either and of Presidio's default on one generated set,
under one map of labels.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from guard.errors import InputError
from guard.evaluate.identifier import Span, Tally, tally, total
from guard.evaluate.page import publish
from guard.filters.pii import Pii
from guard.models import encoder, presidio, tagger
from guard.models.encoder import Encoder
from guard.models.name import ENTRY, Backend, Classical, Finder, Joint, NameReader
from guard.registry import create
from guard.types import Exchange, Finding, Part, Stage

FIGURES = "figures"
THRESHOLD = 0.5
SEED, SAMPLES = 0, 1000
MOST = 150
"""Rows of a set that are read at most; which ones is fixed by `SEED`."""

KINDS = ("person", "location", "organisation")

SETS: Mapping[str, tuple[str, tuple[str, ...], Mapping[str, str]]] = {
    "peoples_daily_ner_zh": (
        "zh",
        ("dev", "test"),
        {"PER": "person", "LOC": "location", "ORG": "organisation"},
    ),
    "boson_ner_zh": (
        "zh",
        (),
        {
            "person_name": "person",
            "location": "location",
            "org_name": "organisation",
            "company_name": "organisation",
        },
    ),
    "weibo_ner_zh": (
        "zh",
        (),
        {"PER.NAM": "person", "LOC.NAM": "location", "GPE.NAM": "location", "ORG.NAM": "organisation"},
    ),
    "cluener_zh": (
        "zh",
        ("dev",),
        {
            "name": "person",
            "address": "location",
            "scene": "location",
            "company": "organisation",
            "organization": "organisation",
            "government": "organisation",
        },
    ),
    "resume_ner_zh": ("zh", ("dev", "test"), {"NAME": "person", "LOC": "location", "ORG": "organisation"}),
    "multipriv_en_zh": ("zh", (), {"NAME": "person", "ADDRESS": "location"}),
    "multipriv_en_zh (en)": ("en", (), {"NAME": "person", "ADDRESS": "location"}),
    "wnut17_en": (
        "en",
        ("dev", "test"),
        {
            "person": "person",
            "location": "location",
            "corporation": "organisation",
            "group": "organisation",
        },
    ),
    **{
        f"wikineural ({lang})": (lang, (), {"PER": "person", "LOC": "location", "ORG": "organisation"})
        for lang in ("en", "de", "es", "fr", "it", "nl", "pl", "pt", "ru")
    },
    "context_aware_pii_en": (
        "en",
        (),
        {"name": "person", "location": "location", "organization": "organisation"},
    ),
}
"""Sets that no weights are trained on: language, splits (none: all), and what their labels mean here."""

OURS = {
    "pii.person": "person",
    "pii.location": "location",
    "pii.address": "location",
    "pii.cn_address": "location",
    "pii.organisation": "organisation",
}
"""Our labels in the sets' three kinds: these sets know one kind of place only."""

SHARED = {
    "PERSON": "person",
    "GPE": "place",
    "LOCATION": "place",
    "STREET_ADDRESS": "address",
    "ORGANIZATION": "organisation",
    "CREDIT_CARD": "card",
    "EMAIL_ADDRESS": "email",
    "PHONE_NUMBER": "phone",
    "IBAN_CODE": "iban",
    "IP_ADDRESS": "ip",
    "US_SSN": "ssn",
    "DOMAIN_NAME": "url",
    "URL": "url",
    "pii.person": "person",
    "pii.location": "place",
    "pii.address": "address",
    "pii.organisation": "organisation",
    "pii.bank_card": "card",
    "pii.email": "email",
    "pii.phone": "phone",
    "pii.iban_code": "iban",
    "pii.ip": "ip",
    "pii.us_ssn": "ssn",
    "pii.url": "url",
}
"""Labels of the generated set, of Presidio and of ours that mean the same. Left out for all, since no
label of ours or of Presidio's means the same: DATE_TIME, TITLE, AGE, NRP, US_DRIVER_LICENSE, and ZIP_CODE
but as a part of whole addresses."""
NAMED = ("person", "place", "address", "organisation")


def main(argv: Sequence[str] | None = None) -> int:
    """Measures, prints or writes the tables; returns the exit status."""
    parser = argparse.ArgumentParser(prog="guard.evaluate.name", description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with pii/NAME.jsonl.gz")
    parser.add_argument(
        "--encoder", type=Path, help="folder of an encoder to measure in place of the shipped"
    )
    parser.add_argument("--weights", type=Path, default=tagger.SHIPPED, help="the tagger's weights")
    parser.add_argument("--out", type=Path, help="page whose figures are replaced, such as docs/names.md")
    args = parser.parse_args(argv)
    return publish(FIGURES, args.out, lambda: _measure(args))


def _measure(args: argparse.Namespace) -> Iterable[str]:
    found = finders(args.encoder, args.weights)
    return [*report_names(args.data, found), "", *report_filter(args.data, found)]


def finders(folder: Path | None, weights: Path) -> dict[Backend, Finder]:
    """What is measured, as the filter uses it: the tagger, and the encoder with the tagger's places.

    The latter only where the encoder has learnt names or its folder is given.
    """
    chain = Classical(tagger.Tagger.load(weights))
    read = Encoder.load(folder) if folder else encoder.shipped()
    if folder or ENTRY in read.about:
        return {"encoder": Joint(NameReader(read), chain), "classical": chain}
    return {"classical": chain}


def report_names(data: Path, measured: Mapping[Backend, Finder]) -> Iterator[str]:
    """Lines of the table of names by set and kind."""
    yield f"Threshold {THRESHOLD}; at most {MOST} rows per set; in brackets the 95 % bootstrap interval."
    yield ""
    heads = [f"{TITLES[name]}: {head}" for name in measured for head in HEADS]
    yield f"| set | language | kind | names | {' | '.join(heads)} |"
    yield "| --- | --- | --- | ---: |" + " ---: | ---: | --- | --- |" * len(measured)
    for name, (lang, splits, kinds) in SETS.items():
        plain = name.split(" ")[0]
        rows = list(read(data, plain, lang, splits))
        truth = [gold(row, kinds) for row in rows]
        answers = [[found(finder, row["text"]) for row in rows] for finder in measured.values()]
        for kind in KINDS:
            if kind in kinds.values():
                yield line(f"| `{plain}` | {lang} | {kind}", kind, truth, answers)


HEADS = ("precision", "recall", "strict F1", "F1 by characters")
TITLES: Mapping[Backend, str] = {"encoder": "encoder and tagger", "classical": "tagger"}
"""How the tables call the finders."""

Spans = Sequence[Sequence[Span]]
"""Those of each row."""


def line(head: str, kind: str, truth: Spans, answers: Sequence[Spans]) -> str:
    """One row of the table: the names of a kind, and how well each finder found them."""
    names = sum(len(only(spans, kind)) for spans in truth)
    return " | ".join([head, str(names), *(cells(kind, truth, own) for own in answers)]) + " |"


def cells(kind: str, truth: Spans, answers: Spans) -> str:
    """Precision, recall, strict F1 and F1 by characters."""
    pairs = [(only(true, kind), only(said, kind)) for true, said in zip(truth, answers, strict=True)]
    exact = np.array([count(*pair) for pair in pairs])
    chars = np.array([overlap(*pair) for pair in pairs])
    hits, missed, false = exact.sum(axis=0)
    tallied = Tally(int(hits), int(missed), int(false))
    return f"{tallied.precision:.3f} | {tallied.recall:.3f} | {interval(exact)} | {interval(chars)}"


def only(spans: Iterable[Span], kind: str) -> set[Span]:
    """The spans of one kind."""
    return {span for span in spans if span[2] == kind}


def count(truth: set[Span], answer: set[Span]) -> tuple[int, int, int]:
    """Hits, misses and false finds."""
    return len(truth & answer), len(truth - answer), len(answer - truth)


def overlap(truth: set[Span], answer: set[Span]) -> tuple[int, int, int]:
    """The same by characters."""
    true = {place for start, end, _ in truth for place in range(start, end)}
    said = {place for start, end, _ in answer for place in range(start, end)}
    return len(true & said), len(true - said), len(said - true)


def interval(counts: np.ndarray) -> str:
    """F1 and its 95 % bootstrap interval over rows [rows, (hits, missed, false)]."""
    rng = np.random.default_rng(SEED)
    drawn = rng.multinomial(len(counts), np.full(len(counts), 1 / len(counts)), SAMPLES) @ counts
    low, high = np.quantile(_f1(drawn), [0.025, 0.975])
    return f"{float(_f1(counts.sum(axis=0)[None])[0]):.3f} ({low:.3f}–{high:.3f})"


def _f1(counts: np.ndarray) -> np.ndarray:
    hits, missed, false = counts.T
    return np.asarray(2 * hits / np.maximum(2 * hits + missed + false, 1))


def read(data: Path, name: str, lang: str, splits: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Rows of a set in one language; a fixed sample where there are many.

    Raises `InputError` where the set cannot be read.
    """
    path = data / "pii" / f"{name}.jsonl.gz"
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            rows = [json.loads(text) for text in file]
    except (OSError, EOFError, ValueError) as error:
        raise InputError(
            f"{path}: {getattr(error, 'strerror', None) or 'not a gzipped JSONL file'}"
        ) from None
    rows = [row for row in rows if row["lang"] == lang and (not splits or row["split"] in splits)]
    chosen = np.random.default_rng(SEED).permutation(len(rows))[:MOST]
    return (rows[place] for place in sorted(chosen))


def gold(row: Mapping[str, Any], kinds: Mapping[str, str]) -> list[Span]:
    """The labelled names of a row."""
    return [(s["start"], s["end"], kinds[s["label"]]) for s in row["spans"] if s["label"] in kinds]


def found(finder: Finder, text: str) -> list[Span]:
    """The names that a finder finds, above the threshold."""
    return [(s.start, s.end, OURS[s.label]) for s in finder.spans(text) if s.score >= THRESHOLD]


def report_filter(data: Path, measured: Mapping[Backend, Finder]) -> Iterator[str]:
    """Lines of the table of strict spans on the generated set: the filter and Presidio's default."""
    rows = list(read(data, "presidio_generated", "en", ()))
    texts = [row["text"] for row in rows]
    truth = [gold(row, SHARED) for row in rows]
    whole = [joined(gold(row, {**SHARED, "ZIP_CODE": POSTCODE}), row["text"]) for row in rows]
    engine = presidio_default()
    yield f"`presidio_generated`, {len(rows)} rows: precision / recall / **F2** of strict spans."
    yield ""
    columned: list[tuple[str, Callable[[str], list[Span]]]] = [
        (f"`pii`, {TITLES[name]}", pii_finder(finder)) for name, finder in measured.items()
    ]
    for least in (0.35, THRESHOLD):
        columned.append((f"Presidio's default, from {least}", _engine_finder(engine, least)))
    columns, joint, times = [], [], []
    for _, find in columned:
        begun = time.perf_counter()
        answers = [find(text) for text in texts]
        times.append((time.perf_counter() - begun) / len(texts))
        columns.append(tally(zip(truth, answers, strict=True)))
        answers = [joined(spans, text) for spans, text in zip(answers, texts, strict=True)]
        joint.append(tally(zip(whole, answers, strict=True)))
    yield "| label | spans | " + " | ".join(name for name, _ in columned) + " |"
    yield "| --- | ---: |" + " --- |" * len(columned)
    yield from _lines(columns)
    yield from _lines(joint, before="whole addresses: ", only=("address", "**all**"))
    yield "| ms per text | | " + " | ".join(f"{seconds * 1000:.1f}" for seconds in times) + " |"


def joined(spans: Iterable[Span], text: str) -> list[Span]:
    """The spans, with the parts of one address, and places and postcodes behind them, as one address.

    The set labels a third of its addresses whole and the others line by line, with the town a place.
    """
    found: list[Span] = []
    for start, end, label in sorted(spans):
        follows = found and found[-1][2] == "address" and label in ("address", "place", POSTCODE)
        if follows and _APART.fullmatch(text, found[-1][1], start):
            found[-1] = found[-1][0], end, "address"
        elif label != POSTCODE:
            found.append((start, end, label))
    return found


POSTCODE = "postcode"
_APART = re.compile(r"[\W_]{0,6}")
"""What may stand between two parts of one address."""


def _lines(
    columns: Sequence[Mapping[str, Tally]], before: str = "", only: Sequence[str] = ()
) -> Iterator[str]:
    labels = sorted(set().union(*columns))
    plain = [label for label in labels if label not in NAMED]
    groups = [(label, [label]) for label in labels]
    groups += [("all but names", plain), ("names", list(NAMED)), ("**all**", labels)]
    for name, members in groups:
        if only and name not in only:
            continue
        sums = [total(column[label] for label in members if label in column) for column in columns]
        cells = [f"{t.precision:.3f} / {t.recall:.3f} / **{t.f():.3f}**" for t in sums]
        yield f"| {before}{name} | {sums[0].hits + sums[0].missed} | {' | '.join(cells)} |"


def pii_finder(finder: Finder) -> Callable[[str], list[Span]]:
    """What the `pii` filter finds with names asked for of a finder, in shared labels."""
    pii = create("pii", {"names": True})
    assert isinstance(pii, Pii)
    pii.load(finder)

    def find(text: str) -> list[Span]:
        findings = pii.scan(Part(Stage.INPUT, "text", text), Exchange())
        return [
            (item.start, item.end, SHARED[item.label])
            for item in findings
            if isinstance(item, Finding) and item.label in SHARED and item.score >= THRESHOLD
        ]

    return find


def _engine_finder(engine: Any, least: float) -> Callable[[str], list[Span]]:
    def find(text: str) -> list[Span]:
        results = engine.analyze(text, "en", score_threshold=least)
        return [(r.start, r.end, SHARED[r.entity_type]) for r in results if r.entity_type in SHARED]

    return find


def presidio_default() -> Any:
    """Presidio as it comes, but for spaCy's language model, which cannot be had offline."""
    import tldextract
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry

    # Its default asks the network for the list of suffixes; the one in the package serves as well.
    tldextract.extract = tldextract.TLDExtract(suffix_list_urls=())
    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"])
    registry.remove_recognizer("SpacyRecognizer")
    return AnalyzerEngine(registry=registry, nlp_engine=presidio.light_engine())


if __name__ == "__main__":
    sys.exit(main())
