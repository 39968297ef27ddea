"""Fits the logistic rule by which the topic filter turns nearness into a probability.

    python -m guard.train.topic --data DIR [--encoder FOLDER]

DIR holds `manifest.csv` and the sets named in `SETS`, whose categories serve as topics. Many filters are made
up: a topic with one to twenty examples, up to five rivals, and texts to judge: half of them on topic, a
quarter from the set's other categories, a quarter from everyday prompts. Prints `INTERCEPT` and `WEIGHTS` to
be put into `guard/models/topic.py`, and how well the rule does on each set when fitted on the others.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from guard.errors import GuardError
from guard.models.encoder import Encoder, shipped
from guard.models.topic import WEIGHTS, Ground, Placed, Vectors, features, nearest, nearness, tightness
from guard.text.fingerprint import fingerprint
from guard.train.corpus import entries, is_measured, read

SETS = {"bengali_hate": 0, "catqa": 0, "do_not_answer_en": 0, "harmfulqa": 0, "writingbench": 1}
"""Sets whose licence permits training, and which of a row's categories is the topic."""
EVERYDAY = ("belle_zh", "dolly_subset", "refusal_direction_harmless")
"""Sets of innocent prompts."""

# ------------------------------------------------------------------------------------------------------
SEED = 11
COUNTS = (1, 2, 3, 5, 10, 20)  # examples of a topic
RIVALS = 5  # most other topics in one filter
COUNTERS = (0, 0, 0, 1, 3, 10)  # counter-examples of one filter
JUDGED = 12  # texts on topic, and as many others, that one made-up filter judges
FILTERS = 600  # made up for each set
LONGEST = 500  # characters of a text that are read
POOL = 120  # texts of a category
LEAST = 25  # fewest
STRENGTH = 100.0  # inverse strength of the L2 penalty
# ------------------------------------------------------------------------------------------------------


class Judgements(NamedTuple):
    """Features [texts, features], and which texts are on topic [texts]."""

    features: np.ndarray
    truth: np.ndarray


def main(arguments: Sequence[str] | None = None) -> int:
    """Reads the arguments, fits, prints; returns the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with manifest.csv and the sets")
    parser.add_argument("--encoder", type=Path, help="folder of the encoder; else the shipped one")
    chosen = parser.parse_args(arguments)
    encoder = Encoder.load(chosen.encoder) if chosen.encoder else shipped()
    found = gather(chosen.data, encoder)
    intercept, weights = fit(list(found.values()))
    lines = "".join(f'    "{name}": {weight:.2f},\n' for name, weight in zip(WEIGHTS, weights, strict=True))
    sys.stdout.write(f"INTERCEPT = {intercept:.2f}\nWEIGHTS = {{\n{lines}}}\n")
    for name, own in found.items():
        rule = fit([other for key, other in found.items() if key[0] != name[0]])
        right, wrong = rates(own, *rule)
        sys.stdout.write(
            f"{' '.join(name)}: fitted on the others, finds {right:.2f} and {wrong:.2f} of other texts\n"
        )
    return 0


def gather(data: Path, encoder: Vectors) -> dict[tuple[str, str], Judgements]:
    """What made-up filters say of the sets, by set and language; raises `GuardError` without any set."""
    place = Ground(encoder).place
    innocent = place([text for name in EVERYDAY for text in _texts(data, name, None).get("", ())])
    found = {}
    for name, level in SETS.items():
        for lang in sorted(_languages(data, name)):
            topics = [
                place(texts) for texts in _texts(data, name, level, lang).values() if len(texts) >= LEAST
            ]
            if len(topics) > 1:
                found[name, lang] = judge(topics, innocent, np.random.default_rng(SEED))
    if not found or not len(innocent.meaning):
        raise GuardError(f"{data}: none of the sets to fit on is there")
    return found


def _languages(data: Path, name: str) -> set[str]:
    return {row["lang"] for entry in entries(data) if entry.name == name for row in read(data, entry)}


def _texts(data: Path, name: str, level: int | None, lang: str = "") -> Mapping[str, Sequence[str]]:
    """The texts of a set by topic, as many as are used, in an order that follows from their content alone."""
    topics: defaultdict[str, dict[bytes, str]] = defaultdict(dict)
    for entry in (entry for entry in entries(data) if entry.name == name):
        for row in read(data, entry):
            if not is_measured(entry, row) and row["lang"] == (lang or row["lang"]):
                topic = (
                    ""
                    if level is None
                    else (row["categories"] or [""])[min(level, len(row["categories"]) - 1)]
                )
                topics[topic][fingerprint(row["text"])] = row["text"][:LONGEST]
    return {topic: [text for _, text in sorted(found.items())[:POOL]] for topic, found in topics.items()}


def judge(topics: Sequence[Placed], innocent: Placed, rng: np.random.Generator) -> Judgements:
    """What made-up filters say of placed texts of topics and of innocent ones."""
    found = [_judge_one(topics, innocent, rng) for _ in range(FILTERS)]
    return Judgements(*(np.concatenate(column) for column in zip(*found, strict=True)))


def _judge_one(topics: Sequence[Placed], innocent: Placed, rng: np.random.Generator) -> Judgements:
    own, *others = (_shuffle(topics[number], rng) for number in rng.permutation(len(topics)))
    count = int(rng.choice(COUNTS))
    sizes = [int(rng.choice(COUNTS)) for _ in range(rng.integers(RIVALS + 1))] + [0] * len(others)
    rivals = [other.pick(slice(size)) for size, other in zip(sizes, others, strict=False) if size]
    left = [other.pick(slice(size, None)) for size, other in zip(sizes, others, strict=False)]
    counters, near = _near(left, rng)
    on_topic, everyday = (
        own.pick(slice(count, count + JUDGED)),
        _shuffle(innocent, rng).pick(slice(JUDGED // 2)),
    )
    texts = _join([on_topic, near, everyday])
    truth = np.arange(len(texts.meaning)) < len(on_topic.meaning)
    rival = np.max([np.zeros(len(truth)), *(nearness(texts, one) for one in rivals)], axis=0)
    examples = own.pick(slice(count))
    shape = count, float(np.mean([tightness(one) for one in (examples, *rivals)]))
    return Judgements(features(nearness(texts, examples), rival, nearest(texts, counters), *shape), truth)


def _near(left: Sequence[Placed], rng: np.random.Generator) -> tuple[Placed, Placed]:
    """Counter-examples, and texts of other categories to judge.

    Counter-examples are given by those who saw what is mistaken for the topic: they are of the kind that is
    judged.
    """
    count = int(rng.choice(COUNTERS))
    pool = _shuffle(left[-1] if count else _join(left), rng).pick(slice(count + JUDGED // 2))
    place = max(len(pool.meaning) - JUDGED // 2, 0)
    return pool.pick(slice(place)), pool.pick(slice(place, None))


def _shuffle(texts: Placed, rng: np.random.Generator) -> Placed:
    return texts.pick(rng.permutation(len(texts.meaning)))


def _join(parts: Sequence[Placed]) -> Placed:
    return Placed(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def fit(found: Sequence[Judgements]) -> tuple[float, np.ndarray]:
    """Intercept and weights [features], every set and both answers weighing the same."""
    from sklearn.linear_model import LogisticRegression

    rows, truth = (np.concatenate(column) for column in zip(*found, strict=True))
    weights = np.concatenate([np.full(len(one.truth), 1 / len(one.truth)) for one in found])
    for answer in (True, False):
        weights[truth == answer] *= len(truth) / 2 / weights[truth == answer].sum()
    rule = LogisticRegression(C=STRENGTH, max_iter=2000).fit(rows, truth, weights)
    return float(rule.intercept_[0]), rule.coef_[0]


def rates(found: Judgements, intercept: float, weights: np.ndarray) -> tuple[float, float]:
    """The shares that a rule finds of texts on topic, and of others."""
    hits = found.features @ weights + intercept >= 0
    return float(hits[found.truth].mean()), float(hits[~found.truth].mean())


if __name__ == "__main__":
    try:
        sys.exit(main())
    except GuardError as error:
        sys.exit(str(error))
