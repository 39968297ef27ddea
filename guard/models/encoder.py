"""The guard model: a multilingual encoder that reads a text once and judges it by many labels.

A text is cut into pieces and laid out in overlapping windows of which every one is judged; a label's score
is that of its worst window. A label's probability is that of its family, "anything at all", times its own
within the family, then calibrated. A window that the exit after a few layers finds innocent goes no further.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from guard.errors import ModelError, suggest
from guard.models.artefact import DATA, Artefact, load
from guard.models.block import unpack
from guard.models.calibration import Calibration, group_of
from guard.models.memory import Memory, key_of
from guard.models.piece import Cutter, Pieces
from guard.models.session import WEIGHTS, Runner, Sessions
from guard.models.verdict import Verdict
from guard.models.window import Batch, Window, batches, windows

CPU = "cpu"

SPACE = "▁"
"""The piece that white space becomes."""


class Encoder:
    """The model with whatever runs it. Safe to share between threads, and to fork."""

    def __init__(self, artefact: Artefact, runner: Runner) -> None:
        """Raises `ModelError` when the artefact lacks what an encoder needs."""
        self.about = artefact.about
        try:
            self._families = {name: tuple(labels) for name, labels in self.about["families"]}
            self._kinds = {name: number for number, name in enumerate(self.about["kinds"])}
            self._words = artefact.arrays["word"]
            texts = artefact.arrays["pieces.text"].tobytes().decode().split("\n")
            self._cutter = _cutter(texts, artefact.arrays)
            self._space = texts.index(SPACE)
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"no encoder (it has no {error})") from None
        self.labels = tuple(label for labels in self._families.values() for label in labels)
        self._owners = np.repeat(
            np.arange(len(self._families)), [len(labels) for labels in self._families.values()]
        )
        self._calibration = _calibration(artefact)
        self._leave = _Leave(self)
        self._runner = runner
        self._judged: Memory[tuple[Verdict, ...]] = Memory(entries=256, characters=1_000_000)

    @classmethod
    def load(cls, folder: Path, *, device: str = CPU, threads: int | None = None) -> Encoder:
        """The encoder in a folder, run by onnxruntime, or on another `device`, such as `cuda`, by torch.

        Raises `ModelError` when a file is missing, damaged or of another kind, or the device is not there.
        """
        artefact = load(folder / WEIGHTS, mapped=True)
        if "families" not in artefact.about:
            raise ModelError(f"{folder / WEIGHTS}: no encoder, but another kind of model")
        if device == CPU:
            return cls(artefact, Sessions(folder, artefact.about.get("graphs", {}), threads))
        from guard.models.accelerator import Accelerator

        return cls(artefact, Accelerator(artefact, device))

    def languages(self, family: str) -> tuple[str, ...]:
        """The languages that the labels of a family, such as `harm`, were trained and measured on."""
        return tuple(self.about.get("languages", {}).get(family, ()))

    def thresholds(self, label: str) -> Mapping[str, float]:
        """The scores from which so many innocent texts are flagged, by share, such as `1%`."""
        return dict(self.about.get("thresholds", {}).get(label, {}))

    def judge(self, text: str, kind: str = "input", *, leave: bool = True) -> tuple[Verdict, ...]:
        """One verdict per label, in the order of `labels`; none for text without anything to read.

        `kind` says what the text is: `input`, `output` or `document`. Without `leave`, no window takes the
        exit. Raises `ModelError` for an unknown kind.
        """
        return self.judge_all([text], [kind], leave=leave)[0]

    def judge_all(
        self, texts: Sequence[str], kinds: Sequence[str], *, leave: bool = True
    ) -> list[tuple[Verdict, ...]]:
        """The verdicts on several texts, as `judge` gives them, in fewer and fuller batches."""
        keys = [key_of(text, self._number(kind), leave) for text, kind in zip(texts, kinds, strict=True)]
        found = [self._judged.get(key) for key in keys]
        missing = [place for place, verdicts in enumerate(found) if verdicts is None]
        asked = [(texts[place], self._number(kinds[place])) for place in missing]
        for place, verdicts in zip(missing, self._verdicts(asked, leave), strict=True):
            found[place] = verdicts
            self._judged.put(keys[place], verdicts, len(texts[place]))
        return [verdicts or () for verdicts in found]

    def vectors(self, texts: Sequence[str], kind: str = "input") -> np.ndarray:
        """Unit sentence vectors float32 [texts, hidden]; zero for text without anything to read.

        That of a text longer than a window is the mean of its windows'.
        """
        rows, owners = self._lay_out(texts)
        sums = np.zeros((len(texts), int(self.about["hidden"])), np.float32)
        kinds = np.full(len(rows), self._number(kind))
        for batch in batches([row.ids for row in rows]):
            states, _ = self._first(batch, kinds)
            every = np.arange(len(batch.numbers))
            np.add.at(sums, owners[batch.numbers], self._runner.rest(states, batch.mask, every).vectors)
        norms = np.linalg.norm(sums, axis=1, keepdims=True)
        return np.asarray(np.divide(sums, norms, out=sums, where=norms > 0))

    def _number(self, kind: str) -> int:
        if kind not in self._kinds:
            raise ModelError(f"no kind of text {kind!r}; {suggest(kind, self._kinds)}")
        return self._kinds[kind]

    def _cut(self, text: str) -> Pieces:
        """A text's pieces, none where they are nothing but white space."""
        pieces = self._cutter.cut(text)
        return pieces if (pieces.ids != self._space).any() else Pieces(pieces.ids[:0], pieces.spans[:0])

    def _lay_out(self, texts: Sequence[str]) -> tuple[list[Window], np.ndarray]:
        """All windows of all texts, and the number of each one's text."""
        found = [list(windows(self._cut(text), len(text))) for text in texts]
        owners = np.repeat(np.arange(len(texts)), [len(rows) for rows in found])
        return [row for rows in found for row in rows], owners

    def _verdicts(self, asked: Sequence[tuple[str, int]], leave: bool) -> list[tuple[Verdict, ...]]:
        texts = [text for text, _ in asked]
        rows, owners = self._lay_out(texts)
        kinds = np.array([asked[owner][1] for owner in owners], np.int64)
        raw = self._raw([row.ids for row in rows], kinds, leave)
        scores = np.empty(raw.scores.shape)
        for number, (row, owner) in enumerate(zip(rows, owners, strict=True)):
            own = raw.scores[number]
            if raw.late[number] and self._calibration:
                own = self._calibration.apply(own, group_of(texts[owner][row.start : row.end]))
            scores[number] = own
        return [self._worst(rows, scores, np.flatnonzero(owners == place)) for place in range(len(asked))]

    def _worst(self, rows: Sequence[Window], scores: np.ndarray, own: np.ndarray) -> tuple[Verdict, ...]:
        """The verdicts on the text whose windows are numbered `own`."""
        if not own.size:
            return ()
        best = own[scores[own].argmax(axis=0)]
        return tuple(
            Verdict(label, float(scores[at, number]), rows[at].start, rows[at].end)
            for number, (label, at) in enumerate(zip(self.labels, best, strict=True))
        )

    def _raw(self, rows: Sequence[np.ndarray], kinds: np.ndarray, leave: bool) -> _Raw:
        """What the network itself says of windows."""
        scores = np.zeros((len(rows), len(self.labels)))
        late = np.zeros(len(rows), bool)
        for batch in batches(rows):
            states, early = self._first(batch, kinds)
            chances = sigmoid(early)
            stay = self._leave.stays(chances) if leave else np.ones(len(chances), bool)
            on = np.flatnonzero(stay)
            scores[batch.numbers] = self._leave.scores(chances)
            if on.size:
                reading = self._runner.rest(states, batch.mask, on)
                gates = sigmoid(reading.gates)[:, self._owners]
                scores[batch.numbers[on]] = gates * sigmoid(reading.logits)
            late[batch.numbers[on]] = True
        return _Raw(scores, late)

    def _first(self, batch: Batch, kinds: np.ndarray) -> tuple[Any, np.ndarray]:
        """States at the exit and early logits of a batch; `kinds` are those of all windows."""
        numbers, places = np.unique(batch.ids, return_inverse=True)
        words = unpack(self._words[numbers])[places.reshape(batch.ids.shape)]
        return self._runner.first(words, batch.mask, kinds[batch.numbers])


class _Raw(NamedTuple):
    """Scores of windows [windows, labels], and which windows went through the whole network [windows]."""

    scores: np.ndarray
    late: np.ndarray


class _Leave:
    """The exit: which windows are plainly innocent after a few layers, and what is said of them."""

    def __init__(self, encoder: Encoder) -> None:
        cuts = encoder.about.get("exit", {})
        families = [name for name, _ in encoder.about["families"]]
        self._cuts = np.array([cuts.get(name, 0.0) for name in families])
        self._owners = encoder._owners
        least = [min(encoder.thresholds(label).values(), default=np.inf) for label in encoder.labels]
        self._most = np.array(least) / 2

    def stays(self, chances: np.ndarray) -> np.ndarray:
        """Which windows go on, by their families' early probabilities [windows, families]."""
        return np.asarray((chances >= self._cuts).any(axis=1))

    def scores(self, chances: np.ndarray) -> np.ndarray:
        """The scores of windows that leave [windows, labels]: the family's, below each stored threshold."""
        return np.asarray(np.minimum(chances[:, self._owners], self._most))


def sigmoid(logits: np.ndarray) -> np.ndarray:
    """The logistic function in double precision, without overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * logits.astype(np.float64))))


def _cutter(texts: Sequence[str], arrays: Mapping[str, np.ndarray]) -> Cutter:
    scores = arrays["pieces.score"].tolist()
    return Cutter(list(zip(texts, scores, strict=True)), arrays["pieces.charsmap"].tobytes())


def _calibration(artefact: Artefact) -> Calibration | None:
    known, right = (artefact.arrays.get(f"calibration.{name}") for name in "xy")
    if known is None or right is None:
        return None
    return Calibration(known, right, artefact.about.get("groups", ()))


@functools.cache
def shipped() -> Encoder:
    """The encoder that comes with the package, loaded once."""
    return Encoder.load(DATA)
