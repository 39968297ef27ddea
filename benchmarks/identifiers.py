"""How well identifiers are found: recall and precision per kind, and against Presidio's default.

python benchmarks/identifiers.py                          the generated set, in Chinese and English
python benchmarks/identifiers.py --out docs/identifiers.md    the same, put between the page's markers
python benchmarks/identifiers.py --presidio FILE.jsonl.gz strict spans on a labelled set, side by side
python benchmarks/identifiers.py --calibration            how often each band of scores is right
python benchmarks/identifiers.py --chance                 how often random digits pass Presidio's checks
python benchmarks/identifiers.py --speed                  time from a cold start, and per text
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from guard.evaluate.identifier import Row, Tally, generate, tally, total
from guard.evaluate.identifier_kind import KINDS
from guard.evaluate.name import NAMED, presidio_default
from guard.evaluate.name import SHARED as ALL_SHARED
from guard.evaluate.page import publish
from guard.identifier.country import COUNTRIES
from guard.models import presidio
from guard.registry import Filter, create
from guard.types import Exchange, Finding, Part, Stage

THRESHOLD = 0.5
CHECKED = {kind.label for kind in KINDS if kind.checked}
MARK = " ✓"
"""Stands behind labels whose values have a check."""
SHARED = {label: kind for label, kind in ALL_SHARED.items() if kind not in NAMED}
"""Labels of the set, of Presidio and of ours that mean the same. Names, places, organisations, ages and
dates need a model and are left out for both."""


def scan(pii: Filter, text: str) -> list[Finding]:
    part = Part(Stage.INPUT, "text", text)
    return [found for found in pii.scan(part, Exchange()) if isinstance(found, Finding)]


def loaded() -> Filter:
    pii = create("pii")
    pii.load()
    return pii


def report_generated(count: int, seed: int) -> Iterator[str]:
    """Tables of the generated set: per label and per kind, beside Chinese characters and apart from them."""
    pii, rows = loaded(), list(generate(count, seed))
    found = [[(f.start, f.end, f.label) for f in scan(pii, row.text) if f.score >= THRESHOLD] for row in rows]
    pairs = list(zip(rows, found, strict=True))
    yield f"{len(rows):,} rows, {count} of each kind and look-alike, seed {seed}, threshold {THRESHOLD}:"
    yield ""
    yield "| label | values | recall touching | precision touching | recall apart | precision apart |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: |"
    both = [
        tally((row.spans, spans) for row, spans in pairs if row.touching is beside)
        for beside in (True, False)
    ]
    nothing = Tally(0, 0, 0)
    for label in sorted({*both[0], *both[1]}):
        beside, apart = (counts.get(label, nothing) for counts in both)
        values = sum(counts.hits + counts.missed for counts in (beside, apart))
        yield f"| `{label}`{MARK * (label in CHECKED)} | {values} | {line(beside)} | {line(apart)} |"
    yield from ("", "| kind | rows | recall touching | recall apart |", "| --- | ---: | ---: | ---: |")
    for kind in KINDS:
        own = [
            (row, [span for span in spans if span[2] == kind.label])
            for row, spans in pairs
            if row.kind == kind.name
        ]
        shares = (
            total(tally((row.spans, spans) for row, spans in own if row.touching is beside).values()).recall
            for beside in (True, False)
        )
        yield f"| {kind.name} | {len(own)} |" + "".join(f" {share:.3f} |" for share in shares)
    yield from ("", "| look-alike | rows | something found |", "| --- | ---: | ---: |")
    for name, (hit, of) in flagged(rows, found).items():
        yield f"| {name} | {of} | {hit / of:.1%} |"


def line(counts: Tally) -> str:
    return f"{counts.recall:.4f} | {counts.precision:.4f}"


def flagged(rows: list[Row], found: list[list[tuple[int, int, str]]]) -> dict[str, tuple[int, int]]:
    hit: Counter[str] = Counter()
    of: Counter[str] = Counter()
    for row, spans in zip(rows, found, strict=True):
        if not row.spans:
            of[row.kind] += 1
            hit[row.kind] += bool(spans)
    return {kind: (hit[kind], of[kind]) for kind in of}


def read(path: Path) -> list[dict]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(text) for text in lines]


def report_presidio(path: Path) -> None:
    rows = read(path)
    gold = [
        [(s["start"], s["end"], SHARED[s["label"]]) for s in row["spans"] if s["label"] in SHARED]
        for row in rows
    ]
    pii, engine = loaded(), presidio_default()
    begun = time.perf_counter()
    ours = [[(f.start, f.end, f.label) for f in scan(pii, r["text"]) if f.score >= THRESHOLD] for r in rows]
    between = time.perf_counter()
    for least in (0.0, 0.35, 0.5):
        begun_theirs = time.perf_counter()
        theirs = [
            [(f.start, f.end, f.entity_type) for f in engine.analyze(r["text"], "en", score_threshold=least)]
            for r in rows
        ]
        taken = time.perf_counter() - begun_theirs
        show(f"Presidio's default, threshold {least}", gold, theirs, taken / len(rows))
    show(f"pii, threshold {THRESHOLD}", gold, ours, (between - begun) / len(rows))


def show(name: str, gold: list, found: list, seconds: float) -> None:
    shared = [[(s, e, SHARED[label]) for s, e, label in spans if label in SHARED] for spans in found]
    tallies = tally(zip(gold, shared, strict=True))
    print(f"\n{name}: {seconds * 1000:.2f} ms per text")
    print(f"{'label':8} {'spans':>6} {'recall':>8} {'precision':>10} {'F2':>7}")
    for label, counts in [*tallies.items(), ("all", total(tallies.values()))]:
        shares = f"{counts.recall:8.4f} {counts.precision:10.4f} {counts.f():7.3f}"
        print(f"{label:8} {counts.hits + counts.missed:6} {shares}")
    extra = Counter(label for spans in found for _, _, label in spans if label not in SHARED)
    print("labels beyond the shared ones:", dict(extra.most_common(8)))


def report_calibration(count: int, seed: int, path: Path | None) -> None:
    pii = loaded()
    right: Counter[int] = Counter()
    seen: Counter[int] = Counter()
    texts = [(row.text, {(s, e, label) for s, e, label in row.spans}) for row in generate(count, seed)]
    for row in read(path) if path else []:
        spans = {(s["start"], s["end"], SHARED[s["label"]]) for s in row["spans"] if s["label"] in SHARED}
        texts.append((row["text"], spans))
    for text, gold in texts:
        for found in scan(pii, text):
            band = min(9, int(found.score * 10))
            names = {found.label, SHARED.get(found.label, "")}
            seen[band] += 1
            right[band] += any((found.start, found.end, name) in gold for name in names)
    for band in sorted(seen):
        share = right[band] / seen[band]
        print(f"score {band / 10:.1f}-{band / 10 + 0.1:.1f}: {seen[band]:6} found, {share:.1%} right")


def report_chance(trials: int) -> None:
    """Of random strings that fit a recogniser's form, how many also pass its check."""
    rng = random.Random(0)
    passed: defaultdict[str, int] = defaultdict(int)
    fitted: defaultdict[str, int] = defaultdict(int)
    finder = presidio.analyzer(tuple(COUNTRIES))
    for _ in range(trials):
        text = "".join(rng.choices("0123456789", k=rng.randint(7, 16)))
        for match in finder.find(text, text):
            fitted[match.label] += 1
            passed[match.label] += match.reason.startswith("check passed")
    for label in sorted(passed, key=lambda name: -passed[name]):
        if passed[label]:
            print(f"{label:36} {passed[label] / trials:8.3%} of digit strings of 7 to 16")


COLD = """
import sys, time
begun = time.perf_counter()
from guard.registry import create
from guard.types import Exchange, Part, Stage
pii = create("pii", {options})
pii.load()
loaded = time.perf_counter()
part = Part(Stage.INPUT, "text", "我的身份证号是11010519491231002X，手机13800138000")
list(pii.scan(part, Exchange()))
first = time.perf_counter()
for _ in range(200): list(pii.scan(part, Exchange()))
print(f"{{loaded - begun:.3f}} s to load, {{(first - loaded) * 1000:.1f}} ms first, "
      f"{{(time.perf_counter() - first) * 5:.2f}} ms after")
"""


def report_speed() -> None:
    for name, options in {
        "all kinds": {},
        "without Presidio": {"entities": ["pii.cn_resident_id", "pii.bank_card", "pii.phone", "pii.email"]},
        "Presidio, no country": {"countries": []},
    }.items():
        done = subprocess.run(
            [sys.executable, "-c", COLD.format(options=options)], capture_output=True, text=True, check=True
        )
        print(f"{name:22} {done.stdout.strip()}")
    pii = loaded()
    for size in (1_000, 10_000, 100_000, 1_000_000):
        for name, unit in {
            "zh": "今天我们去西湖边散步，天气很好。",
            "en": "The quick brown fox jumps over it. ",
        }.items():
            text = (unit * 40 + "手机13800138000, call (212) 736-5000. ") * (size // (len(unit) * 40) + 1)
            begun = time.perf_counter()
            found = len(scan(pii, text[:size]))
            print(f"{name} {size:8} characters: {time.perf_counter() - begun:7.3f} s, {found} found")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=200, help="rows per kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, metavar="PAGE", help="puts the tables between the page's markers")
    parser.add_argument("--presidio", type=Path, help="a gzipped JSONL of {text, spans}")
    parser.add_argument("--calibration", action="store_true")
    parser.add_argument("--chance", action="store_true")
    parser.add_argument("--speed", action="store_true")
    asked = parser.parse_args()
    if asked.calibration:
        report_calibration(asked.rows, asked.seed, asked.presidio)
    elif asked.presidio:
        report_presidio(asked.presidio)
    elif asked.chance:
        report_chance(20_000)
    elif asked.speed:
        report_speed()
    else:
        sys.exit(publish("identifiers", asked.out, lambda: report_generated(asked.rows, asked.seed)))


if __name__ == "__main__":
    main()
