"""How long a check takes once the policy is loaded, by length of text and by filter.

    python benchmarks/check.py [--policy default] [--runs 200]
    python benchmarks/check.py --tokens 32 200 512 4096 --cores 1 2

Prints p50 and p99 in milliseconds for Chinese and English messages of growing length, the filters that
took most of it, and the time per character or token, which should not grow. With `--tokens` lengths are
counted in pieces of the guard model, with `--cores` each number of cores has a process of its own that may
use no other. No sentence is checked twice, so that no cache answers.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time

from guard.models.encoder import shipped
from guard.pipeline.guard import Guard
from guard.types import Decision

SENTENCES = {
    "zh": "请帮我把这份会议纪要整理成三条要点，并注明负责人和截止日期。",
    "en": "Please turn these meeting notes into three bullet points with an owner and a date. ",
}
LENGTHS = (30, 300, 3_000, 30_000)


def timed(guard: Guard, text: str) -> tuple[float, Decision]:
    begun = time.perf_counter()
    decision = guard.check(text)
    return (time.perf_counter() - begun) * 1000, decision


def message(language: str, length: int, number: int, *, in_tokens: bool) -> str:
    """A text of so many characters or tokens, each sentence of which bears a number of its own."""
    sentence = SENTENCES[language]
    places = range(length // (8 if in_tokens else len(sentence)) + 1)
    text = "".join(f"{number}.{place} {sentence}" for place in places)
    if not in_tokens:
        return text[:length]
    # Two of the window's places are taken by the marks of beginning and end.
    return text[: int(shipped()._cutter.cut(text).spans[: length - 2, 1].max())]


def row(guard: Guard, language: str, length: int, runs: int, *, in_tokens: bool) -> str:
    count = max(10, runs * 30 // max(30, length // (5 if in_tokens else 10)))
    messages = [message(language, length, number, in_tokens=in_tokens) for number in range(count)]
    rounds = [timed(guard, text) for text in messages]
    times = sorted(ms for ms, _ in rounds)
    p50, p99 = statistics.median(times), times[min(len(times) - 1, int(len(times) * 0.99))]
    slowest = sorted(rounds[-1][1].ms.items(), key=lambda item: -item[1])
    parts = ", ".join(f"{name} {ms:.2f}" for name, ms in slowest if name != "total")
    return f"{language}  {length:>6}  {p50:8.2f}  {p99:8.2f}  {p50 / length * 1000:9.2f}   {parts}"


def measure(policy: str, runs: int, tokens: list[int]) -> None:
    begun = time.perf_counter()
    guard = Guard(policy)
    print(f"policy {guard.policy.id} loaded in {time.perf_counter() - begun:.2f} s")
    first, _ = timed(guard, SENTENCES["zh"])
    print(f"first check {first:.1f} ms\n")
    unit, per = ("tokens", "µs/token") if tokens else (" chars", " µs/char")
    print(f"     {unit}    p50 ms    p99 ms  {per}   ms by filter in the last run")
    for language in SENTENCES:
        for length in tokens or LENGTHS:
            print(row(guard, language, length, runs, in_tokens=bool(tokens)), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Time warm checks.")
    parser.add_argument("--policy", default="default")
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--tokens", type=int, nargs="+", default=[], help="lengths, instead of characters")
    parser.add_argument("--cores", type=int, nargs="+", default=[], help="how many, one after another")
    options = parser.parse_args()
    own = sorted(os.sched_getaffinity(0)) if options.cores else []
    if options.cores and max(options.cores) > len(own):
        sys.exit(f"--cores {max(options.cores)}: this process may use {len(own)}")
    if len(options.cores) > 1:
        rest = ["--policy", options.policy, "--runs", str(options.runs)]
        rest += ["--tokens", *map(str, options.tokens)] if options.tokens else []
        for count in options.cores:
            print(f"cores: {count}", flush=True)
            subprocess.run([sys.executable, __file__, *rest, "--cores", str(count)], check=True)
            print(flush=True)
        return
    if options.cores:
        os.sched_setaffinity(0, own[: options.cores[0]])
    measure(options.policy, options.runs, options.tokens)


if __name__ == "__main__":
    main()
