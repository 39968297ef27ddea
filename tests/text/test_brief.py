"""What was made of users' texts is kept for those who ask next, and soon forgotten."""

import functools
import gc
import os
import subprocess
import sys
import threading
import time

import pytest

from guard.filters.grounding import _ask
from guard.filters.keyword import Keyword
from guard.filters.self_consistency import _indexes
from guard.models import name, ngram
from guard.text import brief
from guard.text.brief import Brief, briefly
from guard.text.language import detect
from guard.text.token import terms
from guard.types import Exchange, Message, Stage


@pytest.fixture
def hurried(monkeypatch):
    brief.forget()
    monkeypatch.setattr(brief, "SECONDS", 0.01)


def size(kept):
    return kept._make.cache_info().currsize


def test_brief_keeps_what_it_gave():
    kept = briefly(4)(lambda *key: [*key])
    first = kept("a", 1)
    assert kept("a", 1) is first

    kept.cache_clear()
    assert kept("a", 1) is not first


def test_brief_forgets_without_being_asked(hurried):
    one, other, until = Brief(str.upper, 4), Brief(str.lower, 4), time.monotonic() + 10
    for text in "ab":
        one(text), other(text)
        while (size(one) or size(other)) and time.monotonic() < until:
            time.sleep(0.01)
        assert size(one) == size(other) == 0


def test_brief_has_one_timer_for_all():
    brief.forget()
    before = {thread for thread in threading.enumerate() if thread.name == "guard-brief"}
    for number in range(4):
        Brief(str.upper, 4)(str(number))
    after = {thread for thread in threading.enumerate() if thread.name == "guard-brief"}

    assert len(after - before) == 1


def test_brief_tries_again_where_no_thread_begins(hurried, monkeypatch):
    def refuse(timer):
        raise RuntimeError("can't start new thread")

    kept, until = Brief(str.upper, 4), time.monotonic() + 10
    with monkeypatch.context() as patch:
        patch.setattr(threading.Timer, "start", refuse)
        assert kept("a") == "A"
    kept("a")
    while size(kept) and time.monotonic() < until:
        time.sleep(0.01)
    assert size(kept) == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_brief_serves_a_forked_process_and_lets_it_end():
    script = """
import os, time, warnings
from guard.text import brief
warnings.simplefilter("ignore")  # that a process with threads forks, which is what is tried here
kept = brief.Brief(str.upper, 4)
kept("a")
brief._CLOCK._lock.acquire()  # as if another thread held it when the process forks
child = os.fork()
if child == 0:
    assert kept._make.cache_info().currsize == 0
    brief.SECONDS = 0.01
    kept("b")
    until = time.monotonic() + 10
    while kept._make.cache_info().currsize and time.monotonic() < until:
        time.sleep(0.01)
    os._exit(kept._make.cache_info().currsize)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=50)

    assert (ran.stdout, ran.stderr) == ("0\n", "")


def test_no_process_wide_cache_keeps_a_text():
    text = "Zyxwian 路口交通拥堵，сор из избы, zyxwing in Zyxwhausen"
    exchange = Exchange(messages=[Message("user", (text,))])
    list(Keyword(words=["口交", "cop", "拥堵"]).scan(next(exchange.parts(Stage.INPUT)), exchange))
    detect(text)
    terms(text)
    ngram.judge(text)
    name.finder("classical").spans(text)
    _ask(text)
    _indexes((text,))

    held = [function for function in _kept() if _holds(function)]
    assert held
    brief.forget()
    assert [function for function in held if _holds(function)] == []


def _kept():
    """All functions of the package that keep what they gave."""
    for found in gc.get_objects():
        if type(found) is functools._lru_cache_wrapper and str(found.__module__).startswith("guard."):
            yield found


def _holds(function):
    return any(mark in repr(gc.get_referents(function)).lower() for mark in ("zyxw", "路口交通"))
