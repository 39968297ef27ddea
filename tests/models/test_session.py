"""The graphs run in onnxruntime: checked before they run, in any thread, and in a process that was forked."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from guard.errors import ModelError
from guard.models import session
from guard.models.artefact import load
from guard.models.session import GRAPHS, WEIGHTS, Sessions
from tests import tiny_encoder

ROOT = Path(__file__).parents[2]


@pytest.fixture
def tiny(tmp_path):
    return tiny_encoder.make(tmp_path)


@pytest.fixture
def graphs(tiny):
    return load(tiny.folder / WEIGHTS).about["graphs"]


def test_missing_graph_is_named(tiny, graphs):
    (tiny.folder / GRAPHS[1]).unlink()

    with pytest.raises(ModelError, match=r"encoder\.rest\.onnx: cannot be read as a graph"):
        Sessions(tiny.folder, graphs)


def test_damaged_graph_is_refused(tiny, graphs):
    path = tiny.folder / GRAPHS[0]
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)

    with pytest.raises(ModelError, match=r"encoder\.first\.onnx: does not match its checksum"):
        Sessions(tiny.folder, graphs)


def test_missing_runtime_is_said(tiny, graphs, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)

    with pytest.raises(ModelError, match="onnxruntime, which a model of the guard needs, cannot be imported"):
        Sessions(tiny.folder, graphs)


def test_rest_reads_only_the_rows_that_go_on(tiny, graphs):
    (given,) = tiny_encoder.tensors(tiny.base, tiny_encoder.TEXTS)
    words, mask, kinds = (part.numpy() for part in given)
    sessions = Sessions(tiny.folder, graphs, 1)
    states, _ = sessions.first(words, mask.astype(np.int32), kinds)
    every = sessions.rest(states, mask.astype(np.int32), np.arange(len(mask)))

    some = sessions.rest(states, mask.astype(np.int32), np.array([1, 4]))

    for whole, part in zip(every, some, strict=True):
        np.testing.assert_allclose(part, whole[[1, 4]], atol=1e-4)


def test_cores_are_those_the_process_may_use():
    assert 1 <= session.cores() <= 4096


FORK = """
import os, sys, threading, warnings
from pathlib import Path
from guard.models.encoder import Encoder

warnings.simplefilter("ignore")  # that a process with threads forks, which is what is tried here
encoder = Encoder.load(Path(sys.argv[1]), threads=2)
encoder._judged._lock.acquire()  # as if another thread held it when the process forks
encoder._runner._lock.acquire()
child = os.fork()
if not child:
    print(*(verdict.score for verdict in encoder.judge("how to kill a process")), flush=True)
    sys.exit(0)
encoder._judged._lock.release()
encoder._runner._lock.release()
assert os.waitpid(child, 0)[1] == 0
print(*(verdict.score for verdict in encoder.judge("how to kill a process")), flush=True)
child = os.fork()
if not child:
    print(*(verdict.score for verdict in encoder.judge("how to kill a process")), flush=True)
    sys.exit(0)
assert os.waitpid(child, 0)[1] == 0
"""


QUIET = """
import sys
from pathlib import Path
from guard.models.encoder import Encoder

Encoder.load(Path(sys.argv[1]), threads=1).judge("how to kill a process")
"""


def test_runtime_reports_to_nobody(tiny, tmp_path):
    """Left alone, it keeps the machine's identifier in the user's cache, and sends events to its makers."""
    home = tmp_path / "home"
    home.mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ORT_", "XDG_"))}
    done = run(QUIET, tiny.folder, kept | {"HOME": str(home)})

    assert done.returncode == 0, done.stderr
    assert list(home.rglob("*")) == []


def run(code, folder, environment=None):
    return subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        capture_output=True, text=True, check=False, timeout=240, env=environment, cwd=ROOT,
    )  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="no fork")
def test_forked_process_judges_as_its_parent(tiny):
    done = run(FORK, tiny.folder)

    assert done.returncode == 0, done.stderr
    before, parent, after = done.stdout.splitlines()
    assert before == parent == after
