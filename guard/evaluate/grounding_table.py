"""The tables of the grounding filter's figures, in Markdown: a row per set, language and task."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from guard.evaluate.answer import Group
from guard.evaluate.grounding_score import (
    CASCADE,
    COSINE,
    CUT,
    ENCODER,
    LENGTH,
    OVERLAP,
    RULE,
    Said,
    count_tiers,
)
from guard.evaluate.metric import Estimate, Measure, average_precision, bootstrap, f1, roc_auc

PUBLISHED = Path(__file__).with_name("published_grounding.yaml")
NEAR = 0.1
"""By what share of the longer one the lengths of two answers may differ to be alike."""
RANKED = (RULE, ENCODER, CASCADE, OVERLAP, COSINE, LENGTH)
DECIDED = (RULE, ENCODER, CASCADE, OVERLAP, COSINE)
MARKED = (RULE, ENCODER, CASCADE)
LEAST = 10
"""Fewest answers of either kind behind a figure."""
TIERS = ("rule", "model")


@dataclass(frozen=True, slots=True)
class Measured:
    """A group of answers and what was said of each."""

    group: Group
    said: Sequence[Said]

    @property
    def truth(self) -> np.ndarray:
        """Which answers are wrong [answers]."""
        return np.array([row.is_wrong for row in self.group.rows], bool)

    @property
    def is_mixed(self) -> bool:
        """Whether there are enough wrong and enough right answers."""
        return LEAST <= int(self.truth.sum()) <= len(self.truth) - LEAST

    def scores(self, way: str) -> np.ndarray:
        """The scores of the answers [answers]."""
        return np.array([said.score(way) for said in self.said])

    @property
    def title(self) -> tuple[str, ...]:
        """Set, language and task."""
        return f"`{self.group.name}`", self.group.lang, self.group.task


def tables(measured: Sequence[Measured]) -> Iterator[str]:
    """All tables of the sets."""
    mixed = [one for one in measured if one.is_mixed]
    spanned = [one for one in measured if any(row.spans for row in one.group.rows)]
    yield from _titled("Sets", _sets(measured))
    yield from _titled("ROC-AUC, answers", _answers(mixed, RANKED, roc_auc))
    yield from _titled("ROC-AUC, pairs of a wrong and a right answer of like length", _alike(mixed))
    yield from _titled("Balanced accuracy at 0.5, answers", _answers(mixed, DECIDED, balanced_accuracy))
    yield from _titled("F1 of wrong answers at 0.5", _answers(mixed, DECIDED, partial(f1, threshold=CUT)))
    yield from _titled("F1 of wrong characters at 0.5", _spans(spanned))
    yield from _titled("Chinese beside English", _languages(mixed))
    yield from _titled("Who decided, and how long it took", _costs(measured))


def _titled(title: str, lines: Iterable[str]) -> Iterator[str]:
    yield from (f"### {title}", "", *lines, "")


def _head(words: Sequence[str], numbers: Sequence[str]) -> str:
    return f"| {' | '.join([*words, *numbers])} |\n|{' --- |' * len(words)}{' ---: |' * len(numbers)}"


def _row(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def _bold(found: Sequence[Estimate]) -> Iterator[str]:
    """The figures, the best of the row in bold."""
    best = max(round(one.value, 3) for one in found)
    for one in found:
        yield f"**{one.value:.3f}**{str(one)[5:]}" if round(one.value, 3) == best else str(one)


def _sets(measured: Iterable[Measured]) -> Iterator[str]:
    yield _head(
        ["set", "language", "task", "learnt from its other rows"], ["answers", "wrong", "with wrong spans"]
    )
    for one in measured:
        spans = sum(bool(row.spans) for row in one.group.rows)
        yield _row(*one.title, one.group.learnt, len(one.said), int(one.truth.sum()), spans)


def _answers(mixed: Iterable[Measured], ways: Sequence[str], measure: Measure) -> Iterator[str]:
    yield _head(["set", "language", "task"], ways)
    for one in mixed:
        found = [bootstrap((measure,), one.truth, one.scores(way))[0] for way in ways]
        yield _row(*one.title, *_bold(found))


def _alike(mixed: Iterable[Measured]) -> Iterator[str]:
    """Over the answers of the pairs, which are resampled whole."""
    yield _head(["set", "language", "task"], ["pairs", *RANKED])
    for one in mixed:
        pairs = pair([len(row.text) for row in one.group.rows], one.truth)
        if len(pairs) < LEAST:
            continue
        rows, numbers = np.array(pairs).ravel(), np.arange(len(pairs)).repeat(2)
        found = [
            bootstrap((roc_auc,), one.truth[rows], one.scores(way)[rows], clusters=numbers)[0]
            for way in RANKED
        ]
        yield _row(*one.title, len(pairs), *_bold(found))


def pair(lengths: Sequence[int], truth: np.ndarray) -> list[tuple[int, int]]:
    """The numbers of a wrong and a right answer of like length, as many pairs as can be, none in two.

    Where one of two is too short for the other, it is too short for all that are left of the other's kind.
    """
    order = sorted(range(len(lengths)), key=lambda number: lengths[number])
    wrong, right = ([number for number in order if truth[number] == kind] for kind in (True, False))
    found: list[tuple[int, int]] = []
    while wrong and right:
        low, high = sorted((lengths[wrong[0]], lengths[right[0]]))
        if high - low <= NEAR * high:
            found.append((wrong.pop(0), right.pop(0)))
        elif lengths[wrong[0]] == low:
            wrong.pop(0)
        else:
            right.pop(0)
    return found


def balanced_accuracy(truth: np.ndarray, scores: np.ndarray) -> float:
    """The mean of the shares of wrong and of right answers that are told at `CUT`."""
    caught = scores >= CUT
    return float((caught[truth].mean() + (~caught)[~truth].mean()) / 2)


def _spans(spanned: Iterable[Measured]) -> Iterator[str]:
    """Over right answers, and wrong ones of which it is known where; "all" marks every character."""
    yield _head(["set", "language", "task"], ["answers", *MARKED, "all"])
    for one in spanned:
        kept = [place for place, row in enumerate(one.group.rows) if row.spans is not None]
        counts = [np.array([characters(one, place, way) for place in kept]) for way in (*MARKED, "")]
        found = [bootstrap((span_f1,), one.truth[kept], each)[0] for each in counts]
        yield _row(*one.title, len(kept), *_bold(found))


def characters(one: Measured, place: int, way: str) -> tuple[int, int, int]:
    """Characters of an answer rightly marked, marked, and to be marked; without a way, all are marked."""
    row = one.group.rows[place]
    wanted = {at for start, end in row.spans or () for at in range(start, end)}
    marks = one.said[place].marks[way] if way else [(0, len(row.text), 1.0, "")]
    marked = {at for start, end, score, _ in marks if score >= CUT for at in range(start, end)}
    return len(wanted & marked), len(marked), len(wanted)


def span_f1(_: np.ndarray, counts: np.ndarray) -> float:
    """F1 by characters from the counts of `characters` [answers, 3]."""
    right, marked, wanted = counts.sum(axis=0).tolist()
    return 2 * right / (marked + wanted) if right else 0.0


def _languages(mixed: Sequence[Measured]) -> Iterator[str]:
    """Means over groups: of the sets and tasks that both languages have, and of all."""
    langs = {lang: {one.group.name for one in mixed if one.group.lang == lang} for lang in ("zh", "en")}
    tasks = {lang: {one.group.task for one in mixed if one.group.lang == lang} for lang in ("zh", "en")}
    kinds: list[tuple[str, Callable[[Group], bool]]] = [
        ("sets in both languages", lambda group: group.name in langs["zh"] & langs["en"]),
        ("tasks in both languages", lambda group: group.task in tasks["zh"] & tasks["en"]),
        ("all sets", lambda group: True),
    ]
    yield _head(["means over", "language", "measure"], ["sets", *DECIDED])
    for title, belongs in kinds:
        for name, measure in (("ROC-AUC", roc_auc), ("balanced accuracy", balanced_accuracy)):
            for lang in langs:
                own = [one for one in mixed if one.group.lang == lang and belongs(one.group)]
                if own:
                    yield _row(
                        title, lang, name, len(own), *_bold([_mean(own, way, measure) for way in DECIDED])
                    )


def _mean(own: Sequence[Measured], way: str, measure: Measure) -> Estimate:
    """The mean over groups, its interval taken as if they were independent."""
    found = [bootstrap((measure,), one.truth, one.scores(way))[0] for one in own]
    value = float(np.mean([one.value for one in found]))
    reach = [
        float(np.sqrt(np.sum(np.square(sides)))) / len(found)
        for sides in ([one.value - one.low for one in found], [one.high - one.value for one in found])
    ]
    return Estimate(value, value - reach[0], value + reach[1])


def _costs(measured: Iterable[Measured]) -> Iterator[str]:
    """Milliseconds are medians over the answers, the reading of the sources included."""
    yield _head(
        ["set", "language", "task"],
        ["claims", "by rule", "by encoder", *(f"{way}: ms per answer" for way in MARKED)],
    )
    for one in measured:
        tiers: Counter[str] = Counter()
        for row, said in zip(one.group.rows, one.said, strict=True):
            tiers += count_tiers(row.text, said.marks[CASCADE])
        total = tiers.total() or 1
        shares = [f"{tiers[tier] / total:.0%}" for tier in TIERS]
        times = [f"{1000 * np.median([said.seconds[way] for said in one.said]):.1f}" for way in MARKED]
        yield _row(*one.title, tiers.total(), *shares, *times)


def samples(one: Measured) -> Iterator[str]:
    """How well wrong sentences of passages are found beside other samples of the same prompt."""
    pairs = [
        (said, sentence)
        for row, said in zip(one.group.rows, one.said, strict=True)
        for sentence in row.sentences
    ]
    truth = np.array([wrong for _, (_, wrong) in pairs], bool)
    if not 0 < truth.sum() < len(truth):
        return
    ways = (*MARKED, COSINE)
    found = [
        bootstrap(
            (average_precision,), truth, np.array([said.score_within(way, span) for said, (span, _) in pairs])
        )[0]
        for way in ways
    ]
    yield from _titled("AUC-PR of wrong sentences, other samples as sources", [
        _head(["set"], ["sentences", "wrong", "chance", *ways]),
        _row(f"`{one.group.name}`", len(truth), int(truth.sum()), f"{truth.mean():.3f}", *_bold(found)),
    ])  # fmt: skip


def published() -> Iterator[str]:
    """What others published."""
    lines = [
        _head(["set", "measure", "system", "size"], ["figure"]).replace("figure |\n", "figure | source |\n")
        + " --- |"
    ]
    groups: list[dict[str, Any]] = yaml.safe_load(PUBLISHED.read_text(encoding="utf-8"))
    for group in groups:
        for one in group["figures"]:
            lines.append(
                _row(
                    group["set"],
                    group["measure"],
                    one["system"],
                    one["size"],
                    f"{one['value']:.3f}",
                    one["source"],
                )
            )
    yield from _titled("What others published, on other sets", lines)
