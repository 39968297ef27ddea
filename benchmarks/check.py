"""How long a check takes once the policy is loaded, by length of text and by filter.

    python benchmarks/check.py [--policy default] [--runs 200]

Prints p50 and p99 in milliseconds for Chinese and English messages of growing length, the filters that
took most of it, and the time per character, which should not grow. No sentence is checked twice, so that no
cache answers.
"""

import argparse
import statistics
import time

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


def message(language: str, length: int, number: int) -> str:
    """A text of so many characters, each sentence of which bears a number of its own."""
    sentence = SENTENCES[language]
    places = range(length // len(sentence) + 1)
    return "".join(f"{number}.{place} {sentence}" for place in places)[:length]


def row(guard: Guard, language: str, length: int, runs: int) -> str:
    count = max(10, runs * 30 // max(30, length // 10))
    rounds = [timed(guard, message(language, length, number)) for number in range(count)]
    times = sorted(ms for ms, _ in rounds)
    p50, p99 = statistics.median(times), times[min(len(times) - 1, int(len(times) * 0.99))]
    slowest = sorted(rounds[-1][1].ms.items(), key=lambda item: -item[1])
    parts = ", ".join(f"{name} {ms:.2f}" for name, ms in slowest if name != "total")
    return f"{language}  {length:>6}  {p50:8.2f}  {p99:8.2f}  {p50 / length * 1000:9.2f}   {parts}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Time warm checks.")
    parser.add_argument("--policy", default="default")
    parser.add_argument("--runs", type=int, default=200)
    options = parser.parse_args()
    begun = time.perf_counter()
    guard = Guard(options.policy)
    print(f"policy {guard.policy.id} loaded in {time.perf_counter() - begun:.2f} s")
    first, _ = timed(guard, SENTENCES["zh"])
    print(f"first check {first:.1f} ms\n")
    print("      chars    p50 ms    p99 ms  µs/char   ms by filter in the last run")
    for language in SENTENCES:
        for length in LENGTHS:
            print(row(guard, language, length, options.runs))


if __name__ == "__main__":
    main()
