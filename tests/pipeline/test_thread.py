"""Threads of further calls: what they give, and what is told where none can begin."""

import threading

import pytest

from guard.errors import CallError
from guard.pipeline import thread
from guard.pipeline.thread import Threads


def test_threads_give_what_the_work_gives_or_raises():
    threads = Threads()

    assert threads.begin(lambda is_late: "done").result(5) == "done"
    with pytest.raises(ZeroDivisionError):
        threads.begin(lambda is_late: 1 / 0).result(5)


def test_threads_tell_work_that_nobody_waits_for_it(monkeypatch):
    monkeypatch.setattr(thread, "LEFT_BEHIND", 1)
    threads, began, ended = Threads(), threading.Event(), threading.Event()

    def work(is_late):
        began.set()
        while not is_late():
            ended.wait(0.01)
        ended.wait(5)

    future = threads.begin(work)
    assert began.wait(5)
    assert threads.left_behind() == 0
    future.cancel()
    assert threads.left_behind() == 1
    with pytest.raises(CallError, match="too many earlier calls are still under way"):
        threads.begin(work).result(0)
    ended.set()


def test_threads_say_that_the_system_has_none_left(monkeypatch):
    def refuse(self):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(CallError, match="no thread left"):
        Threads().begin(lambda is_late: "done").result(0)


def test_threads_leave_work_behind_whose_time_is_over():
    threads, ended = Threads(), threading.Event()
    future = threads.begin(lambda is_late: (is_late(), ended.wait(20)), seconds=-1)

    assert threads.left_behind() == 1
    assert future.cancelled()
    ended.set()
