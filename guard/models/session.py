"""Runs the encoder's graphs in onnxruntime, on the processor.

Sessions are made when first needed, and anew in a process that was forked: the threads of a session do not
survive that. Threads that wait sleep, rather than spin.
"""

from __future__ import annotations

import atexit
import ctypes
import hashlib
import os
import threading
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np

from guard.errors import ModelError
from guard.library import require

WEIGHTS = "encoder.safetensors"
GRAPHS = ("encoder.first.onnx", "encoder.rest.onnx")
"""The files of the model: weights, the graph up to the exit, the graph of the rest."""

MOST_THREADS = 8
"""Threads beyond that gain nothing on inputs of a few thousand pieces."""


class Reading(NamedTuple):
    """What the whole encoder says of a batch: logits of labels and of families, unit sentence vectors, logits
    of how a claim stands to its source [texts, 3], and of single pieces [texts, pieces, marks]."""

    logits: np.ndarray
    gates: np.ndarray
    vectors: np.ndarray
    support: np.ndarray
    marks: np.ndarray

    def of(self, row: int) -> Reading:
        """That of one text of the batch, which keeps nothing of the others."""
        return Reading(*(part[row].copy() for part in self))


class _Runs:
    """Counts runs under way, so that the process ends after them: a run cut off at exit aborts it."""

    def __init__(self) -> None:
        self._idle, self._count, self._ending = threading.Condition(), 0, False
        atexit.register(self._end)

    def __enter__(self) -> None:
        with self._idle:
            if self._ending:
                raise ModelError("the process is ending")
            self._count += 1

    def __exit__(self, *_: object) -> None:
        with self._idle:
            self._count -= 1
            self._idle.notify_all()

    def _end(self) -> None:
        with self._idle:
            self._ending = True
            self._idle.wait_for(lambda: not self._count, timeout=30)


_RUNS = _Runs()


class Runner(Protocol):
    """Whatever computes the two halves of the encoder."""

    def first(self, words: np.ndarray, mask: np.ndarray, kinds: np.ndarray) -> tuple[Any, np.ndarray]:
        """From embedded pieces float32 [texts, pieces, hidden], mask int32 and kinds int64 [texts, pieces] to
        the states at the exit, which only `rest` reads, by text, and the families' early logits [texts,
        families]."""

    def rest(self, states: Any, mask: np.ndarray, rows: np.ndarray) -> Reading:
        """From states and mask of a batch, of which only the texts in `rows` go on, to what they read."""


class Sessions:
    """The graphs of a model in onnxruntime. Safe to share between threads, and to fork."""

    def __init__(self, folder: Path, graphs: Mapping[str, str], threads: int | None = None) -> None:
        """`graphs` gives the SHA-256 of each file.

        Raises `ModelError` when one is missing or damaged, or onnxruntime cannot be imported.
        """
        _runtime()
        self._files = [(folder / name, graphs.get(name, "")) for name in GRAPHS]
        self._threads = threads or min(cores(), MOST_THREADS)
        for path, expected in self._files:
            _check(path, expected)
        self._renew()
        _alive.add(self)

    def _renew(self) -> None:
        self._lock = threading.Lock()
        self._made: tuple[Any, Any] | None = None

    def first(self, words: np.ndarray, mask: np.ndarray, kinds: np.ndarray) -> tuple[Any, np.ndarray]:
        given = {"words": words, "mask": mask, "kinds": kinds}
        with _RUNS:
            states, early = self._both()[0].run(["states", "early"], given)
        return states, early

    def rest(self, states: Any, mask: np.ndarray, rows: np.ndarray) -> Reading:
        if len(rows) < len(mask):
            states, mask = states[rows], mask[rows]
        with _RUNS:
            found = self._both()[1].run(list(Reading._fields), {"states": states, "mask": mask})
        return Reading(*found)

    def _both(self) -> tuple[Any, Any]:
        with self._lock:
            if self._made is None:
                first, rest = (self._make(path) for path, _ in self._files)
                self._made = first, rest
            return self._made

    def _make(self, path: Path) -> Any:
        runtime = _runtime()
        options = runtime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        # The next level would join sums and their normalisation in one operator, which is slower.
        options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        return runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def cores() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _check(path: Path, expected: str) -> None:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: cannot be read as a graph ({error})") from None
    if hashlib.sha256(data).hexdigest() != expected:
        raise ModelError(f"{path}: does not match its checksum; the file is damaged")


def _runtime() -> Any:
    """The library, kept from reporting to its makers: since 1.29 it does so unless told not to beforehand."""
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    require("onnxruntime")
    import onnxruntime

    onnxruntime.disable_telemetry_events()
    return onnxruntime


_alive: weakref.WeakSet[Sessions] = weakref.WeakSet()


def _after_fork() -> None:
    _RUNS.__init__()  # type: ignore[misc]
    """Forgets the parent's sessions without ending them: that would wait for threads which are not here."""
    for sessions in _alive:
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(sessions._made))
        sessions._renew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
