"""Small filters to test the pipeline with, and policies made of them.

A fake has no id until the fixture in conftest.py gives it one, so that it is no filter elsewhere.
"""

from __future__ import annotations

import itertools
import re
import threading
import time
from collections.abc import Iterator
from typing import Any, ClassVar

from guard.deadline import watched
from guard.errors import GivenUp
from guard.registry import Filter, option
from guard.types import Action, Exchange, Finding, OnError, Part, Policy, Rule, Spent, Stage, Unjudged


class FakeFilter(Filter):
    name: ClassVar[str] = ""


class Word(FakeFilter):
    """Finds listed words; sure of their length, so a stream can be cut."""

    name = "fake-word"
    labels = ("word",)
    reach = 12
    words: list[str] = option(description="Words to find, of at most twelve characters.")
    scanned: ClassVar[list[int]] = []

    def scan(self, part: Part, exchange: Exchange) -> Iterator[Finding | Unjudged]:
        Word.scanned.append(len(part.text))
        for word in self.words:
            for start in _starts(part.text, word):
                yield self.find(part, "word", start, start + len(word), 1.0, "listed")


def _starts(text: str, word: str) -> list[int]:
    return [match.start() for match in re.finditer(f"(?={re.escape(word)})", text)]


class Run(FakeFilter):
    """Finds runs of digits of a least length, up to a longest: a span that grows as text arrives."""

    name = "fake-run"
    labels = ("run",)
    reach = 20
    least: int = option(3, description="Fewest digits.")

    def scan(self, part: Part, exchange: Exchange) -> Iterator[Finding | Unjudged]:
        for match in re.finditer(rf"\d{{{self.least},20}}", part.text):
            yield self.find(part, "run", match.start(), match.end(), 1.0)


class Sentence(FakeFilter):
    """Judges whole sentences: finds those that hold a word."""

    name = "fake-sentence"
    labels = ("sentence",)
    word: str = option("bad", description="The word.")
    scanned: ClassVar[list[int]] = []

    def scan(self, part: Part, exchange: Exchange) -> Iterator[Finding | Unjudged]:
        Sentence.scanned.append(len(part.text))
        for match in re.finditer(r"[^.。!?\n]+[.。!?\n]?", part.text):
            if self.word in match.group():
                yield self.find(part, "sentence", match.start(), match.end(), 0.9)


class Fickle(FakeFilter):
    """Finds a word only while the text is short, as a model does that a long text distracts."""

    name = "fake-fickle"
    labels = ("fickle",)

    def scan(self, part: Part, exchange: Exchange) -> Iterator[Finding | Unjudged]:
        if "bad" in part.text and len(part.text) < 30:
            start = part.text.index("bad")
            yield self.find(part, "fickle", start, start + 3, 0.9)


class Stuck(FakeFilter):
    """Never returns on a text that holds `hang`, until the event is set."""

    name = "fake-stuck"
    labels = ("stuck",)
    reach = 8
    release: ClassVar[threading.Event] = threading.Event()

    def scan(self, part: Part, exchange: Exchange) -> Iterator[Finding | Unjudged]:
        if "hang" in part.text:
            Stuck.release.wait()
        yield self.find(part, "stuck", 0, 1, 0.1)


class Endless(FakeFilter):
    """Works on for ever on a text that holds `hang`, step by step; notes how each scan ended."""

    name = "fake-endless"
    labels = ("endless",)
    ends: ClassVar[list[str]] = []

    def scan(self, part: Part, exchange: Exchange) -> Iterator[Finding | Unjudged]:
        yield self.find(part, "endless", 0, 1, 0.1)
        try:
            for _ in watched(itertools.repeat(None) if "hang" in part.text else ()):
                time.sleep(0.001)
            Endless.ends.append("done")
        except GivenUp:
            Endless.ends.append("given up")
            raise


class Broken(FakeFilter):
    """Raises with the text in its message, as careless code does."""

    name = "fake-broken"
    labels = ("broken",)
    reach = 8

    def scan(self, part: Part, exchange: Exchange) -> Iterator[Finding | Unjudged]:
        if "break" in part.text:
            raise ValueError(f"cannot read {part.text!r}")
        return iter(())


class Panic(FakeFilter):
    """Fails as native code does: with an exception that is no Exception."""

    name = "fake-panic"
    labels = ("panic",)

    def scan(self, part: Part, exchange: Exchange) -> Iterator[Finding | Unjudged]:
        raise _NativePanic(part.text)


class _NativePanic(BaseException):
    pass


class Support(FakeFilter):
    """Needs sources: finds an answer that is in none of them."""

    name = "fake-support"
    labels = ("unsupported",)
    needs = frozenset({"sources"})

    def scan(self, part: Part, exchange: Exchange) -> Iterator[Finding | Unjudged]:
        if not any(part.text in source.text for source in exchange.sources):
            yield self.find(part, "unsupported", 0, len(part.text), 0.8)


class Loader(FakeFilter):
    """Counts how often it is loaded and scans."""

    name = "fake-loader"
    labels = ("loaded",)
    tag: str = option("", description="Tells one use from another.")
    loads: ClassVar[list[str]] = []
    scans: ClassVar[list[str]] = []

    def load(self) -> None:
        Loader.loads.append(self.tag)

    def scan(self, part: Part, exchange: Exchange) -> Iterator[Finding | Unjudged]:
        Loader.scans.append(part.path)
        yield self.find(part, "loaded", 0, 1, 1.0)


class Unready(FakeFilter):
    """Finds a secret, but fails at short texts."""

    name = "fake-unready"
    labels = ("unready",)
    reach = 12

    def scan(self, part: Part, exchange: Exchange) -> Iterator[Finding | Unjudged]:
        if len(part.text) < 40:
            raise RuntimeError("not yet")
        for start in _starts(part.text, "secret"):
            yield self.find(part, "unready", start, start + 6, 1.0)


class Asking(FakeFilter):
    """Asks about each text, which costs a call; finds those that hold `wrong`."""

    name = "fake-asking"
    labels = ("wrong",)
    asked: ClassVar[list[str]] = []

    def asks(self) -> bool:
        return True

    def scan(self, part: Part, exchange: Exchange) -> Iterator[Finding | Unjudged | Spent]:
        Asking.asked.append(part.text)
        yield Spent(self.id, 1, len(part.text))
        if "wrong" in part.text:
            yield self.find(part, "wrong", 0, len(part.text), 1.0)


FAKES = (Word, Run, Sentence, Fickle, Stuck, Endless, Broken, Panic, Support, Loader, Unready, Asking)


def rule(filter_id: str, action: str, stages: str = "input", **fields: Any) -> Rule:
    """A rule of a fake filter; its id is the filter's and the action unless given."""
    if "on_error" in fields:
        fields["on_error"] = OnError(fields["on_error"])
    name = fields.pop("id", f"{filter_id}-{action}")
    where = tuple(Stage(stage) for stage in stages.split())
    return Rule(name, filter_id, where, Action(action), **fields)


def words(action: str, stages: str, *listed: str, **fields: Any) -> Rule:
    """A rule about listed words."""
    return rule("fake-word", action, stages, options={"words": list(listed)}, **fields)


def policy(*rules: Rule, **fields: Any) -> Policy:
    """A policy of these rules, with refusals that tests can tell apart."""
    replies = {"refusal": {"zh": "不行。", "en": "No."}}
    return Policy("test", rules, languages=("zh", "en"), replies=replies, **fields)
