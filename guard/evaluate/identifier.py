"""A labelled set of identifiers in Chinese and English sentences, generated; and how to score on it.

Every value is made up: checks are computed, nothing belongs to anyone. Half of the rows hold no
identifier but what looks like one: order numbers, timestamps, versions, failed checks.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from guard.evaluate.identifier_kind import KINDS, LOOKALIKES, Kind

Span = tuple[int, int, str]
"""Start, end and label."""


@dataclass(frozen=True, slots=True)
class Row:
    """A text, the spans to be found in it, and what it is: a kind of identifier or of look-alike."""

    text: str
    spans: tuple[Span, ...]
    kind: str
    touching: bool = False
    """Whether a Chinese character touches the value."""


_ZH = (
    "{0}{1}，请查收。",
    "您好，{0}：{1}谢谢",
    "{0}{1}的资料已经收到了",
    "我刚才说的{0} {1} 对吗？",
    "【{0}】{1}",
    "我的{0}是：{1}",
    "他把{0}{1}告诉我了",
    "{0}（{1}）",
    '{{"{0}": "{1}"}}',
    "| {0} | {1} |",
)
_EN = (
    "My {0} is {1}, thanks.",
    "Please note the {0} {1} for later",
    "{0}: {1}",
    "We got {0} {1}. Is that right?",
    '{{"{0}": "{1}"}}',
    "| {0} | {1} |",
    "**{0}**: {1}",
)


def generate(count: int, seed: int = 0) -> Iterator[Row]:
    """About `count` rows per kind and per look-alike, half Chinese and half English."""
    rng = random.Random(seed)
    for number in range(count):
        for kind in KINDS:
            yield _row(rng, kind.name, _write(rng, kind), kind.label, _announce(rng, kind), bool(number % 2))
        for name, make, zh, en in LOOKALIKES:
            yield _row(rng, name, make(rng), "", (rng.choice(zh), rng.choice(en)), bool(number % 2))


def _announce(rng: random.Random, kind: Kind) -> tuple[str, str]:
    if kind.bare and rng.random() < 0.25:
        return "", ""
    return rng.choice(kind.zh), rng.choice(kind.en)


def _write(rng: random.Random, kind: Kind) -> str:
    value = kind.make(rng)
    return rng.choice(kind.forms)(value, rng) if kind.forms and rng.random() < 0.5 else value


def _row(
    rng: random.Random, name: str, value: str, label: str, words: tuple[str, str], is_chinese: bool
) -> Row:
    template = rng.choice(_ZH if is_chinese else _EN)
    text = template.format(words[0] if is_chinese else words[1], value)
    start = text.rindex(value)
    end = start + len(value)
    touching = any(
        "\u4e00" <= char <= "\u9fff" for char in text[max(0, start - 1) : start] + text[end : end + 1]
    )
    return Row(text, ((start, end, label),) if label else (), name, touching)


@dataclass(frozen=True, slots=True)
class Tally:
    """How often spans were found (`hits`), not found (`missed`), and found where there are none (`false`)."""

    hits: int
    missed: int
    false: int

    @property
    def recall(self) -> float:
        """Share of the spans that were found."""
        return self.hits / (self.hits + self.missed) if self.hits + self.missed else 1.0

    @property
    def precision(self) -> float:
        """Share of what was found that is right."""
        return self.hits / (self.hits + self.false) if self.hits + self.false else 1.0

    def f(self, beta: float = 2.0) -> float:
        """The F measure that weighs recall `beta` times as much as precision."""
        weight = beta * beta
        below = (1 + weight) * self.hits + weight * self.missed + self.false
        return (1 + weight) * self.hits / below if below else 1.0


def tally(pairs: Iterable[tuple[Sequence[Span], Sequence[Span]]]) -> dict[str, Tally]:
    """Per label, from pairs of true and found spans; a span counts only when exact."""
    hits: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    false: Counter[str] = Counter()
    for gold, found in pairs:
        truth, answer = set(gold), set(found)
        hits.update(label for *_, label in truth & answer)
        missed.update(label for *_, label in truth - answer)
        false.update(label for *_, label in answer - truth)
    return {
        label: Tally(hits[label], missed[label], false[label]) for label in sorted({*hits, *missed, *false})
    }


def total(tallies: Iterable[Tally]) -> Tally:
    """All labels taken together."""
    each = list(tallies)
    return Tally(sum(t.hits for t in each), sum(t.missed for t in each), sum(t.false for t in each))
