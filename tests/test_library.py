"""Libraries that are not there, and processes that are forked while something is loaded."""

import subprocess
import sys

import pytest

from guard.errors import ModelError
from guard.library import Loading, require
from guard.models import guest, presidio
from guard.models.artefact import Artefact, describe, load, save
from guard.models.ngram import SHIPPED
from guard.models.piece import Cutter
from guard.pipeline.guard import Guard
from guard.text import language

WORD = {"id": "w", "filter": "keyword", "action": "flag", "options": {"words": ["x"]}}


@pytest.mark.parametrize(
    ("name", "use"),
    [
        ("tokenizers", lambda path: Cutter([], b"")),
        ("safetensors", lambda path: load(SHIPPED)),
        ("safetensors", lambda path: describe(SHIPPED)),
        ("safetensors", lambda path: save(path, Artefact({}, {}))),
        ("torch", lambda path: guest.load(guest.Source(str(path)))),
        ("transformers", lambda path: guest.load(guest.Source(str(path)))),
        ("py3langid", lambda path: Guard({"version": 1, "id": "one", "rules": [WORD]})),
    ],
)
def test_require_says_what_is_missing(name, use, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, name, None)

    with pytest.raises(
        ModelError, match=rf"^{name}, which a model of the guard needs, cannot be imported \("
    ):
        use(tmp_path)


def test_require_takes_what_is_there():
    require("json", "numpy")


def test_loading_is_what_guards_each_slow_load():
    locks = (guest._LOADING, language._LOADING, presidio._ROOM._loading)
    assert {type(lock) for lock in locks} == {Loading}


FORK = """
import os, sys, threading, time, warnings
from guard import library

warnings.simplefilter("ignore")  # that a process with threads forks, which is what is tried here
library.LONGEST_WAIT = float(sys.argv[1])
lock, begun, found = library.Loading(), threading.Event(), []

def load():
    with lock, lock:
        begun.set()
        time.sleep(1)
        found.append("whole")

threading.Thread(target=load).start()
begun.wait()
child = os.fork()
with lock:
    if not child:
        print(*found, flush=True)
        os._exit(0)
assert os.waitpid(child, 0)[1] == 0
with lock:
    if not os.fork():
        with lock:
            os._exit(0)
assert os.wait()[1] == 0
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no fork")
@pytest.mark.parametrize(("longest", "found"), [("60", ["whole"]), ("0.01", [])])
def test_loading_lets_no_forked_process_hang(longest, found):
    done = subprocess.run(
        [sys.executable, "-c", FORK, longest], capture_output=True, text=True, check=False, timeout=60
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == found
