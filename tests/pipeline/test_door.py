"""Checks of asynchronous calls: in which threads they run, and how they end with their caller."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar

import pytest

from guard.deadline import until, watched
from guard.pipeline import aside, door
from guard.pipeline.guard import Guard
from guard.pipeline.turn import Turns
from guard.registry import option
from guard.types import Exchange, Finding, Message, Part, Unjudged
from tests.pipeline.fake_filters import FakeFilter, policy, rule


class Asking(FakeFilter):
    """Asks the wrapped call about each text."""

    name = "fake-asking"
    labels = ("asking",)
    tag: str = option("", description="Tells one use from another.")

    def scan(self, part: Part, exchange: Exchange) -> Iterator[Finding | Unjudged]:
        if exchange.ask and exchange.ask([Message("user", ("true?",))]) != "yes":
            yield self.find(part, "asking", 0, len(part.text), 0.9)


class Working(FakeFilter):
    """Works until it is given up; says when it begins."""

    name = "fake-working"
    labels = ("working",)
    tag: str = option("", description="Tells one use from another.")
    begun: ClassVar[list[str]] = []
    began: ClassVar[threading.Event] = threading.Event()

    def scan(self, part: Part, exchange: Exchange) -> Iterator[Finding | Unjudged]:
        Working.begun.append(f"{self.tag} {part.path}")
        Working.began.set()
        for _ in watched(iter(int, 1)):
            pass
        yield self.find(part, "working", 0, 1, 0.9)


class Late(FakeFilter):
    """Asks the wrapped call when nobody waits for it any more."""

    name = "fake-late"
    labels = ("late",)

    def scan(self, part: Part, exchange: Exchange) -> Iterator[Finding | Unjudged]:
        with until(lambda: True):
            exchange.ask([Message("user", ("true?",))])
        return iter(())


@pytest.fixture(autouse=True)
def _named(monkeypatch):
    for fake in (Asking, Working, Late):
        monkeypatch.setattr(fake, "id", fake.name)
    monkeypatch.setattr(Working, "begun", [])
    monkeypatch.setattr(Working, "began", threading.Event())


@pytest.fixture
def turns(monkeypatch):
    """All checks one at a time."""
    turns = Turns(1)
    for module in (aside, door):
        monkeypatch.setattr(module, "TURNS", turns)
    return turns


def patient(filter_id, *tags):
    """Rules of the filter with all the time in the world."""
    rules = [
        rule(filter_id, "block", "input output", id=tag, options={"tag": tag}, timeout_ms=100_000)
        for tag in tags
    ]
    return policy(*rules)


async def _wait_for(event):
    for _ in range(2000):
        if event.is_set():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came")


@pytest.mark.parametrize("kind", ["wrap", "acheck"])
async def test_checks_are_given_up_with_their_caller(turns, kind):
    async def call(messages):
        return "fine."

    decisions = []
    guard = Guard(patient("fake-working", "a", "b"), on_decision=decisions.append)
    asked = [{"role": "user", "content": "one"}, {"role": "user", "content": "two"}]
    work = guard.wrap(call)(asked) if kind == "wrap" else guard.acheck(Exchange.of(asked))
    caller = asyncio.create_task(work)
    await _wait_for(Working.began)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller

    # There is one turn, so it comes when the whole check has ended.
    assert turns.begin(lambda is_cancelled: "next").result(20) == "next"
    assert (Working.begun, decisions) == (["a messages[0].content"], [])


async def test_questions_are_cancelled_with_the_caller():
    async def call(messages):
        began.set()
        try:
            await asyncio.sleep(1000)
        finally:
            ended.set()

    began, ended = threading.Event(), threading.Event()
    caller = asyncio.create_task(Guard(patient("fake-asking", "a")).wrap(call)("hello"))
    await _wait_for(began)
    caller.cancel()
    await _wait_for(ended)


def test_questions_are_not_put_where_nobody_waits_for_the_check():
    def call(prompt):
        asked.append(prompt)
        return "fine."

    asked = []
    assert Guard(policy(rule("fake-late", "flag", "output", on_error="allow"))).wrap(call)("hello") == "fine."
    assert asked == ["hello"]


async def test_checks_leave_the_loop_its_own_threads():
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))

    async def call(messages):
        return await asyncio.to_thread(lambda: "yes" if "true?" in messages else "fine.")

    wrapped = Guard(patient("fake-asking", "a")).wrap(call)
    assert await asyncio.gather(*map(wrapped, ["one", "two", "three"])) == ["fine."] * 3


async def test_checks_that_ask_let_the_guard_of_what_is_asked_check(turns):
    async def call(messages):
        return "yes" if "true?" in messages else "fine."

    inner = Guard(policy()).wrap(call)
    assert await Guard(patient("fake-asking", "a")).wrap(inner)("hello") == "fine."
