"""How long the encoder takes: by length, by number of cores, in batch, and on a mix of traffic with its exit.

    python benchmarks/encoder.py [--runs 60] [--data DIR]

Without `--data`, times only: p50 and p99 of one text of 32, 200, 512 and 4,096 pieces through the whole
network, on one and on two cores (each in a process of its own that may use no other core), and pieces per
second in batch. With `--data`, the folder of labelled sets, also the mean over a mix of prompts as chatbots
meet them, with and without the exit, and what recall the exit costs on harmful texts. No text is
judged twice, so that no cache answers.
"""

import argparse
import gzip
import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from guard.models.encoder import Encoder, shipped

LENGTHS = (32, 200, 512, 4096)
SENTENCES = (
    "Please turn these meeting notes into three bullet points with an owner and a date. ",
    "请帮我把这份会议纪要整理成三条要点，并注明负责人和截止日期。",
    "¿Puedes resumir este informe sobre la cosecha de aceitunas en Andalucía? ",
    "Wie stelle ich die Heizung so ein, dass sie nachts weniger Gas verbraucht? ",
)
TRAFFIC = {
    "wildchat_benign_sample": 200,
    "promptshield_eval_benign": 300,
    "alpaca_demo_zh": 150,
    "alpaca_demo_en": 150,
    "xsid_benign": 100,
    "s_eval_base_risk": 60,
    "maliciousinstruct": 20,
    "refusal_direction_harmful": 20,
}
"""Rows drawn from sets that never feed weights: about one in ten harmful."""
HARMFUL = ("cold_train_dev", "olid", "refusal_direction_harmful", "s_eval_base_risk", "maliciousinstruct")
THRESHOLD = 0.5


def texts_of(encoder: Encoder, pieces: int, count: int) -> list[str]:
    """Different texts of about so many pieces."""
    rng = random.Random(pieces)
    made = []
    for number in range(count):
        text = f"{number}. "
        while len(encoder._cutter.cut(text).ids) < pieces - 2:
            text += rng.choice(SENTENCES)
        ends = encoder._cutter.cut(text).spans[: pieces - 2, 1]
        made.append(text[: int(ends[-1])])
    return made


def timed(encoder: Encoder, texts: Sequence[str], *, leave: bool) -> list[float]:
    """Milliseconds of each text by itself."""
    times = []
    for text in texts:
        begun = time.perf_counter()
        encoder.judge(text, leave=leave)
        times.append((time.perf_counter() - begun) * 1000)
    return times


def by_length(cores: int, runs: int) -> None:
    """One row per length on so many cores."""
    encoder = shipped()
    for pieces in LENGTHS:
        texts = texts_of(encoder, pieces, max(8, runs * 32 // max(32, pieces // 8)))
        timed(encoder, texts[:3], leave=False)
        times = sorted(timed(encoder, texts[3:], leave=False))
        p99 = times[min(len(times) - 1, int(len(times) * 0.99))]
        print(
            f"{cores} cores  {pieces:>5} pieces   p50 {statistics.median(times):8.1f} ms   p99 {p99:8.1f} ms"
        )
    texts = texts_of(encoder, 64, 256)
    begun = time.perf_counter()
    encoder.judge_all(texts, ["input"] * len(texts), leave=False)
    print(f"{cores} cores  batch of 256 x 64: {256 * 64 / (time.perf_counter() - begun):8.0f} pieces/s")


def rows(data: Path, name: str) -> Iterator[dict[str, str]]:
    path = data / "moderation" / f"{name}.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def on_traffic(data: Path) -> None:
    """Means over the mix, and what leaving early costs."""
    rng = random.Random(0)
    texts = []
    for name, count in TRAFFIC.items():
        found = [row["text"] for row in rows(data, name)]
        texts += rng.sample(found, min(count, len(found)))
    rng.shuffle(texts)
    encoder = shipped()
    timed(encoder, texts[:5], leave=True)
    for leave in (False, True):
        times = timed(encoder, texts, leave=leave)
        name = "with the exit" if leave else "whole network"
        print(f"mix of {len(texts)} prompts, {name}: mean {statistics.mean(times):.1f} ms")
    harmful = [
        row["text"]
        for name in HARMFUL
        for row in rng.sample(list(rows(data, name)), 100)
        if row["label"] == "unsafe" and (row.get("split") in ("dev", "test", None))
    ]
    found = {}
    for leave in (False, True):
        verdicts = encoder.judge_all(harmful, ["input"] * len(harmful), leave=leave)
        found[leave] = sum(any(v.score >= THRESHOLD for v in each) for each in verdicts) / len(harmful)
    counted = f"{len(harmful)} harmful texts"
    print(f"recall at {THRESHOLD} on {counted}: {found[False]:.4f}, with the exit {found[True]:.4f}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Time the encoder.")
    parser.add_argument("--runs", type=int, default=60)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--cores", type=int, help="only this many, in this very process")
    options = parser.parse_args()
    if options.cores:
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: options.cores])
        by_length(options.cores, options.runs)
        return
    for cores in (1, 2):
        subprocess.run(
            [sys.executable, __file__, "--cores", str(cores), "--runs", str(options.runs)], check=True
        )
    if options.data:
        on_traffic(options.data)


if __name__ == "__main__":
    main()
