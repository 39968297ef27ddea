"""Statements that the model does not make again when it is asked the same once more."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np

from guard.deadline import watched
from guard.errors import OptionError
from guard.models.encoder import shipped
from guard.registry import Example, Filter, Sampling, option
from guard.text.brief import briefly
from guard.text.claim import is_claim
from guard.text.likelihood import weigh_tokens
from guard.text.passage import Passages
from guard.text.segment import sentences
from guard.text.support import FEATURES as SUPPORT
from guard.text.support import Question, Slip, weigh_support
from guard.types import Exchange, Finding, Part, Place, Stage, Token, Unjudged

FEATURES = (*SUPPORT, "distance")
"""What a sentence is held against a sample by: its support as if the sample were its source, and how far the
vector of the sample's nearest sentence is from its own (1 - cosine)."""

WITH_MEANING = (
    -1.14,
    {
        "novel": 0.25,
        "novel_pairs": 1.28,
        "number_unsaid": 0.11,
        "number_clash": 1.75,
        "name_unsaid": 0.00,
        "quote_unsaid": 0.15,
        "flip": 2.17,
        "distance": 1.59,
    },
)
BY_RULE = (
    -1.17,
    {
        "novel": 0.00,
        "novel_pairs": 1.84,
        "number_unsaid": 0.11,
        "number_clash": 1.26,
        "name_unsaid": 0.00,
        "quote_unsaid": 0.00,
        "flip": 3.17,
    },
)
"""Intercepts and weights, with the encoder and without. Fitted by `guard.evaluate.consistency` with `--fit
--limit 600` (`--meaning --limit 150` for those with the encoder), right and wrong sentences of each set
weighing the same: a score of 0.5 says that both are as likely where half of all sentences are wrong."""

CONTRADICTED = "self_consistency.contradicted"
UNSUPPORTED = "self_consistency.unsupported"
UNCERTAIN = "self_consistency.uncertain"

_CLASHES = {"number_clash": "number", "date_clash": "date or time", "flip": "direction or negation"}
MOST = 0.5
"""The share of samples that must say otherwise, for words to be contradicted."""
MOST_SAMPLES = 20
SHORTEST_BUDGET_MS = 100


class SelfConsistency(Filter):
    """Statements that other answers to the same prompt do not bear out, or that the model was unsure of.

    What a model knows it says again; what it makes up comes out differently each time (SelfCheckGPT, Manakul
    et al. 2023). Around a call, the pipeline asks for `samples` further answers to the same prompt while the
    answer is made, so an answer costs that many calls more; in an audit they stand in the transcript. Each
    statement is held against each sample: numbers, dates, names, negation and words by rule, as `grounding`
    does with sources, and the meaning by the vectors of the package's encoder.

    - `self_consistency.unsupported`: a statement, scored by how little the samples bear it out
    - `self_consistency.contradicted`: the words in it that at least half of the samples say otherwise
    - `self_consistency.uncertain`: a statement whose own tokens were improbable, where the endpoint tells
      their log-probabilities (`logprobs: true`, in a whole answer or a stream); one minus a probability, and
      not calibrated

    At temperature 0 all answers are the same and nothing is found: ask with a higher one, or set
    `temperature`. What a model believes firmly but wrongly is not found either.
    """

    id = "self_consistency"
    labels = (CONTRADICTED, UNSUPPORTED, UNCERTAIN)
    stages = (Stage.OUTPUT,)
    needs = frozenset({"samples"})
    hits = (
        Example(
            "The Halden bridge was opened in ‹1931›.",
            samples=("The Halden bridge was opened in 1948.", "The Halden bridge was opened in 1926."),
            label=CONTRADICTED,
        ),
        Example(
            "‹The architect Ruth Halvorsen grew up in Tromsø and studied law in Vienna.›",
            samples=(
                "Ruth Halvorsen was born in Bergen, and became known for her public libraries.",
                "Little is recorded of her youth; she first worked as a carpenter in Oslo.",
            ),
            label=UNSUPPORTED,
        ),
        Example(
            "‹该校由林则徐于1902年在福州创办，最初只招收女生。›",
            samples=("这所学校始建于1921年，创办人是陈嘉庚。", "学校的前身是一所师范学堂，位于厦门。"),
            label=UNSUPPORTED,
        ),
    )
    misses = (
        Example(
            "The Halden bridge was opened in 1931.",
            samples=(
                "The Halden bridge was opened in 1931.",
                "It was in 1931 that the Halden bridge opened.",
            ),
        ),
        Example("水在标准大气压下的沸点是100摄氏度。", samples=("标准大气压下，水的沸点是100摄氏度。",) * 2),
        Example("Hello! How can I help you today?", samples=("Hi there.", "Good morning!")),
    )
    samples: int = option(3, description="How many further answers are asked for, at most 20.")
    budget_ms: int = option(
        20_000, description="How long samples may take, counted in milliseconds from the call on."
    )
    temperature: float | None = option(
        None, description="The temperature that samples are asked with in place of the caller's."
    )
    least: int = option(
        2, description="With fewer samples that hold text than this, a text counts as not judged."
    )
    meaning: bool = option(False, description="Whether the encoder's vectors are compared as well.")
    uncertainty: Literal["mean", "least", "entropy"] = option(
        "mean",
        description="What scores `self_consistency.uncertain`: the mean or the least log-probability of the "
        "tokens that carry content, or their mean entropy.",
    )

    def __post_init__(self) -> None:
        for name, low, high in (("samples", 1, MOST_SAMPLES), ("least", 1, self.samples)):
            if not low <= getattr(self, name) <= high:
                raise OptionError(name, f"option {name!r} must be from {low} to {high}")
        if self.budget_ms < SHORTEST_BUDGET_MS:
            raise OptionError("budget_ms", f"option 'budget_ms' must be at least {SHORTEST_BUDGET_MS}")

    def load(self) -> None:
        if self.meaning:
            shipped()

    def sampling(self) -> Sampling:
        return Sampling(self.samples, self.budget_ms, self.temperature)

    def scan(self, part: Part, exchange: Exchange) -> Iterator[Finding | Unjudged]:
        if part.path.endswith(".reasoning"):
            return
        claims = [span for span in sentences(part.text) if is_claim(part.text[slice(*span)])]
        if exchange.response is not None and part.path == "response.content":
            yield from self._doubts(part, claims, exchange.response.tokens)
        if len(_readable(exchange.samples)) < self.least:
            yield self.pass_over(part, f"{_shortage(exchange)}; {self.least} are needed")
            return
        yield from self._compare(part, claims, exchange)

    def _doubts(
        self, part: Part, claims: Sequence[tuple[int, int]], tokens: Sequence[Token]
    ) -> Iterator[Finding]:
        for start, end in claims if tokens else ():
            own = [
                Token(token.start - start, token.end - start, token.logprob, token.top)
                for token in tokens
                if start <= token.start and token.end <= end
            ]
            likelihood = weigh_tokens(part.text[start:end], own)
            if likelihood:
                reason = (
                    f"log-probability {likelihood.mean:.2f} in the mean and {likelihood.least:.2f} at the "
                    f"least, entropy {likelihood.entropy:.2f}"
                )
                yield self.find(part, UNCERTAIN, start, end, likelihood.doubt(self.uncertainty), reason)

    def _compare(
        self, part: Part, claims: Sequence[tuple[int, int]], exchange: Exchange
    ) -> Iterator[Finding | Unjudged]:
        asked = [message.text for message in exchange.messages if message.role == "user"]
        bench = Bench(exchange.samples, asked[-1] if asked else "", meaning=self.meaning)
        found = bench.compare([part.text[start:end] for start, end in claims])
        for (start, end), weighed in zip(claims, found, strict=True):
            yield from self._judge(part, start, end, weighed)
        if any(weighed.foreign for weighed in found):
            yield self.pass_over(part, "samples are in another script; only numbers and dates were compared")

    def _judge(self, part: Part, start: int, end: int, weighed: Comparison) -> Iterator[Finding]:
        score = probability(weighed.mean())
        count = len(weighed.features)
        without = sum(probability(each) >= 0.5 for each in weighed.features)
        for (first, last, kind), places in weighed.clashes().items():
            if len(places) >= MOST * count:
                reason = f"another {_CLASHES[kind]} in {len(places)} of {count} samples"
                yield self.find(
                    part, CONTRADICTED, start + first, start + last, score, reason, evidence=tuple(places)
                )
        yield self.find(
            part, UNSUPPORTED, start, end, score, f"{without} of {count} samples do not bear this out"
        )


class Comparison(NamedTuple):
    """One sentence beside each sample: its features, its slips and the index that they are places in."""

    features: tuple[tuple[float, ...], ...]
    slips: tuple[tuple[Slip, ...], ...]
    indexes: tuple[Passages, ...]
    foreign: bool
    numbers: tuple[int, ...]
    """Which sample each of them is about."""

    def mean(self) -> list[float]:
        """The mean of each feature over the samples."""
        return [sum(values) / len(values) for values in zip(*self.features, strict=True)]

    def clashes(self) -> dict[tuple[int, int, str], list[Place]]:
        """Words of the sentence that samples say otherwise, and where the first such place of each is."""
        found: dict[tuple[int, int, str], list[Place]] = {}
        for number, slips, index in zip(self.numbers, self.slips, self.indexes, strict=True):
            for slip in slips:
                if slip.kind in _CLASHES and slip.passage >= 0:
                    origin = index.passages[slip.passage].start
                    place = Place(f"samples[{number}]", origin + slip.source_start, origin + slip.source_end)
                    found.setdefault((slip.start, slip.end, slip.kind), []).append(place)
        return found


class Bench:
    """The samples of one exchange, ready to hold sentences against; those without text do not count."""

    def __init__(self, samples: tuple[str, ...], question: str = "", *, meaning: bool = True) -> None:
        self._numbers = _readable(samples)
        read = tuple(samples[number] for number in self._numbers)
        self._indexes = _indexes(read)
        self._question = Question(question)
        self._vectors = _vectors(read) if meaning else ()

    def compare(self, claims: Sequence[str]) -> list[Comparison]:
        """Each sentence beside each sample; the vectors of all sentences are made in one go."""
        distances = self._distances(claims)
        return [
            self._weigh(claim, [row[number] for row in distances])
            for number, claim in enumerate(watched(claims))
        ]

    def _weigh(self, claim: str, distances: Sequence[float]) -> Comparison:
        supports = [weigh_support(claim, index, self._question) for index in self._indexes]
        features = [support.features for support in supports]
        if distances:
            features = [(*own, distance) for own, distance in zip(features, distances, strict=True)]
        slips = tuple(support.slips for support in supports)
        foreign = any(support.foreign for support in supports)
        return Comparison(tuple(features), slips, self._indexes, foreign, self._numbers)

    def _distances(self, claims: Sequence[str]) -> list[list[float]]:
        """How far each sentence is from the nearest of each sample [samples, sentences]."""
        if not claims or not self._vectors:
            return []
        own = shipped().vectors(list(claims), "output")
        return [(1 - (own @ rows.T).max(axis=1)).tolist() for rows in self._vectors]


def _readable(samples: Sequence[str]) -> tuple[int, ...]:
    """The numbers of the samples that hold something to read."""
    return tuple(number for number, text in enumerate(samples) if any(map(str.isalnum, text)))


def _shortage(exchange: Exchange) -> str:
    """Why there are too few samples."""
    count = len(exchange.samples)
    blank = count - len(_readable(exchange.samples))
    empty = f"{blank} of {count} samples hold no text" if blank else f"the exchange has {count} samples"
    return exchange.shortfall or empty


def probability(features: Sequence[float]) -> float:
    """The probability that a sentence is wrong, by the fitted rule for as many features as there are."""
    intercept, weights = WITH_MEANING if len(features) == len(FEATURES) else BY_RULE
    return weigh(intercept, weights, features)


def weigh(intercept: float, weights: Mapping[str, float], features: Sequence[float]) -> float:
    """The logistic function of the weighted features, which stand in the order of the weights."""
    total = intercept + sum(map(float.__mul__, weights.values(), features))
    return 1 / (1 + math.exp(-total))


@briefly(4)
def _indexes(samples: tuple[str, ...]) -> tuple[Passages, ...]:
    """An index of each sample; kept for the next sentences of the same exchange."""
    return tuple(Passages([sample]) for sample in samples)


@briefly(4)
def _vectors(samples: tuple[str, ...]) -> tuple[np.ndarray, ...]:
    """The vectors of each sample's sentences [sentences, hidden]; kept like the indexes."""
    cut = [[sample[start:end] for start, end in sentences(sample)] or [sample] for sample in samples]
    # Samples repeat each other: every sentence is read once.
    places = {text: place for place, text in enumerate(dict.fromkeys(text for each in cut for text in each))}
    rows = shipped().vectors(list(places), "output")
    return tuple(rows[[places[text] for text in each]] for each in cut)
