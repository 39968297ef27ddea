"""What the trimmed vocabulary costs in each covered language: the base with all of its pieces against ours.

    python benchmarks/trimming.py --base DIR --data DIR [--texts 200] [--rows 100] [--sets NAMES]

The first DIR holds the base, as `guard.train.base` reads it, the other the labelled sets. Both vocabularies
read the same texts, in torch, in float32, before any training. Printed per language: how many more pieces
the texts have in ours, which share of them is cut otherwise, the cosine between both sentence vectors of a
text (mean and least), and how often the nearest of all counterparts is the right one. Counterparts are
translations into English where the sets have any (XQuAD questions, XNLI sentences), else the second halves
of texts that are looked for by their first.

Then, per language, how well the shipped weights rank texts by harm with each vocabulary: the mean ROC-AUC
over measured sets, as in docs/quality.md, of `--rows` rows each. Training leaves embeddings as they are, so
that the weights can read pieces that were trimmed.
"""

import argparse
import dataclasses
import random
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

from guard.errors import GuardError
from guard.evaluate.backend import Backend, Scorer
from guard.evaluate.quality import Column, compare
from guard.evaluate.sample import is_about, read, rows_of, uses
from guard.evaluate.threshold import Thresholds
from guard.evaluate.topic import probe
from guard.models.artefact import DATA, load
from guard.models.block import unpack
from guard.models.encoder import Encoder, shipped
from guard.models.piece import Cutter
from guard.models.session import WEIGHTS, Sessions
from guard.models.window import batches, windows
from guard.train.base import Base, load_base, read_base
from guard.train.encoder import LEAVE
from guard.train.export import vocabulary
from guard.train.network import Network
from guard.train.text_task import FAMILIES

TRANSLATED, HALVES = "in English", "second halves"
LEAST, MOST = 100, 1000
"""Bytes of a text that is halved."""


class Reader:
    """The base with one vocabulary."""

    def __init__(self, base: Base, network: Network) -> None:
        self._base, self._network = base, network
        self._cutter = Cutter(base.pieces, base.charsmap)

    def pieces(self, text: str) -> list[str]:
        return [self._base.pieces[number][0] for number in self._cutter.cut(text).ids]

    def vectors(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors of the texts' first windows, [texts, hidden]."""
        rows = [next(iter(windows(self._cutter.cut(text), len(text)))).ids for text in texts]
        found = np.zeros((len(texts), self._base.arrays["position"].shape[1]), np.float32)
        for batch in batches(rows):
            numbers, places = np.unique(batch.ids, return_inverse=True)
            words = torch.from_numpy(unpack(self._base.word[numbers])[places.reshape(batch.ids.shape)])
            mask = torch.from_numpy(batch.mask.astype(bool))
            with torch.inference_mode():
                reading = self._network(words, mask, torch.zeros(mask.shape, dtype=torch.long))
            found[batch.numbers] = reading.vectors.numpy()
        return found


def network_of(base: Base) -> Network:
    positions, hidden = base.arrays["position"].shape
    layers = sum(name.endswith(".qkv.weight") for name in base.arrays)
    made = Network(FAMILIES, hidden=hidden, layers=layers, heads=base.heads, positions=positions, leave=LEAVE)
    made.load_base(base.arrays)
    return made.eval()


Pairs = tuple[str, list[str], list[str]]
"""What the counterparts are, the texts that look for them, and the counterparts."""


def pairs_of(data: Path, languages: Sequence[str], count: int) -> dict[str, Pairs]:
    """What is looked for in each language."""
    found: dict[str, Pairs] = {}
    for one in probe(data):
        lang, _, other = one.name.rpartition(", ")[2].partition(" to ")
        if other == "en" and lang in languages:
            found.setdefault(lang, (TRANSLATED, list(one.left[:count]), list(one.right[:count])))
    texts: defaultdict[str, set[str]] = defaultdict(set)
    for name in uses(data):
        path = data / "moderation" / f"{name}.jsonl.gz"
        for row in rows_of(path) if path.exists() else ():
            text = " ".join(row["text"].split())
            if row["lang"] in languages and LEAST <= len(text.encode("utf-8", "replace")) <= MOST:
                texts[row["lang"]].add(text)
    for lang in languages:
        if lang not in found:
            chosen = random.Random(lang).sample(sorted(texts[lang]), min(count, len(texts[lang])))
            halves = [halved(text) for text in chosen]
            found[lang] = HALVES, [first for first, _ in halves], [second for _, second in halves]
    return found


def halved(text: str) -> tuple[str, str]:
    """A text in two, at the space after its middle where there is one nearby."""
    middle = len(text) // 2
    space = text.find(" ", middle, middle + 20)
    return (text[:middle], text[middle:]) if space < 0 else (text[:space], text[space + 1 :])


def row(lang: str, pairs: Pairs, whole: Reader, trimmed: Reader) -> tuple[str, list[float]]:
    """A language's row, and what recall at 1 is with each vocabulary."""
    kind, left, right = pairs
    texts = [*left, *right]
    full = whole.vectors(texts)
    cut = [whole.pieces(text) for text in texts]
    own = [trimmed.pieces(text) for text in texts]
    other = [number for number, pieces in enumerate(own) if pieces != cut[number]]
    ours = full.copy()
    if other:
        ours[other] = trimmed.vectors([texts[number] for number in other])
    told = slice(0, len(left)) if kind == TRANSLATED else slice(0, len(texts))
    cosine = (full[told] * ours[told]).sum(axis=1)
    counts = [sum(map(len, one[told])) for one in (cut, own)]
    changed = sum(number < told.stop for number in other) / told.stop
    recalls = [recall(found[: len(left)], found[len(left) :]) for found in (full, ours)]
    cells = [
        lang, str(told.stop), f"{counts[1] / counts[0] - 1:+.2%}", f"{changed:.1%}",
        f"{cosine.mean():.4f}", f"{cosine.min():.4f}", kind, *map("{:.3f}".format, recalls),
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |", recalls


def recall(left: np.ndarray, right: np.ndarray) -> float:
    return float(((left @ right.T).argmax(axis=1) == np.arange(len(left))).mean())


def table(pairs: Mapping[str, Pairs], whole: Reader, trimmed: Reader) -> None:
    heads = (
        "language", "texts", "pieces", "cut otherwise", "cosine: mean", "least", "looked for",
        "recall at 1: whole", "trimmed",
    )  # fmt: skip
    print(f"| {' | '.join(heads)} |")
    print("| --- |" + " ---: |" * 5 + " --- |" + " ---: |" * 2)
    found = []
    for lang, one in sorted(pairs.items()):
        line, recalls = row(lang, one, whole, trimmed)
        found.append(recalls)
        print(line, flush=True)
    print(f"| mean | | | | | | | {' | '.join(map('{:.3f}'.format, np.mean(found, axis=0)))} |")


def untrimmed(base: Base) -> Encoder:
    """The shipped weights with the whole vocabulary."""
    artefact = load(DATA / WEIGHTS)
    arrays = {**artefact.arrays, **vocabulary(base)}
    sessions = Sessions(DATA, artefact.about["graphs"], None)
    return Encoder(dataclasses.replace(artefact, arrays=arrays), sessions)


def scorer(encoder: Encoder) -> Scorer:
    def judge(texts: Sequence[str], kinds: Sequence[str]) -> np.ndarray:
        found = encoder.judge_all(texts, kinds)
        return np.array([[one.score for one in row] or [0.0] * len(encoder.labels) for row in found])

    return Scorer(Backend("encoder", encoder.labels, judge, encoder.languages, ""))


def harm_table(data: Path, encoders: Mapping[str, Encoder], rows: int, only: Sequence[str]) -> Iterator[str]:
    languages = next(iter(encoders.values())).languages("harm")
    samples = [pair.report for pair in read(data, only, rows)]
    samples = [one for one in samples if one.lang in languages and one.texts and is_about("harm", one)]
    cuts = Thresholds(0.5, {}, {})
    columns = []
    for title, encoder in encoders.items():
        judge = scorer(encoder)
        scores = {(one.name, one.lang): judge.scores("harm", one.texts, one.kinds) for one in samples}
        columns.append(Column(title, "harm", scores, cuts))
    yield "| language | sets | texts | harm ROC-AUC: trimmed | whole | difference |"
    yield "| --- |" + " ---: |" * 5
    for one in compare(samples, columns, dict.fromkeys(languages, True)):
        gain = one.gain
        yield (
            f"| {one.lang} | {one.sets} | {one.texts} | {' | '.join(map('{:.3f}'.format, one.areas))} | "
            f"{gain.value:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}] |"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument(
        "--texts", type=int, default=200, help="of one language that look for others; 0: none"
    )
    parser.add_argument("--rows", type=int, default=100, help="of one set and language; 0: none")
    parser.add_argument("--sets", nargs="*", default=[], help="to rank by harm; else all that are measured")
    options = parser.parse_args()
    whole, trimmed = read_base(options.base), load_base(options.base)
    print(f"{len(whole.pieces):,} pieces, trimmed {len(trimmed.pieces):,}\n")
    if options.texts:
        network = network_of(whole)
        pairs = pairs_of(options.data, shipped().languages("harm"), options.texts)
        table(pairs, Reader(whole, network), Reader(trimmed, network))
    if options.rows:
        encoders = {"trimmed": shipped(), "whole": untrimmed(whole)}
        print("", *harm_table(options.data, encoders, options.rows, options.sets), sep="\n")


if __name__ == "__main__":
    try:
        main()
    except GuardError as error:
        sys.exit(f"{error}")
