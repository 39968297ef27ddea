"""How well the topic filter tells topics by a few examples, and whether texts that mean the same lie close.

    python -m guard.evaluate.topic --data DIR [--encoder FOLDER] [--base FOLDER] [--markdown docs/quality.md]

DIR holds `manifest.csv`, `moderation/NAME.jsonl.gz` and `nli/NAME.jsonl.gz`. The encoder is the one that
comes with the package, or the one in a folder; `--base` names the folder of another to stand beside it, such
as the one that training began with.

Topics: of every set with categories, in each language, the largest categories with enough texts. Twenty texts
of each are the examples, the others are judged, and accuracy is the share for which the right topic scores
highest; five times over, with the 95 % interval of the mean (Student's t). Beside it stands a logistic
regression over tf-idf of one to four characters, which has the same examples. A text counts once, and not at
all where the set gives it two categories. A second table says what the cut at 0.5 finds, by number of
examples.

Likeness: of 1,000 texts and as many in another language or wording, the share whose counterpart is nearest.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import random
import sys
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from guard.errors import InputError
from guard.evaluate.page import publish
from guard.models.encoder import Encoder, shipped
from guard.models.topic import Topics, Vectors
from guard.registry import HIT_SCORE
from guard.text.passage import squeeze

SETS = {
    "bengali_hate": 0, "catqa": 0, "do_not_answer_en": 0, "harmfulqa": 0, "jade_db": 0, "s_eval_base_risk": 0,
    "victsd": 0, "writingbench": 1, "xsid_benign": 1, "zh_exam_questions": 1,
}  # fmt: skip
"""The sets with categories, and which of a row's categories is the topic."""
LANGUAGES = {"xsid_benign": ("ar", "de", "en", "id", "it", "ja", "nl", "sr", "tr", "zh")}
"""Of sets in many languages, those that are measured."""
EVERYDAY = {"zh": "alpaca_demo_zh", "en": "alpaca_demo_en"}
"""Innocent prompts of everyday use, by language: what lies outside of any topic."""

EXAMPLES = 20
SEEDS = 5
MOST_TOPICS = 10
LEAST = 40
"""Fewest texts of a category that is measured: the examples, and as many to judge."""
POOL = 100
"""Texts of a category, drawn at random, of which each seed draws its examples; the others are judged."""
LONGEST = 500
"""Characters of a text that are read."""
FEW = (1, 5, 20)
STUDENT = {1: math.inf, 2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776}
"""The 97.5 % quantile of Student's t for so many means."""
PAIRS = 1000


class Labelled(NamedTuple):
    """The texts of one set in one language by topic."""

    name: str
    lang: str
    topics: Mapping[str, Sequence[str]]


class Pairs(NamedTuple):
    """Texts and, in the same order, their counterparts that mean the same."""

    name: str
    left: Sequence[str]
    right: Sequence[str]


def main(arguments: Sequence[str] | None = None) -> int:
    """Reads the arguments, measures, prints or writes; returns the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with manifest.csv and the sets")
    parser.add_argument("--encoder", type=Path, help="folder of the encoder; else the shipped one")
    parser.add_argument("--base", type=Path, help="folder of another encoder to stand beside it")
    parser.add_argument("--sets", nargs="*", default=[], help="only these sets")
    parser.add_argument(
        "--seeds", type=int, default=SEEDS, choices=STUDENT, help="how often examples are drawn"
    )
    parser.add_argument("--markdown", type=Path, help="page to write the tables into, between its markers")
    chosen = parser.parse_args(arguments)
    return publish("topic", chosen.markdown, lambda: _measure(chosen))


def _measure(chosen: argparse.Namespace) -> Iterable[str]:
    encoders = {"encoder": Memory(Encoder.load(chosen.encoder) if chosen.encoder else shipped())}
    if chosen.base:
        encoders["base"] = Memory(Encoder.load(chosen.base))
    return tables(chosen.data, encoders, chosen.sets, chosen.seeds)


class Memory:
    """An encoder that reads every text once."""

    def __init__(self, encoder: Vectors) -> None:
        self._encoder = encoder
        self._known: dict[str, np.ndarray] = {}

    def vectors(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors [texts, hidden]."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known.update(zip(new, self._encoder.vectors(new), strict=True))
        return np.stack([self._known[text] for text in texts])


def tables(
    data: Path, encoders: Mapping[str, Memory], only: Sequence[str] = (), seeds: int = SEEDS
) -> Iterator[str]:
    """The tables in Markdown. Raises `InputError` where the folder holds none of the sets."""
    sets = [found for name in SETS if not only or name in only for found in read(data, name)]
    pairs = [] if only else list(probe(data))
    if not sets and not pairs:
        raise InputError(f"{data}: none of the sets is there with enough texts of two categories")
    if sets:
        yield from _accuracy_table(sets, encoders, seeds)
        yield ""
        yield from _cut_table(sets, next(iter(encoders.values())), everyday(data), seeds)
    if pairs:
        yield ""
        yield from _probe_table(pairs, encoders)


# Sets ---------------------------------------------------------------------------------------------------


def read(data: Path, name: str) -> Iterator[Labelled]:
    """The texts of one set by language and topic; nothing where the folder lacks it or too few are left."""
    by_lang: defaultdict[str, dict[str, tuple[str, str]]] = defaultdict(dict)
    for row in _rows(data / "moderation" / f"{name}.jsonl.gz"):
        names, text = row["categories"], _clip(row["text"])
        mark = squeeze(text)
        if len(names) > SETS[name] and mark and row["lang"] in LANGUAGES.get(name, (row["lang"],)):
            topic = names[SETS[name]].strip()
            known = by_lang[row["lang"]].setdefault(mark, (text, topic))
            if known[1] != topic:
                by_lang[row["lang"]][mark] = (text, "")
    for lang, texts in sorted(by_lang.items()):
        topics = _largest(name, texts.values())
        if len(topics) > 1:
            yield Labelled(name, lang, topics)


def _largest(name: str, texts: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    by_topic: defaultdict[str, list[str]] = defaultdict(list)
    for text, topic in texts:
        if topic:
            by_topic[topic].append(text)
    ordered = sorted(by_topic.items(), key=lambda item: (-len(item[1]), item[0]))[:MOST_TOPICS]
    draw = random.Random(name)
    return {
        topic: draw.sample(found, min(len(found), POOL)) for topic, found in ordered if len(found) >= LEAST
    }


def everyday(data: Path) -> dict[str, list[str]]:
    """Innocent prompts by language, as far as the folder has them."""
    found = {
        lang: [_clip(row["text"]) for row in _rows(data / "moderation" / f"{name}.jsonl.gz")][:500]
        for lang, name in EVERYDAY.items()
    }
    return {lang: texts for lang, texts in found.items() if texts}


def _clip(text: str) -> str:
    return text.strip()[:LONGEST]


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    if not path.exists():
        return
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


# Accuracy -----------------------------------------------------------------------------------------------


class Split(NamedTuple):
    """Examples by topic, and the other texts with the number of their topic."""

    examples: dict[str, list[str]]
    texts: list[str]
    truth: np.ndarray


def split(labelled: Labelled, seed: int, examples: int = EXAMPLES) -> Split:
    """Examples of every topic, drawn by the seed, and all the other texts; none is in both."""
    draw = random.Random(zlib.crc32(f"{labelled.name} {labelled.lang} {seed}".encode()))
    chosen, texts, truth = {}, list[str](), list[int]()
    for number, (topic, found) in enumerate(labelled.topics.items()):
        mixed = draw.sample(list(found), len(found))
        chosen[topic] = mixed[:examples]
        texts += mixed[EXAMPLES:]
        truth += [number] * len(mixed[EXAMPLES:])
    return Split(chosen, texts, np.array(truth))


def by_filter(encoder: Vectors) -> Callable[[Split], np.ndarray]:
    """Tells topics as the filter does: the numbers of those that score highest [texts]."""
    return lambda given: np.asarray(
        Topics(given.examples, encoder=encoder).scores(given.texts).argmax(axis=1)
    )


def by_words(given: Split) -> np.ndarray:
    """The baseline: logistic regression over tf-idf of one to four characters."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    table = TfidfVectorizer(analyzer="char", ngram_range=(1, 4), sublinear_tf=True)
    texts = [text for found in given.examples.values() for text in found]
    truth = np.repeat(np.arange(len(given.examples)), [len(found) for found in given.examples.values()])
    judge = LogisticRegression(C=10.0, max_iter=1000).fit(table.fit_transform(texts), truth)
    return np.asarray(judge.predict(table.transform(given.texts)))


def balanced(truth: np.ndarray, found: np.ndarray) -> float:
    """The share that is right, topics weighing the same."""
    return float(np.mean([(found[truth == topic] == topic).mean() for topic in np.unique(truth)]))


def accuracy(labelled: Labelled, tell: Callable[[Split], np.ndarray], seeds: int) -> list[float]:
    """Balanced accuracy for each seed."""
    splits = (split(labelled, seed) for seed in range(seeds))
    return [balanced(given.truth, tell(given)) for given in splits]


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Mean, and half the width of its 95 % interval by Student's t; five values at most."""
    spread = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
    reach = STUDENT[len(values)] * spread / math.sqrt(len(values)) if spread else 0.0
    return float(np.mean(values)), reach


def _accuracy_table(sets: Sequence[Labelled], encoders: Mapping[str, Memory], seeds: int) -> Iterator[str]:
    judges = {name: by_filter(encoder) for name, encoder in encoders.items()} | {"tf-idf": by_words}
    yield f"| set | language | topics | texts | {' | '.join(judges)} |"
    yield "| --- | --- | ---: | ---: |" + " ---: |" * len(judges)
    means: defaultdict[str, list[float]] = defaultdict(list)
    for labelled in sets:
        cells = []
        for name, tell in judges.items():
            mean, reach = interval(accuracy(labelled, tell, seeds))
            means[name].append(mean)
            cells.append(f"{mean:.3f} ± {reach:.3f}")
        count = sum(map(len, labelled.topics.values()))
        yield _line(labelled.name, labelled.lang, len(labelled.topics), count, *cells)
    yield _line("mean of sets", "", "", "", *(f"{np.mean(found):.3f}" for found in means.values()))


def _line(*cells: object) -> str:
    return "| " + " | ".join(map(str, cells)) + " |"


# The cut ------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Cut:
    """What the cut at 0.5 finds: shares of texts on topic, of other topics, and of everyday prompts."""

    found: list[float]
    others: list[float]
    everyday: list[float]


def at_cut(labelled: Labelled, encoder: Vectors, prompts: Sequence[str], examples: int, seeds: int) -> Cut:
    """The shares over topics and seeds, each topic told by so many examples and alone in its filter."""
    cut = Cut([], [], [])
    for seed in range(seeds):
        given = split(labelled, seed, examples)
        for number, (topic, texts) in enumerate(given.examples.items()):
            judge = Topics({topic: texts}, encoder=encoder)
            hits = judge.scores(given.texts)[:, 0] >= HIT_SCORE
            cut.found.append(float(hits[given.truth == number].mean()))
            cut.others.append(float(hits[given.truth != number].mean()))
            if prompts:
                cut.everyday.append(float((judge.scores(prompts)[:, 0] >= HIT_SCORE).mean()))
    return cut


def _cut_table(
    sets: Sequence[Labelled], encoder: Memory, prompts: Mapping[str, Sequence[str]], seeds: int
) -> Iterator[str]:
    groups = [f"{kind}, {count} example{'s' * (count > 1)}" for kind in Cut.__slots__ for count in FEW]
    yield f"| set | language | {' | '.join(groups)} |"
    yield "| --- | --- |" + " ---: |" * len(groups)
    for labelled in sets:
        innocent = prompts.get(labelled.lang, ())
        cuts = [at_cut(labelled, encoder, innocent, count, seeds) for count in FEW]
        cells = [_mean(getattr(cut, kind)) for kind in Cut.__slots__ for cut in cuts]
        yield _line(labelled.name, labelled.lang, *cells)


def _mean(values: Sequence[float]) -> str:
    return f"{np.mean(values):.3f}" if values else ""


# Likeness -----------------------------------------------------------------------------------------------


def probe(data: Path) -> Iterator[Pairs]:
    """Texts with counterparts, from the sets that hold any: questions and sentences in two languages, and
    premises with what follows from them."""
    yield from _questions(data)
    yield from _translations(data)
    yield from _entailed(data)


def _questions(data: Path) -> Iterator[Pairs]:
    """Questions on the same passages; a passage counts where both languages have as many questions on it."""
    by_lang: defaultdict[str, list[list[str]]] = defaultdict(list)
    for row in _rows(data / "moderation" / "xquad_benign.jsonl.gz"):
        passages = by_lang[row["lang"]]
        if row["kind"] == "post":
            passages.append([])
        elif passages:
            passages[-1].append(row["text"])
    english = by_lang.pop("en", [])
    for lang, passages in sorted(by_lang.items()):
        if len(passages) == len(english):
            like = [pair for pair in zip(passages, english, strict=True) if len(pair[0]) == len(pair[1])]
            yield from _pairs(
                f"xquad questions, {lang} to en", (both for one in like for both in zip(*one, strict=True))
            )


def _translations(data: Path) -> Iterator[Pairs]:
    """Hypotheses of XNLI's development split, row by row the same in each language."""
    by_lang: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for name in ("xnli_dev_en_my_sw_ur", "kornli_xnli_dev"):
        for row in _rows(data / "nli" / f"{name}.jsonl.gz"):
            by_lang[row["lang"]].append((row["hypothesis"], row["label"]))
    english = by_lang.pop("en", [])
    for lang, rows in sorted(by_lang.items()):
        if [label for _, label in rows] == [label for _, label in english]:
            both = ((own, other) for (own, _), (other, _) in zip(rows, english, strict=True))
            yield from _pairs(f"xnli sentences, {lang} to en", both)


ENTAILED = {"cnli_zh": "zh", "snli_dev_test": "en", "jsick_ja": "ja"}


def _entailed(data: Path) -> Iterator[Pairs]:
    """What follows from a premise, and the premise."""
    for name, lang in ENTAILED.items():
        rows = (row for row in _rows(data / "nli" / f"{name}.jsonl.gz") if row["label"] == "entailment")
        yield from _pairs(
            f"{name}: what follows, {lang}", ((row["hypothesis"], row["premise"]) for row in rows)
        )


def _pairs(name: str, both: Iterable[tuple[str, str]]) -> Iterator[Pairs]:
    """A thousand pairs, drawn at random, in which no text stands twice on either side."""
    counted = list(both)
    left, right = (
        Counter(map(squeeze, side)) for side in (zip(*counted, strict=True) if counted else ((), ()))
    )
    single = [pair for pair in counted if left[squeeze(pair[0])] == 1 == right[squeeze(pair[1])]]
    chosen = random.Random(name).sample(single, min(PAIRS, len(single)))
    if chosen:
        own, other = zip(*chosen, strict=True)
        yield Pairs(name, own, other)


def recall(pairs: Pairs, encoder: Vectors) -> float:
    """The share of texts whose counterpart is the nearest of all counterparts by cosine."""
    near = encoder.vectors(pairs.left) @ encoder.vectors(pairs.right).T
    return float((near.argmax(axis=1) == np.arange(len(near))).mean())


def _probe_table(pairs: Sequence[Pairs], encoders: Mapping[str, Memory]) -> Iterator[str]:
    yield f"| nearest of | pairs | {' | '.join(f'{name}: recall at 1' for name in encoders)} |"
    yield "| --- | ---: |" + " ---: |" * len(encoders)
    for one in pairs:
        cells = (f"{recall(one, encoder):.3f}" for encoder in encoders.values())
        yield _line(one.name, len(one.left), *cells)


if __name__ == "__main__":
    sys.exit(main())
