"""Tells by a few examples whether a text belongs to a topic: nearness among sentence vectors.

Vectors are seen from the middle of everyday sentences, since all of an encoder's vectors point roughly the
same way, and without the direction in which Chinese sentences differ from English ones of the same kind, so
that examples serve both. A text is as near to a topic as it is, on average, to the middle of the examples and
to the nearest of them: the one serves topics of one piece, the other those of many. How likely it belongs
there follows from how near it is to the topic, to the nearest other topic and to the nearest counter-example,
from how many examples there are, and from how near they are to each other (if they are alike, a text must be
nearer), by a logistic rule fitted on topics of public sets: `python -m guard.train.topic`.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

import numpy as np
import yaml

from guard.models.artefact import DATA
from guard.models.encoder import shipped, sigmoid
from guard.models.memory import Memory, key_of
from guard.text.stretch import stretches

EVERYDAY = DATA / "everyday.yaml"

INTERCEPT = -2.41
WEIGHTS = {"near": 10.01, "count": -0.55, "tight": -7.68, "rival": -1.30, "against": -8.44}
"""Fitted by `python -m guard.train.topic --data DIR`, texts of a topic and other texts weighing the same."""
TYPICAL = 0.55
"""How near one example of a topic usually is to the others."""


class Vectors(Protocol):
    """Whatever turns texts into unit vectors float32 [texts, hidden], zero where there is nothing to read."""

    def vectors(self, texts: Sequence[str], /) -> np.ndarray:
        """The vectors of some texts."""

    def __hash__(self) -> int:
        """Encoders are told apart by identity."""


class Everyday(NamedTuple):
    """Sentences on all sorts of things in two languages, and what is said in any conversation."""

    chinese: tuple[str, ...]
    english: tuple[str, ...]
    small_talk: tuple[str, ...]


@functools.cache
def everyday() -> Everyday:
    """The sentences that come with the package."""
    data = yaml.safe_load(EVERYDAY.read_text(encoding="utf-8"))
    return Everyday(*(tuple(data[name]) for name in Everyday._fields))


class Read(NamedTuple):
    """Start and end of a text's stretches, and their placed vectors [stretches, hidden]."""

    spans: tuple[tuple[int, int], ...]
    vectors: np.ndarray


class Ground:
    """An encoder, where everyday sentences lie in it, and what it read last."""

    def __init__(self, encoder: Vectors) -> None:
        self._encoder = encoder
        chinese, english = (encoder.vectors(texts).mean(axis=0) for texts in everyday()[:2])
        self._middle = (chinese + english) / 2
        self._apart = unit((chinese - english)[None])[0]
        self._memory: Memory[Read] = Memory(entries=256, characters=1_000_000)

    def place(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors as they are compared [texts, hidden], zero where there is nothing to read."""
        if not texts:
            return np.zeros((0, len(self._middle)), np.float32)
        found = self._encoder.vectors(texts)
        seen = (found - self._middle) * found.any(axis=1, keepdims=True)
        return unit(seen - np.outer(seen @ self._apart, self._apart))

    def read(self, text: str) -> Read:
        """The stretches of a text that hold something to read, remembered for the next topics."""
        key = key_of(text)
        found = self._memory.get(key)
        if found is None:
            spans = stretches(text)
            vectors = self.place([text[start:end] for start, end in spans])
            kept = np.flatnonzero(vectors.any(axis=1))
            found = Read(tuple(spans[place] for place in kept), vectors[kept])
            self._memory.put(key, found, len(text))
        return found


@functools.lru_cache(maxsize=4)
def ground(encoder: Vectors) -> Ground:
    """The ground of an encoder, made once."""
    return Ground(encoder)


class Judged(NamedTuple):
    """What is said of a text's stretches."""

    spans: tuple[tuple[int, int], ...]
    """Start and end of each."""
    scores: np.ndarray
    """How likely each belongs to each topic [stretches, topics]."""
    welcome: np.ndarray
    """How likely each belongs to an allowed topic, or is small talk [stretches]."""


class Topics:
    """Topics, each told by its examples. Immutable after construction, so safe to share between threads."""

    def __init__(
        self,
        topics: Mapping[str, Sequence[str]],
        *,
        allowed: Sequence[str] = (),
        counter_examples: Sequence[str] = (),
        encoder: Vectors | None = None,
    ) -> None:
        """Reads the examples, of which each topic has one at least, with the shipped encoder or another.

        Topics compete with each other and with the counter-examples, but `allowed` ones, whom small talk
        joins, not among themselves.
        """
        self._ground = ground(encoder or shipped())
        listed = [*topics.values(), everyday().small_talk] if allowed else list(topics.values())
        self._examples = [self._ground.place(texts) for texts in listed]
        self._shapes = [(len(examples), tightness(examples)) for examples in self._examples]
        self._counter_examples = self._ground.place(counter_examples)
        self._size = len(topics)
        self._welcome = np.array([*(name in allowed for name in topics), *([True] if allowed else ())])

    def scores(self, texts: Sequence[str]) -> np.ndarray:
        """How likely each text, taken as a whole, belongs to each topic [texts, topics]."""
        return self._scores(self._ground.place(texts))[:, : self._size]

    def judge(self, text: str) -> Judged:
        """How likely each stretch of a text belongs to each topic. Linear in the text."""
        spans, vectors = self._ground.read(text)
        scores = self._scores(vectors)
        welcome = scores[:, self._welcome].max(axis=1, initial=0.0)
        return Judged(spans, scores[:, : self._size], welcome)

    def _scores(self, vectors: np.ndarray) -> np.ndarray:
        columns = [nearness(vectors, examples) for examples in self._examples]
        against = (vectors @ self._counter_examples.T).max(axis=1, initial=0.0)
        found = [
            probability(near, self._rival(number, columns), against, *self._shapes[number])
            for number, near in enumerate(columns)
        ]
        return np.stack(found, axis=1)

    def _rival(self, number: int, columns: Sequence[np.ndarray]) -> np.ndarray:
        """How near the nearest rival of a topic is [texts], 0 where none is near."""
        friends = self._welcome if self._welcome[number] else np.arange(len(columns)) == number
        others = [column for column, friend in zip(columns, friends, strict=True) if not friend]
        return np.asarray(np.max([np.zeros(len(columns[number])), *others], axis=0))


def nearness(vectors: np.ndarray, examples: np.ndarray) -> np.ndarray:
    """How near placed vectors [texts, hidden] are to examples [examples, hidden], from -1 to 1 [texts]."""
    to_middle = vectors @ unit(examples.mean(axis=0, keepdims=True))[0]
    return np.asarray((to_middle + (vectors @ examples.T).max(axis=1)) / 2)


def tightness(examples: np.ndarray) -> float:
    """How much nearer than is typical each of placed examples [examples, hidden] is to the others.

    Of one example nothing is known, so 0; of a few little, so part of it.
    """
    count = len(examples)
    if count < 2:
        return 0.0
    to_middle = (examples * unit(examples.sum(axis=0) - examples)).sum(axis=1)
    among = examples @ examples.T
    np.fill_diagonal(among, -1.0)
    near = float((to_middle + among.max(axis=1)).mean() / 2)
    return (near - TYPICAL) * (count - 1) / (count + 1)


def features(
    near: np.ndarray, rival: np.ndarray, against: np.ndarray, count: int, tight: float
) -> np.ndarray:
    """What the logistic rule weighs of texts so near a topic, another, and a counter-example, [texts] each.

    The topic has `count` examples, which are so `tight`. A counter-example counts where it is nearer than the
    topic. Returns [texts, features] in the order of `WEIGHTS`.
    """
    shape = np.broadcast_to([np.log(count), tight], (len(near), 2))
    return np.column_stack([near, shape, rival, np.maximum(against - near, 0)])


def probability(
    near: np.ndarray, rival: np.ndarray, against: np.ndarray, count: int, tight: float
) -> np.ndarray:
    """How likely texts belong to a topic, from what `features` takes [texts]."""
    weights = np.array(list(WEIGHTS.values()))
    return sigmoid(features(near, rival, against, count, tight) @ weights + INTERCEPT)


def unit(rows: np.ndarray) -> np.ndarray:
    """Rows scaled to length 1; zero stays zero."""
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(np.divide(rows, norms, out=np.zeros_like(rows), where=norms > 0))
