"""Runs one other project's word filter: a worker that reads JSON lines and answers with JSON.

    PYTHON benchmarks/peer.py NAME                  # a list of words, then a text a line: which hold a word
    PYTHON benchmarks/peer.py NAME --time SECONDS   # a list of words, then a list of texts a line: how fast

PYTHON is the interpreter of an environment that holds the peer. With `--time` the first answer says which
version loaded the list in how many seconds and in which languages it finds a listed word, and each further
one how many MB it judges in a second of processor time. A peer that takes more than SECONDS for the list or
for one text is ended there by SIGALRM. This file imports nothing of ours, so that it runs in the peer's own
environment.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.metadata
import json
import os
import signal
import statistics
import sys
import time
from collections.abc import Callable, Iterator

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
    from fastapi import HTTPException
    from litellm.proxy.guardrails.guardrail_hooks.litellm_content_filter.content_filter import (
        ContentFilterGuardrail,
    )

    listed = [{"keyword": word, "action": "BLOCK"} for word in words]
    made = ContentFilterGuardrail(guardrail_name="words", blocked_words=listed)
    loop = asyncio.new_event_loop()

    def judge(text: str) -> bool:
        try:
            loop.run_until_complete(made.apply_guardrail({"texts": [text]}, {}, "request"))
        except HTTPException:
            return True
        return False

    return judge


def presidio(words: list[str]) -> Judge:
    # A search that runs out of this time finds nothing and says so in its log only; here `--time` ends it.
    os.environ["REGEX_TIMEOUT_SECONDS"] = "3600"
    from presidio_analyzer import PatternRecognizer

    recogniser = PatternRecognizer("LISTED", deny_list=words, supported_language="en")
    return lambda text: bool(recogniser.analyze(text, ["LISTED"]))


def re2(words: list[str]) -> Judge:
    from re2 import Options, Set, escape

    options = Options()
    options.max_mem = 1 << 30
    made = Set.SearchSet(options)
    for word in words:
        made.Add(escape(word))
    made.Compile()
    return lambda text: bool(made.Match(text))


def automaton(words: list[str]) -> Judge:
    import ahocorasick

    made = ahocorasick.Automaton(ahocorasick.STORE_INTS)
    for number, word in enumerate(words):
        made.add_word(word, number)
    made.make_automaton()
    return lambda text: bool(list(made.iter(text)))


PEERS = {
    "llm-guard": (llm_guard, "llm-guard"),
    "llm-guard-invisible": (llm_guard_invisible, "llm-guard"),
    "better-profanity": (better_profanity, "better-profanity"),
    "litellm": (litellm, "litellm"),
    "presidio": (presidio, "presidio-analyzer"),
    "re2": (re2, "google-re2"),
    "automaton": (automaton, "pyahocorasick"),
}
"""What makes a judge of a list of words, and the package it is from."""

SENTENCES = {"zh": "他们都说{}是这样", "en": "and they said {} to them"}


def languages(judge: Judge, words: list[str]) -> list[str]:
    """The languages in which a listed word is found in a sentence.

    Raises `AssertionError` when there is none, or when a sentence is hit that holds no word.
    """
    found = []
    for language, sentence in SENTENCES.items():
        assert not judge(sentence.format("")), f"a word is found where none stands: {sentence}"
        listed = next((word for word in words if word.isascii() == (language == "en")), None)
        if listed and judge(sentence.format(listed)):
            found.append(language)
    assert found, "no listed word is found"
    return found


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """Ends this process when what is done in it takes longer; 0 is no limit."""
    signal.setitimer(signal.ITIMER_REAL, seconds)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)


ENOUGH = 20.0
"""Seconds after which no further text of a kind is begun."""


def rate(judge: Judge, texts: list[str], patience: float = 0) -> float:
    """Megabytes of UTF-8 judged in a second of processor time: the median of texts each judged once."""
    rates: list[float] = []
    begun = time.process_time()
    for text in texts:
        with within(patience):
            started = time.process_time()
            judge(text)
            ended = time.process_time()
        rates.append(len(text.encode()) / (ended - started) / 1e6)
        if ended - begun > ENOUGH:
            break
    return statistics.median(rates)


def verdicts(name: str) -> list[bool]:
    words = json.loads(sys.stdin.readline())
    judge = PEERS[name][0](words)
    languages(judge, words)
    return [judge(json.loads(line)) for line in sys.stdin]


def timings(name: str, patience: float, answer: Callable[[object], None]) -> None:
    make, package = PEERS[name]
    words = json.loads(sys.stdin.readline())
    languages(make(words[:10]), words[:10])  # so that imports are no part of loading the list
    with within(patience):
        started = time.process_time()
        judge = make(words)
        found = languages(judge, words)
        loaded = time.process_time() - started
    answer({"version": importlib.metadata.version(package), "loaded": loaded, "found": found})
    for line in sys.stdin:
        answer(rate(judge, json.loads(line), patience))


def main(name: str, patience: str | None = None) -> None:
    out = sys.stdout
    # Peers log to standard output; the answers must stand there alone.
    with contextlib.redirect_stdout(sys.stderr):
        if patience is None:
            print(json.dumps(verdicts(name)), file=out)
        else:
            timings(name, float(patience), lambda said: print(json.dumps(said), file=out, flush=True))


if __name__ == "__main__":
    main(sys.argv[1], *sys.argv[3:])
