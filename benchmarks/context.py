"""Measures what `needs_context` clears: of texts that hold a listed word, how many are still reported.

    python benchmarks/context.py --data DIR [--markdown docs/words.md]

DIR holds `moderation/NAME.jsonl.gz` and `pii/NAME.jsonl.gz` with `text`, `label` and maybe `split`.

The words are harmful now and then; they were chosen before anything was measured.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
from collections.abc import Iterator
from pathlib import Path

from guard.errors import InputError
from guard.evaluate.page import publish
from guard.registry import Filter, create
from guard.types import Exchange, Finding, Part, Stage

WORDS = [
    "去死",
    "垃圾",
    "恶心",
    "毒品",
    "自杀",
    "黑鬼",
    "女拳",
    "强奸",
    "杀人",
    "骗子",
    "流氓",
    "变态",
    "傻子",
    "野蛮",
    "滚",
]
SETS = {
    "moderation/cold_train_dev": ("unsafe", "safe"),
    "moderation/zh_exam_questions": ("safe",),
    "pii/peoples_daily_ner_zh": ("",),
}
"""Sets and the labels to look at; an empty label takes every row of every split."""
NAMES = {
    ("moderation/cold_train_dev", "unsafe"): "COLD, offensive posts",
    ("moderation/cold_train_dev", "safe"): "COLD, other posts",
    ("moderation/zh_exam_questions", "safe"): "exam questions",
    ("pii/peoples_daily_ner_zh", ""): "newspaper",
}
THRESHOLDS = (0.3, 0.5, 0.7)
MOST = 500


def read(path: Path, label: str) -> Iterator[str]:
    """The texts of a set with a label; the development split where the set has one."""
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            rows = [json.loads(line) for line in file]
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from None
    splits = {row.get("split") for row in rows}
    for row in rows:
        held_out = "dev" not in splits or row["split"] == "dev"
        if not label or (held_out and row["label"] == label):
            yield row["text"]


def loaded(needs_context: bool) -> Filter:
    made = create("keyword", {"words": WORDS, "needs_context": needs_context})
    made.load()
    return made


def score(made: Filter, text: str) -> float:
    """The highest score of a finding in a text, 0 without one."""
    items = made.scan(Part(Stage.INPUT, "text", text), Exchange())
    return max((item.score for item in items if isinstance(item, Finding)), default=0.0)


def table(data: Path) -> Iterator[str]:
    """The lines of the table; raises `InputError` for a set that is not there."""
    plain, in_context = loaded(False), loaded(True)
    yield "| texts with a word | | " + " | ".join(f"from {cut}" for cut in THRESHOLDS) + " |"
    yield "| --- | ---: |" + " ---: |" * len(THRESHOLDS)
    for name, labels in SETS.items():
        for label in labels:
            texts = list(read(data / f"{name}.jsonl.gz", label))
            held = [text for text in texts if score(plain, text)]
            sample = random.Random(0).sample(held, min(MOST, len(held)))
            scores = [score(in_context, text) for text in sample]
            shares = [sum(one >= cut for one in scores) / len(scores) for cut in THRESHOLDS]
            shown = " | ".join(f"{share:.1%}" for share in shares)
            yield f"| {NAMES[name, label]} | {len(sample)} | {shown} |"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument("--markdown", type=Path, help="page to write the table into, between its markers")
    options = parser.parse_args()
    return publish("context", options.markdown, lambda: table(options.data))


if __name__ == "__main__":
    raise SystemExit(main())
