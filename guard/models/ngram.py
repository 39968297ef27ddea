"""Judges text by hashed character n-grams and words: small, fast, numpy only, any script.

A text is normalised lightly, every substring of one to five characters and every word and word pair is
hashed into one of 2^18 buckets, and each head is a logistic regression over the buckets (sublinear term
frequency times inverse document frequency, unit length), calibrated by Platt's method for Chinese and for
other writing apart. Nothing is cut: a long text is judged in overlapping windows, and the highest score
counts.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from guard.deadline import watched
from guard.errors import ModelError
from guard.models.artefact import DATA, Artefact, describe, load
from guard.models.verdict import Verdict
from guard.text.brief import briefly

SHIPPED = DATA / "classical.safetensors"
"""The model that comes with the package."""

BITS = 18
BUCKETS = 1 << BITS
NGRAMS = (1, 2, 3, 4, 5)
WINDOW = 1000
OVERLAP = 200

_CHUNK = 40_000
"""Characters hashed in one go: large enough to spread numpy's overhead, small enough for the cache."""
_LONGEST_WORD = 24

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_INVERSE = np.uint64(pow(int(_MULTIPLIER), -1, 1 << 64))
_SCRAMBLE = np.uint64(0xBF58476D1CE4E5B9)
_FINISH = np.uint64(0x94D049BB133111EB)


class NgramModel:
    """Heads over hashed n-grams. Immutable after construction, so safe to share between threads."""

    def __init__(
        self,
        weights: np.ndarray,
        idf: np.ndarray,
        calibration: np.ndarray,
        about: Mapping[str, Any],
    ) -> None:
        """Takes `weights` [buckets, heads], `idf` [buckets] and `calibration` [writings, heads, 2].

        `calibration` holds slope and offset of the Platt scaling, the intercept included, per writing as
        `writing_of` numbers them. Raises `ModelError` when the shapes do not fit each other or the labels.
        """
        self.labels: tuple[str, ...] = tuple(about.get("labels", ()))
        self.about = about
        heads = len(self.labels)
        shapes = (weights.shape, idf.shape, calibration.shape)
        if shapes != ((BUCKETS, heads), (BUCKETS,), (len(WRITINGS), heads, 2)):
            raise ModelError(f"weights of shape {weights.shape} do not fit {heads} labels")
        self._weights, self._idf, self._calibration = weights, idf, calibration.astype(np.float64)

    @classmethod
    def load(cls, path: Path) -> NgramModel:
        """The model in a file; raises `ModelError` when it is missing, damaged or of another kind."""
        artefact = load(path)
        try:
            arrays = [artefact.arrays[name] for name in ("weights", "idf", "calibration")]
        except KeyError as error:
            raise ModelError(f"{path}: no n-gram model (it has no array {error})") from None
        return cls(arrays[0], arrays[1], arrays[2], artefact.about)

    def artefact(self) -> Artefact:
        """The model as arrays and description, ready to be saved."""
        arrays = {"weights": self._weights, "idf": self._idf, "calibration": self._calibration}
        return Artefact(arrays, self.about)

    def languages(self, family: str) -> tuple[str, ...]:
        """The languages that the heads of a family, such as `harm`, were trained and measured on."""
        return tuple(self.about.get("languages", {}).get(family, ()))

    def scores(self, texts: Sequence[str]) -> np.ndarray:
        """Calibrated scores, [texts, heads]: per head that of the highest window; 0 for empty text."""
        scores = np.zeros((len(texts), len(self.labels)))
        for number, windows in self._judge(texts):
            scores[number] = windows.max(axis=0, initial=0.0)
        return scores

    def verdicts(self, text: str) -> tuple[Verdict, ...]:
        """One verdict per head, in the order of `labels`; none for text without any characters to read."""
        spans = list(windows_of(text))
        found = []
        for _, scores in self._judge([text]):
            best = scores.argmax(axis=0)
            for head, label in enumerate(self.labels):
                start, end = spans[best[head]]
                found.append(Verdict(label, float(scores[best[head], head]), start, end))
        return tuple(found)

    def _judge(self, texts: Sequence[str]) -> Iterator[tuple[int, np.ndarray]]:
        """Number and window scores [windows, heads] of each text that has any content."""
        pieces = [[text[start:end] for start, end in windows_of(text)] for text in texts]
        flat = [piece for windows in pieces for piece in windows]
        scores = self._calibrate(self._logits(flat), flat)
        place = 0
        for number, windows in enumerate(pieces):
            if any(not window.isspace() for window in windows):
                yield number, scores[place : place + len(windows)]
            place += len(windows)

    def _logits(self, texts: Sequence[str]) -> np.ndarray:
        logits = np.zeros((len(texts), len(self.labels)))
        for first, rows, buckets, values in features(texts, self._idf):
            if rows.size == 0:
                continue
            starts = np.flatnonzero(np.diff(rows, prepend=-1))
            terms = self._weights[buckets].astype(np.float32)
            terms *= values[:, None]
            logits[first + rows[starts]] = np.add.reduceat(terms, starts, axis=0)
        return logits

    def _calibrate(self, logits: np.ndarray, texts: Sequence[str]) -> np.ndarray:
        scaling = self._calibration[[writing_of(text) for text in texts]]
        return sigmoid(logits * scaling[..., 0] + scaling[..., 1]) if texts else logits


@functools.cache
def labels() -> tuple[str, ...]:
    """The labels of the model that comes with the package, told without loading it."""
    return tuple(describe(SHIPPED).get("labels", ()))


@functools.cache
def shipped() -> NgramModel:
    """The model that comes with the package, loaded once."""
    return NgramModel.load(SHIPPED)


@briefly(8)
def judge(text: str) -> tuple[Verdict, ...]:
    """The shipped model's verdicts on a text; several filters share one reading of it."""
    return shipped().verdicts(text)


WRITINGS = ("other", "chinese")
"""The kinds of writing that are calibrated apart: a Chinese text has far fewer features than its like."""

_HAN = re.compile("[\u3400-\u9fff]")
_HAN_SHARE = 0.2


def writing_of(text: str) -> int:
    """The number in `WRITINGS` of a text's kind of writing."""
    return int(len(_HAN.findall(text)) > _HAN_SHARE * len(text))


def sigmoid(logits: np.ndarray) -> np.ndarray:
    """The logistic function, without overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * logits)))


def windows_of(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of the overlapping windows that together cover a text; none for empty text."""
    step = WINDOW - OVERLAP
    last = max(len(text) - OVERLAP, 1)
    for start in range(0, last if text else 0, step):
        yield start, min(start + WINDOW, len(text))


def normalise(text: str) -> str:
    """Compatibility forms and case folded, digits made equal, runs of white space made one."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return f" {' '.join(folded.translate(_DIGITS).split())} "


_DIGITS = {ord(digit): "0" for digit in "123456789"}


def features(
    texts: Sequence[str], idf: np.ndarray | None = None
) -> Iterator[tuple[int, np.ndarray, np.ndarray, np.ndarray]]:
    """Features of texts in chunks: first text of the chunk, then per feature row, bucket and value.

    Rows count from the chunk's first text and ascend. Values are sublinear term frequencies, with `idf`
    [buckets] weighted by it and scaled to unit length per text.
    """
    for first, chunk in watched(_chunks(texts)):
        rows, buckets, counts = _count(chunk)
        values = (1.0 + np.log(counts)).astype(np.float32)
        if idf is not None:
            values *= idf[buckets].astype(np.float32)
            norms = np.sqrt(np.bincount(rows, values.astype(np.float64) ** 2, minlength=len(chunk)))
            values /= np.maximum(norms, 1e-9)[rows].astype(np.float32)
        yield first, rows, buckets, values


def _chunks(texts: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    first, size, chunk = 0, 0, list[str]()
    for number, text in enumerate(texts):
        normal = normalise(text)
        if chunk and size + len(normal) > _CHUNK:
            yield first, chunk
            first, size, chunk = number, 0, []
        chunk.append(normal)
        size += len(normal)
    if chunk:
        yield first, chunk


def _count(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Row, bucket and count of every feature in normalised texts, ordered by row and bucket."""
    codes = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype="<u4")
    owners = np.repeat(np.arange(len(texts)), [len(text) for text in texts])
    hashes = _Hashes(codes)
    keys = [_ngrams(hashes, owners, size) for size in NGRAMS]
    keys += _words(hashes, codes, owners)
    found, counts = np.unique(np.concatenate(keys), return_counts=True)
    return (found >> BITS).astype(np.intp), (found & (BUCKETS - 1)).astype(np.intp), counts


class _Hashes:
    """Hashes of all substrings of a code sequence in constant time each (Rabin and Karp, 1987).

    The hash of a prefix is the sum of code times multiplier to the power of its place, modulo 2^64; the
    multiplier is odd, so a difference of prefixes can be shifted back to place 0.
    """

    def __init__(self, codes: np.ndarray) -> None:
        size = len(codes)
        mixed = (codes.astype(np.uint64) + np.uint64(1)) * _SCRAMBLE
        mixed ^= mixed >> np.uint64(29)
        self._prefix = np.zeros(size + 1, np.uint64)
        np.cumsum(mixed * _powers(_MULTIPLIER, size), out=self._prefix[1:])
        self._shift = _powers(_INVERSE, size)

    def buckets(self, starts: np.ndarray, ends: np.ndarray, salt: int) -> np.ndarray:
        """The bucket of each substring; substrings of another kind get another salt."""
        found = (self._prefix[ends] - self._prefix[starts]) * self._shift[starts]
        found += np.uint64(salt << 32)
        found ^= found >> np.uint64(31)
        found *= _FINISH
        return np.asarray((found >> np.uint64(64 - BITS)).astype(np.int64))


def _powers(factor: np.uint64, size: int) -> np.ndarray:
    powers = np.full(size, factor, np.uint64)
    powers[:1] = 1
    return np.asarray(np.multiply.accumulate(powers))


def _ngrams(hashes: _Hashes, owners: np.ndarray, size: int) -> np.ndarray:
    starts = np.arange(max(len(owners) - size + 1, 0))
    starts = starts[owners[starts] == owners[starts + size - 1]]
    return np.asarray((owners[starts] << BITS) | hashes.buckets(starts, starts + size, size))


def _words(hashes: _Hashes, codes: np.ndarray, owners: np.ndarray) -> list[np.ndarray]:
    """Words, and pairs of words with one character between; scripts without spaces have none."""
    inside = _is_letter(codes)
    edges = np.flatnonzero(np.diff(inside.astype(np.int8), prepend=0, append=0))
    starts, ends = edges[::2], edges[1::2]
    short = ends - starts <= _LONGEST_WORD
    starts, ends = starts[short], ends[short]
    rows = owners[starts]
    single = (rows << BITS) | hashes.buckets(starts, ends, len(NGRAMS) + 1)
    near = np.flatnonzero((starts[1:] == ends[:-1] + 1) & (rows[1:] == rows[:-1]))
    pairs = (rows[near] << BITS) | hashes.buckets(starts[near], ends[near + 1], len(NGRAMS) + 2)
    return [single, pairs]


def _is_letter(codes: np.ndarray) -> np.ndarray:
    """Whether a character belongs to a word: letters and digits of scripts that write spaces."""
    ascii_letter = (codes >= 0x61) & (codes <= 0x7A) | (codes == 0x30) | (codes == 0x27)
    spaced = (codes >= 0xC0) & (codes < 0x2000) | (codes >= 0xAC00) & (codes < 0xD7B0)
    return np.asarray(ascii_letter | spaced)
