"""Runs one other project's word filter: a worker that reads JSON lines and answers with JSON lines.

    PYTHON benchmarks/peer.py NAME [--time]

PYTHON is the interpreter of an environment that holds the peer. The first line read is a list of words, each
further line a text; each answer says whether the text holds a word or, with `--time`, how many seconds of
processor time the peer takes to say so, at best. This file imports nothing of ours, so that it runs in the
peer's own environment.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from collections.abc import Callable

Judge = Callable[[str], bool]


def llm_guard(words: list[str]) -> Judge:
    from llm_guard.input_scanners import BanSubstrings

    scanner = BanSubstrings(substrings=words, match_type="str", case_sensitive=False)
    return lambda text: not scanner.scan(text)[1]


def llm_guard_invisible(words: list[str]) -> Judge:
    from llm_guard.input_scanners import InvisibleText

    clean, judge = InvisibleText(), llm_guard(words)
    return lambda text: judge(clean.scan(text)[0])


def better_profanity(words: list[str]) -> Judge:
    from better_profanity import profanity

    profanity.load_censor_words(words)
    return lambda text: bool(profanity.contains_profanity(text))


def litellm(words: list[str]) -> Judge:
    # Without it the import waits for a price list from the network.
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    from litellm.proxy.guardrails.guardrail_hooks.litellm_content_filter.content_filter import (
        ContentFilterGuardrail,
    )

    listed = [{"keyword": word, "action": "BLOCK"} for word in words]
    made = ContentFilterGuardrail(guardrail_name="words", blocked_words=listed)
    return lambda text: made._check_blocked_words(text) is not None


def presidio(words: list[str]) -> Judge:
    from presidio_analyzer import PatternRecognizer

    recogniser = PatternRecognizer("LISTED", deny_list=words, supported_language="en")
    return lambda text: bool(recogniser.analyze(text, ["LISTED"]))


PEERS = {
    "llm-guard": llm_guard,
    "llm-guard-invisible": llm_guard_invisible,
    "better-profanity": better_profanity,
    "litellm": litellm,
    "presidio": presidio,
}


RUNS, ENOUGH = 5, 20.0
"""Runs of which the fastest counts, and the seconds after which no further one begins."""


def seconds(judge: Judge, text: str) -> float:
    """Processor time of one judgement, the best of several."""
    taken: list[float] = []
    while len(taken) < RUNS and sum(taken) < ENOUGH:
        started = time.process_time()
        judge(text)
        taken.append(time.process_time() - started)
    return min(taken)


def main(name: str, timed: bool) -> None:
    # Peers log to standard output; the answers must stand there alone.
    with contextlib.redirect_stdout(sys.stderr):
        judge = PEERS[name](json.loads(sys.stdin.readline()))
        texts = [json.loads(line) for line in sys.stdin]
        answers: list[float] = [seconds(judge, text) if timed else judge(text) for text in texts]
    print(json.dumps(answers))


if __name__ == "__main__":
    main(sys.argv[1], "--time" in sys.argv)
