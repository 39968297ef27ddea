from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest

from guard.pipeline.worker import Workers


class Job:
    """A task that notes that it ran and then waits for an event."""

    def __init__(self, log, name, until=None, seconds=5.0):
        self.log, self.name, self.until, self.seconds = log, name, until, seconds

    def run(self):
        self.log.append(self.name)
        if self.until:
            self.until.wait()

    def give_up(self):
        self.log.append(f"{self.name} late")


def test_workers_run_tasks_in_turn_in_one_thread():
    log = []
    workers = Workers()
    before = set(threading.enumerate())
    for _ in range(3):
        workers.run([Job(log, "a"), Job(log, "b")])
    assert log == ["a", "b"] * 3
    assert len(set(threading.enumerate()) - before) == 1


def test_workers_go_on_without_a_late_task():
    log, until = [], threading.Event()
    Workers().run([Job(log, "a"), Job(log, "b", until, 0.01), Job(log, "c")])
    until.set()
    assert log == ["a", "b", "b late", "c"]


def test_workers_take_no_tasks():
    before = set(threading.enumerate())
    Workers().run([])
    assert set(threading.enumerate()) <= before


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_workers_serve_a_forked_process():
    script = """
import os
from guard.pipeline.worker import WORKERS
class Job:
    seconds = 20.0
    def run(self): self.ran = True
    def give_up(self): self.ran = False
first = Job()
WORKERS.run([first])
child = os.fork()
second = Job()
WORKERS.run([second])
if child == 0:
    os._exit(0 if second.ran else 1)
raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    assert (
        subprocess.run([sys.executable, "-W", "ignore", "-c", script], timeout=60, check=False).returncode
        == 0
    )


def test_workers_do_not_keep_the_interpreter_from_exiting():
    script = """
import time
from guard.pipeline.worker import WORKERS
class Job:
    seconds = 0.01
    def run(self): time.sleep(600)
    def give_up(self): pass
WORKERS.run([Job()])
"""
    assert subprocess.run([sys.executable, "-c", script], timeout=60, check=False).returncode == 0
