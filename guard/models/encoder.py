"""The guard model: a multilingual encoder that reads a text once and judges it by many labels.

A text is cut into pieces and laid out in overlapping windows of which every one is judged; a label's score
is that of its worst window. A label's probability is that of its family, "anything at all", times its own
within the family, then calibrated. A window that the exit after a few layers finds innocent goes no further.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from guard.deadline import check
from guard.errors import ModelError, suggest
from guard.models.artefact import DATA, Artefact, load
from guard.models.block import unpack
from guard.models.calibration import Calibration, group_of
from guard.models.memory import Memory, key_of
from guard.models.piece import BEGIN, END, Cutter, Pieces
from guard.models.session import WEIGHTS, Reading, Runner, Sessions
from guard.models.sight import Seen, Sights, sight_of
from guard.models.verdict import Verdict
from guard.models.window import SIZE, Batch, Window, batches, shares, windows

CPU = "cpu"

CLAIM, EVIDENCE, WRONG, NONE = "claim", "evidence", "wrong", "none"
"""What the description calls the kinds of a claim and its source, the mark of what is wrong, and that of
what is part of no name, which those of names follow."""
LONGEST_CLAIM = 96
"""Pieces of a claim beside its source."""

SPACE = "▁"
"""The piece that white space becomes."""


class Encoder:
    """The model with whatever runs it. Safe to share between threads, and to fork."""

    def __init__(self, artefact: Artefact, runner: Runner) -> None:
        """Raises `ModelError` when the artefact lacks what an encoder needs."""
        self.about, self.arrays = artefact.about, artefact.arrays
        try:
            self._families = {name: tuple(labels) for name, labels in self.about["families"]}
            self._kinds = {name: number for number, name in enumerate(self.about["kinds"])}
            marks = tuple(self.about["marks"])
            self._wrong, self._none = marks.index(WRONG), marks.index(NONE)
            self._words = artefact.arrays["word"]
            texts = artefact.arrays["pieces.text"].tobytes().decode().split("\n")
            self._cutter = _cutter(texts, artefact.arrays)
            self._space = texts.index(SPACE)
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"no encoder (it has no {error})") from None
        self.tags = marks[self._none :]
        self.labels = tuple(label for labels in self._families.values() for label in labels)
        self._owners = np.repeat(
            np.arange(len(self._families)), [len(labels) for labels in self._families.values()]
        )
        self._calibration = _calibration(artefact)
        self._leave = _Leave(self)
        self._runner = runner
        self._judged: Memory[tuple[Verdict, ...]] = Memory(entries=256, characters=1_000_000)
        self._sights = Sights()

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

    def marks(self, texts: Sequence[str], kind: str = "input") -> list[Marks]:
        """How likely each piece of each text is part of which name, by `tags`.

        Of two windows that show a piece, the one whose edge is farther from it tells. Windows that were
        judged lately are not read again, only on from the exit where they left.
        """
        cuts = [self._cut(text) for text in texts]
        rows = [row for cut, text in zip(cuts, texts, strict=True) for row in windows(cut, len(text))]
        kinds = np.full(len(rows), self._number(kind))
        seen = iter(self._read([row.ids for row in rows], kinds, _everything))
        found = []
        for cut in cuts:
            chances = np.empty((len(cut.ids), len(self.tags)), np.float32)
            for share, one in zip(shares(len(cut.ids)), seen, strict=False):
                own = slice(share.start - share.first + 1, share.end - share.first + 1)
                chances[share.start : share.end] = log_softmax(_whole(one).marks[own, self._none :])
            found.append(Marks(chances, cut.spans))
        return found

    def compare(self, claims: Sequence[str], sources: Sequence[str]) -> list[Comparison]:
        """How each claim stands to the source at its place: two texts read together.

        A window has room for `LONGEST_CLAIM` pieces of a claim, about its first 300 characters, and
        in all for `window.SIZE`: hand in sentences, and passages of a source. What is cut off is said.
        """
        rows = [self._lay_pair(claim, source) for claim, source in zip(claims, sources, strict=True)]
        found: list[Comparison] = [_NOTHING] * len(rows)
        for batch in batches([row.ids for row in rows]):
            kinds = np.full(batch.ids.shape, self._kinds[EVIDENCE], np.int64)
            for place, number in enumerate(batch.numbers):
                kinds[place, : rows[number].claim + 2] = self._kinds[CLAIM]
            states, _ = self._start(batch, kinds)
            reading = self._runner.rest(states, batch.mask, np.arange(len(batch.numbers)))
            for place, number in enumerate(batch.numbers):
                row = rows[number]
                wrong = sigmoid(reading.marks[place, 1 : row.claim + 1, self._wrong])
                found[number] = Comparison(softmax(reading.support[place]), wrong, row.spans, row.cut)
        return found

    def _lay_pair(self, claim: str, source: str) -> _Pair:
        own, other = self._cut(claim), self._cut(source)
        said = own.ids[:LONGEST_CLAIM]
        read = other.ids[: SIZE - len(said) - 4]
        ids = np.concatenate([[BEGIN], said, [END, END], read, [END]])
        cut = len(said) < len(own.ids) or len(read) < len(other.ids)
        return _Pair(ids, len(said), own.spans[: len(said)], cut)

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
        stays = self._leave.stays if leave else _everything
        seen = self._read(rows, kinds, stays)
        if not seen:
            return _Raw(np.zeros((0, len(self.labels))), np.zeros(0, bool))
        chances = sigmoid(np.stack([one.early for one in seen]))
        # What is read on for another reason scores as it would have without.
        late = stays(chances)
        scores = self._leave.scores(chances)
        for number in np.flatnonzero(late):
            reading = _whole(seen[number])
            scores[number] = sigmoid(reading.gates)[self._owners] * sigmoid(reading.logits)
        return _Raw(scores, late)

    def _read(self, rows: Sequence[np.ndarray], kinds: np.ndarray, stays: _Stays) -> list[Seen]:
        """Reads windows, those that stay to the end; what was read lately is taken up where it was left."""
        keys = [sight_of(row, int(kind)) for row, kind in zip(rows, kinds, strict=True)]
        kept = [self._sights.get(key) for key in keys]
        new = [number for number, one in enumerate(kept) if one is None]
        fresh = iter(self._see([rows[number] for number in new], kinds[new], stays))
        seen = [next(fresh) if one is None else one for one in kept]
        on = stays(sigmoid(np.stack([one.early for one in seen]))) if seen else ()
        for number, goes_on in enumerate(on):
            if goes_on and seen[number].whole is None:
                seen[number] = self._read_on(seen[number])
            if seen[number] is not kept[number]:
                self._sights.put(keys[number], seen[number])
        return seen

    def _see(self, rows: Sequence[np.ndarray], kinds: np.ndarray, stays: _Stays) -> list[Seen]:
        """Reads windows from the start."""
        found: dict[int, Seen] = {}
        for batch in batches(rows):
            states, early = self._first(batch, kinds)
            stay = stays(sigmoid(early))
            on = np.flatnonzero(stay)
            if on.size:
                reading = self._runner.rest(states, batch.mask, on)
                for place, row in enumerate(on):
                    found[int(batch.numbers[row])] = Seen(early[row], whole=reading.of(place))
            for row in np.flatnonzero(~stay):
                # A list of places copies, so that the other windows of the batch are not kept along.
                found[int(batch.numbers[row])] = Seen(early[row], states[[row]], batch.mask[[row]])
        return [found[number] for number in range(len(rows))]

    def _read_on(self, one: Seen) -> Seen:
        """Reads a window that left from there to the end."""
        check()
        reading = self._runner.rest(one.states, one.mask, np.arange(1))
        return Seen(one.early, whole=reading.of(0))

    def _first(self, batch: Batch, kinds: np.ndarray) -> tuple[Any, np.ndarray]:
        """States at the exit and early logits of a batch; `kinds` are those of all windows [windows]."""
        spread = np.repeat(kinds[batch.numbers][:, None], batch.ids.shape[1], axis=1)
        return self._start(batch, spread)

    def _start(self, batch: Batch, kinds: np.ndarray) -> tuple[Any, np.ndarray]:
        """The same, with the kinds of each piece [windows, pieces]."""
        check()
        numbers, places = np.unique(batch.ids, return_inverse=True)
        words = unpack(self._words[numbers])[places.reshape(batch.ids.shape)]
        return self._runner.first(words, batch.mask, kinds)


class Marks(NamedTuple):
    """What is said of the pieces of a text."""

    chances: np.ndarray
    """Logarithm of the probability that a piece is part of no name or of which, by `tags` [pieces, tags]."""
    spans: np.ndarray
    """The pieces' characters in the text [pieces, 2]."""


class Comparison(NamedTuple):
    """How a claim stands to a source."""

    chances: np.ndarray
    """Of being supported, contradicted, or neither [3]."""
    wrong: np.ndarray
    """Of each piece of the claim, that it is wrong [pieces]."""
    spans: np.ndarray
    """The pieces' characters in the claim [pieces, 2]."""
    cut: bool
    """Whether the window had no room for all of claim and source."""


_NOTHING = Comparison(np.full(3, 1 / 3), np.zeros(0), np.zeros((0, 2), np.int64), False)


class _Pair(NamedTuple):
    """A claim and a source in one row: how many pieces the claim has, their characters, and what was cut."""

    ids: np.ndarray
    claim: int
    spans: np.ndarray
    cut: bool


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


def softmax(logits: np.ndarray) -> np.ndarray:
    """Logits [..., classes] as probabilities."""
    powers = np.exp(logits.astype(np.float64) - logits.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """Logits [..., classes] as logarithms of probabilities."""
    shifted = logits.astype(np.float64) - logits.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))


_Stays = Callable[[np.ndarray], np.ndarray]
"""Says which windows go on at the exit, by their families' early probabilities [windows, families]."""


def _everything(chances: np.ndarray) -> np.ndarray:
    return np.ones(len(chances), bool)


def _whole(one: Seen) -> Reading:
    assert one.whole is not None, "read to the end"
    return one.whole


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
