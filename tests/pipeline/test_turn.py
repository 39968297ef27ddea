"""Turns of checks: how many have one at a time, and what becomes of those that nobody waits for."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest

from guard.pipeline import turn
from guard.pipeline.turn import Turns


class Check:
    """Work that says when it begins and ends when it is told to."""

    def __init__(self, log, name):
        self.log, self.name = log, name
        self.began, self.end = threading.Event(), threading.Event()

    def __call__(self, is_cancelled):
        self.log.append(self.name)
        self.began.set()
        assert self.end.wait(20)
        return is_cancelled()


def test_turns_are_so_many_at_a_time_and_in_order():
    log = []
    turns, checks = Turns(2), [Check(log, name) for name in "abcd"]
    futures = [turns.begin(check) for check in checks]
    assert checks[0].began.wait(20)
    assert checks[1].began.wait(20)
    assert not checks[2].began.is_set()

    for check in checks:
        check.end.set()
    assert [future.result(20) for future in futures] == [False] * 4
    assert (sorted(log[:2]), sorted(log[2:])) == (["a", "b"], ["c", "d"])


def test_turns_pass_on_to_the_next_while_one_waits():
    turns = Turns(1)

    def asking(is_cancelled):
        with turns.passed_on():
            return turns.begin(lambda is_cancelled: "answer").result(20)

    assert turns.begin(asking).result(20) == "answer"
    assert turns.begin(lambda is_cancelled: "next").result(20) == "next"


def test_turns_tell_work_that_it_was_cancelled():
    log = []
    turns, check, heard = Turns(1), Check([], "a"), threading.Event()
    future = turns.begin(lambda is_cancelled: (log.append(check(is_cancelled)), heard.set()))
    assert check.began.wait(20)
    future.cancel()
    check.end.set()

    assert heard.wait(20)
    assert log == [True]


def test_turns_raise_what_the_work_raises_and_go_on():
    turns = Turns(1)

    with pytest.raises(ZeroDivisionError):
        turns.begin(lambda is_cancelled: 1 / 0).result(20)
    assert turns.begin(lambda is_cancelled: "next").result(20) == "next"


def test_turns_say_that_the_system_has_no_thread_left(monkeypatch):
    def refuse(task):
        raise RuntimeError("can't start new thread")

    turns = Turns(1)
    with monkeypatch.context() as patched:
        patched.setattr(turn.WORKERS, "start", refuse)
        with pytest.raises(RuntimeError, match="new thread"):
            turns.begin(lambda is_cancelled: "done").result(20)
    assert turns.begin(lambda is_cancelled: "next").result(20) == "next"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_turns_are_free_in_a_forked_process():
    script = """
import os, threading
from guard.pipeline.turn import AT_ONCE, TURNS
end = threading.Event()
for _ in range(AT_ONCE + 1):
    TURNS.begin(lambda is_cancelled: end.wait(60))
child = os.fork()
if child == 0:
    os._exit(0 if TURNS.begin(lambda is_cancelled: "done").result(60) == "done" else 1)
end.set()
raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    command = [sys.executable, "-W", "ignore", "-c", script]
    assert subprocess.run(command, timeout=120, check=False).returncode == 0
