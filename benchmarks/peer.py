"""Runs one other project's word filter: a worker that reads JSON lines and answers with JSON lines.

    PYTHON benchmarks/peer.py NAME

PYTHON is the interpreter of an environment that holds the peer. The first line read is a list of words, each
further line a text; each answer says whether the text holds a word. This file imports nothing of ours, so
that it runs in the peer's own environment.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
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


def main(name: str) -> None:
    # Peers log to standard output; the answers must stand there alone.
    with contextlib.redirect_stdout(sys.stderr):
        judge = PEERS[name](json.loads(sys.stdin.readline()))
        answers = [judge(json.loads(line)) for line in sys.stdin]
    print(json.dumps(answers))


if __name__ == "__main__":
    main(sys.argv[1])
