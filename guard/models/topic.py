"""Tells by a few examples whether a text belongs to a topic: by nearness in meaning and in words.

Sentence vectors are seen from the middle of everyday sentences, since all of an encoder's vectors point
roughly the same way, and without the direction in which Chinese sentences differ from English ones of the
same kind, so that examples serve both. Words that a text shares with an example bring it nearer; none shared
takes nothing away, as that may be for another language. A text is as near to a topic as it is, on average, to
the middle of the examples and to the nearest of them: the one serves topics of one piece, the other those of
many.

How likely it belongs there follows from how near it is, how much nearer another topic or a counter-example
is, how many examples there are, and how near those of each of the filter's topics are to each other (if they
are alike, a text must be nearer), by a logistic rule fitted on topics of public sets with
`python -m guard.train.topic`.
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
from guard.models.sketch import SIZE, sketches
from guard.text.stretch import stretches

EVERYDAY = DATA / "everyday.yaml"

INTERCEPT = -1.97
WEIGHTS = {"near": 7.42, "count": -0.60, "tight": -7.41, "rival": -1.53, "against": -7.68}
"""Fitted by `python -m guard.train.topic --data DIR`, texts of a topic and other texts weighing the same."""
TYPICAL = 0.55
"""How near one example of a topic usually is to the others."""
CHANCE = 0.2
"""How near, in words, texts may be by chance."""


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


class Placed(NamedTuple):
    """Texts as they are compared, each a row of unit length, or zero where there is nothing to read."""

    meaning: np.ndarray
    """Sentence vectors [texts, hidden]."""
    words: np.ndarray
    """Sketches [texts, sketch]."""

    def pick(self, places: np.ndarray | slice) -> Placed:
        """The texts at some places."""
        return Placed(self.meaning[places], self.words[places])


class Read(NamedTuple):
    """Start and end of a text's stretches, and the stretches as they are compared."""

    spans: tuple[tuple[int, int], ...]
    placed: Placed


class Ground:
    """An encoder, where everyday sentences lie in it, and what it read last."""

    def __init__(self, encoder: Vectors) -> None:
        self._encoder = encoder
        chinese, english = (encoder.vectors(texts).mean(axis=0) for texts in everyday()[:2])
        self._middle = (chinese + english) / 2
        self._apart = unit((chinese - english)[None])[0]
        self._usual = unit(sketches([*everyday().chinese, *everyday().english])).mean(axis=0)
        self._memory: Memory[Read] = Memory(entries=256, characters=200_000)

    def place(self, texts: Sequence[str]) -> Placed:
        """Texts as they are compared."""
        if not texts:
            return Placed(np.zeros((0, len(self._middle)), np.float32), np.zeros((0, SIZE), np.float32))
        found = self._encoder.vectors(texts)
        readable = found.any(axis=1, keepdims=True)
        seen = (found - self._middle) * readable
        meaning = unit(seen - np.outer(seen @ self._apart, self._apart))
        return Placed(meaning, unit((unit(sketches(texts)) - self._usual) * readable))

    def read(self, text: str) -> Read:
        """The stretches of a text that hold something to read, remembered for the next topics."""
        key = key_of(text)
        found = self._memory.get(key)
        if found is None:
            spans = stretches(text)
            placed = self.place([text[start:end] for start, end in spans])
            kept = np.flatnonzero(placed.meaning.any(axis=1))
            found = Read(tuple(spans[place] for place in kept), placed.pick(kept))
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
        self._tight = float(np.mean([tightness(examples) for examples in self._examples[: len(topics)]]))
        self._counter_examples = self._ground.place(counter_examples)
        self._size = len(topics)
        self._welcome = np.array([*(name in allowed for name in topics), *([True] if allowed else ())])

    def scores(self, texts: Sequence[str]) -> np.ndarray:
        """How likely each text, taken as a whole, belongs to each topic [texts, topics]."""
        return self._scores(self._ground.place(texts))[:, : self._size]

    def judge(self, text: str) -> Judged:
        """How likely each stretch of a text belongs to each topic. Linear in the text."""
        spans, placed = self._ground.read(text)
        scores = self._scores(placed)
        welcome = scores[:, self._welcome].max(axis=1, initial=0.0)
        return Judged(spans, scores[:, : self._size], welcome)

    def _scores(self, placed: Placed) -> np.ndarray:
        columns = [nearness(placed, examples) for examples in self._examples]
        against = nearest(placed, self._counter_examples)
        found = [
            probability(near, self._rival(number, columns), against, len(examples.meaning), self._tight)
            for number, (near, examples) in enumerate(zip(columns, self._examples, strict=True))
        ]
        return np.stack(found, axis=1)

    def _rival(self, number: int, columns: Sequence[np.ndarray]) -> np.ndarray:
        """How near the nearest rival of a topic is [texts], 0 where none is near."""
        friends = self._welcome if self._welcome[number] else np.arange(len(columns)) == number
        others = [column for column, friend in zip(columns, friends, strict=True) if not friend]
        return np.asarray(np.max([np.zeros(len(columns[number])), *others], axis=0))


def nearness(texts: Placed, examples: Placed) -> np.ndarray:
    """How near texts are to the examples of a topic, from -1 to 2 [texts]."""
    meaning, words = (
        (some @ unit(others.mean(axis=0, keepdims=True))[0] + (some @ others.T).max(axis=1)) / 2
        for some, others in zip(texts, examples, strict=True)
    )
    return together(meaning, words)


def nearest(texts: Placed, examples: Placed) -> np.ndarray:
    """How near texts are to the nearest of some examples, 0 where there is none [texts]."""
    near = together(texts.meaning @ examples.meaning.T, texts.words @ examples.words.T)
    return np.asarray(near.max(axis=1, initial=0.0))


def together(meaning: np.ndarray, words: np.ndarray) -> np.ndarray:
    """Nearness in meaning, raised by nearness in words as far as that is more than chance."""
    return np.asarray(meaning + np.maximum(words - CHANCE, 0))


def tightness(examples: Placed) -> float:
    """How much nearer than is typical each example is to the others.

    Of one example nothing is known, so 0; of a few little, so part of it.
    """
    count = len(examples.meaning)
    if count < 2:
        return 0.0
    near = together(*(_among(part) for part in examples)).mean()
    return float((near - TYPICAL) * (count - 1) / (count + 1))


def _among(rows: np.ndarray) -> np.ndarray:
    """How near each row is to the others, as `nearness` has it [rows]."""
    to_middle = (rows * unit(rows.sum(axis=0) - rows)).sum(axis=1)
    among = rows @ rows.T
    np.fill_diagonal(among, -1.0)
    return np.asarray((to_middle + among.max(axis=1)) / 2)


def features(
    near: np.ndarray, rival: np.ndarray, against: np.ndarray, count: int, tight: float
) -> np.ndarray:
    """What the logistic rule weighs of texts so near a topic, another, and a counter-example, [texts] each.

    The topic has `count` examples, and the topics are so `tight`. The others count as far as they are nearer
    than the topic. Returns [texts, features] in the order of `WEIGHTS`.
    """
    shape = np.broadcast_to([np.log(count), tight], (len(near), 2))
    return np.column_stack([near, shape, np.maximum(rival - near, 0), np.maximum(against - near, 0)])


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
