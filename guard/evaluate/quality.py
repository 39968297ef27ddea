"""The tables of a benchmark: models side by side, by language and by set, with intervals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from guard.evaluate.backend import FAMILIES, Scorer
from guard.evaluate.metric import Estimate, Ranking, Verdicts, decide, mean_gain, rank, roc_auc, share
from guard.evaluate.published import Published, published
from guard.evaluate.sample import Pair, Sample
from guard.evaluate.threshold import (
    ANY,
    EVERYDAY,
    HOLD_ATTACKS,
    RATE,
    Thresholds,
    everyday,
    everyday_sets,
    fix,
)


@dataclass(frozen=True, slots=True)
class Column:
    """What one model says of every sample, and its thresholds."""

    title: str
    family: str
    scores: Mapping[tuple[str, str], np.ndarray]
    """[texts], by set and language."""
    cuts: Thresholds

    def of(self, sample: Sample) -> np.ndarray:
        """The scores of a sample, [texts]."""
        return self.scores[sample.name, sample.lang]


def column(scorer: Scorer, family: str, pairs: Sequence[Pair]) -> Column:
    """What a model says of the rows that are reported on, with thresholds from those that are not."""
    cuts = fix(scorer, family, [pair.tune for pair in pairs])
    scores = {
        (one.name, one.lang): scorer.scores(family, one.texts, one.kinds)
        for one in (pair.report for pair in pairs)
    }
    return Column(scorer.backend.title, family, scores, cuts)


@dataclass(frozen=True, slots=True)
class Language:
    """How the models rank in one language, as the mean ROC-AUC over its sets with both kinds of rows."""

    lang: str
    sets: int
    texts: int
    areas: tuple[float, ...]
    gain: Estimate | None
    """By how much the first model is above the last; `None` for one model alone."""
    is_covered: bool
    is_joined: bool = False
    """Whether no set has both kinds of rows, and harmful and innocent ones stand as one for it."""

    @property
    def is_below(self) -> bool:
        """Whether the first model ranks worse than the last."""
        return self.gain is not None and self.gain.value < 0


def compare(
    samples: Sequence[Sample], columns: Sequence[Column], is_covered: Mapping[str, bool]
) -> Iterator[Language]:
    """The models side by side in every language that has both kinds of rows, in one set or in several."""
    by_lang = defaultdict(list)
    for sample in samples:
        by_lang[sample.lang].append(sample)
    for lang, own in sorted(by_lang.items()):
        mixed = [sample for sample in own if sample.is_mixed]
        told = [(one.truth, [column.of(one) for column in columns]) for one in mixed] or _joined(own, columns)
        if not told:
            continue
        areas = tuple(
            float(np.mean([roc_auc(truth, scores[at]) for truth, scores in told]))
            for at in range(len(columns))
        )
        gain = (
            mean_gain([(truth, scores[-1], scores[0]) for truth, scores in told], roc_auc)
            if len(columns) > 1
            else None
        )
        texts = sum(len(truth) for truth, _ in told)
        yield Language(lang, len(told), texts, areas, gain, is_covered[lang], not mixed)


def _joined(
    samples: Sequence[Sample], columns: Sequence[Column]
) -> list[tuple[np.ndarray, list[np.ndarray]]]:
    """Truth and scores by model of the sets of one kind as one set; nothing where all are of the same."""
    certain = [
        one
        for one in samples
        if one.truth.any() or columns[0].family != "injection" or one.name not in HOLD_ATTACKS
    ]
    truth = np.concatenate([one.truth for one in certain]) if certain else np.zeros(0, bool)
    if not truth.any() or truth.all():
        return []
    return [(truth, [np.concatenate([column.of(one) for one in certain]) for column in columns])]


def tables(
    samples: Sequence[Sample],
    columns: Sequence[Column],
    languages: Sequence[Language],
    untold: Sequence[str] = (),
) -> Iterator[str]:
    """A filter's tables in Markdown; `untold` are covered languages that have no rows of both kinds."""
    mixed = [sample for sample in samples if sample.is_mixed]
    harmful = [sample for sample in samples if sample.truth.all()]
    innocent = [sample for sample in samples if not sample.truth.any()]
    yield from _titled("Thresholds", _threshold_table(innocent, columns))
    if languages or untold:
        yield from _titled("By language", _language_table(languages, columns, untold))
    if mixed:
        yield from _titled("Ranking", _ranking_table(mixed, columns))
        yield from _titled("Decisions at the balanced threshold", _decision_table(mixed, columns))
    if harmful:
        yield from _titled("Sets that are harmful throughout: share flagged", _flag_table(harmful, columns))
    if innocent:
        yield from _titled("Innocent sets: share flagged", _flag_table(innocent, columns))
    theirs = [
        (sample, figure)
        for sample in samples
        for figure in published(sample.name)
        if figure.measure in MEASURES
    ]
    if theirs:
        yield from _titled("Figures that others published for these sets", _published_table(theirs, columns))


def _titled(title: str, lines: Iterator[str]) -> Iterator[str]:
    yield f"### {title}"
    yield ""
    yield from lines
    yield ""


def _head(words: Sequence[str], numbers: Sequence[str]) -> Iterator[str]:
    yield f"| {' | '.join([*words, *numbers])} |"
    yield "|" + " --- |" * len(words) + " ---: |" * len(numbers)


def _row(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def _each(columns: Sequence[Column], *names: str) -> list[str]:
    """Column heads: every name for every model."""
    return [f"{name}: {column.title}" for name in names for column in columns]


def _threshold_table(innocent: Sequence[Sample], columns: Sequence[Column]) -> Iterator[str]:
    numbers = ["value", "sets that fixed it", *(f"everyday prompts flagged: {lang}" for lang in EVERYDAY)]
    yield from _head(["threshold", "model"], numbers)
    for column in columns:
        cut = column.cuts.strict
        known = {(sample.name, sample.lang): column.of(sample) for sample in innocent}
        found = [everyday(column.family, known, lang) for lang in EVERYDAY]
        shares = [share(scores >= cut) if len(scores) else "" for scores in found]
        yield _row(f"strict, {RATE:.1%} of everyday prompts", column.title, f"{cut:.3f}", "", *shares)
    for column in columns:
        for (form, group), value in sorted(column.cuts.balanced.items()):
            if form != ANY:
                name = f"balanced, {form}, {group or 'all languages'}"
                yield _row(
                    name, column.title, f"{value:.3f}", column.cuts.sets[form, group], *[""] * len(EVERYDAY)
                )


def _language_table(
    languages: Sequence[Language], columns: Sequence[Column], untold: Sequence[str]
) -> Iterator[str]:
    yield from _head(
        ["language"], ["sets", "texts", *_each(columns, "mean ROC-AUC"), "difference", "covered"]
    )
    for one in languages:
        areas = [f"{area:.3f}" for area in one.areas]
        gain = "" if one.gain is None else _signed(one.gain)
        yield _row(one.lang, one.sets, one.texts, *areas, gain, "yes" if one.is_covered else "no")
    if joined := [one.lang for one in languages if one.is_joined]:
        yield ""
        yield (
            "No set has both kinds of rows in these languages; harmful sets and innocent ones stand there as "
            f"one, which subject and style alone may tell apart: {', '.join(joined)}."
        )
    if untold:
        yield ""
        yield f"Covered, but without rows of both kinds: {', '.join(untold)}."


def _signed(gain: Estimate) -> str:
    return f"{gain.value:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}]"


def _ranking_table(samples: Sequence[Sample], columns: Sequence[Column]) -> Iterator[str]:
    names = ("average precision", "ROC-AUC", "recall at 1 % false positives")
    yield from _head(["set", "language"], ["texts", "unsafe", *_each(columns, *names)])
    for sample in samples:
        found = [rank(sample.truth, column.of(sample)) for column in columns]
        cells = [
            getattr(ranking, name)
            for name in ("average_precision", "roc_auc", "recall_at_1")
            for ranking in found
        ]
        yield _row(sample.name, sample.lang, len(sample.texts), int(sample.truth.sum()), *cells)


def _decision_table(samples: Sequence[Sample], columns: Sequence[Column]) -> Iterator[str]:
    yield from _head(["set", "language", "form"], _each(columns, "F1", "macro-F1", "accuracy"))
    for sample in samples:
        found = [_verdicts(sample, column) for column in columns]
        cells = [
            f"{getattr(verdicts, name):.3f}" for name in ("f1", "macro_f1", "accuracy") for verdicts in found
        ]
        yield _row(sample.name, sample.lang, sample.form, *cells)


def _verdicts(sample: Sample, column: Column) -> Verdicts:
    return decide(sample.truth, column.of(sample), column.cuts.at(sample.form, sample.lang))


def _flag_table(samples: Sequence[Sample], columns: Sequence[Column]) -> Iterator[str]:
    yield from _head(["set", "language"], ["texts", *_each(columns, "strict", "balanced")])
    for sample in samples:
        strict = [share(column.of(sample) >= column.cuts.strict) for column in columns]
        balanced = [
            share(column.of(sample) >= column.cuts.at(sample.form, sample.lang)) for column in columns
        ]
        yield _row(sample.name, sample.lang, len(sample.texts), *strict, *balanced)


def _published_table(theirs: Sequence[tuple[Sample, Published]], columns: Sequence[Column]) -> Iterator[str]:
    words = ["set", "system", "size", "measure", "source"]
    yield from _head(words, ["theirs", *(column.title for column in columns)])
    for sample, figure in theirs:
        own = [_own(sample, column, figure.measure) for column in columns]
        words = [sample.name, figure.system, figure.size, figure.measure, figure.source]
        yield _row(*words, f"{figure.value:.3f}", *own)
    yield ""
    yield from dict.fromkeys(f"- `{sample.name}`: {figure.note}." for sample, figure in theirs)


def _own(sample: Sample, column: Column, measure: str) -> str:
    """Our figure beside a published one; empty where the rows cannot tell."""
    value = MEASURES[measure](sample, column)
    return "" if value is None else f"{value:.3f}"


def _of_ranking(pick: Callable[[Ranking], Estimate]) -> Callable[[Sample, Column], float | None]:
    return lambda sample, column: (
        pick(rank(sample.truth, column.of(sample))).value if sample.is_mixed else None
    )


def _of_verdicts(pick: Callable[[Verdicts], float]) -> Callable[[Sample, Column], float | None]:
    return lambda sample, column: pick(_verdicts(sample, column)) if sample.is_mixed else None


def _flagged_safe(sample: Sample, column: Column) -> float | None:
    safe = column.of(sample)[~sample.truth]
    return float((safe >= column.cuts.at(sample.form, sample.lang)).mean()) if len(safe) else None


MEASURES: Mapping[str, Callable[[Sample, Column], float | None]] = {
    "average precision": _of_ranking(lambda ranking: ranking.average_precision),
    "ROC-AUC": _of_ranking(lambda ranking: ranking.roc_auc),
    "F1": _of_verdicts(lambda verdicts: verdicts.f1),
    "macro-F1": _of_verdicts(lambda verdicts: verdicts.macro_f1),
    "accuracy": _of_verdicts(lambda verdicts: verdicts.accuracy),
    "flagged of the safe": _flagged_safe,
}
"""How each measure of a published figure is taken here."""


def left_out(pairs: Sequence[Pair]) -> Iterator[str]:
    """How many rows of which set are too much like what weights are fed with."""
    if any(pair.left_out for pair in pairs):
        yield from _titled(
            "Attacks left out: they hold most of one that weights are fed with", _left_table(pairs)
        )


def _left_table(pairs: Sequence[Pair]) -> Iterator[str]:
    yield from _head(["set", "language"], ["rows", "left out"])
    for pair in pairs:
        if pair.left_out:
            yield _row(pair.report.name, pair.report.lang, pair.rows, pair.left_out)


def stored(family: str, samples: Sequence[Sample], judges: Sequence[Scorer]) -> Iterator[str]:
    """The thresholds that come with a model, and how many everyday prompts each label flags at them."""
    for scorer in judges:
        if any(scorer.backend.thresholds(label) for label in FAMILIES[family]):
            yield from _titled(
                f"Thresholds stored with the {scorer.backend.title}, and everyday prompts flagged",
                _stored_table(family, samples, scorer),
            )


def _stored_table(family: str, samples: Sequence[Sample], scorer: Scorer) -> Iterator[str]:
    scores = {lang: _everyday_scores(family, samples, scorer, lang) for lang in EVERYDAY}
    rates = list(scorer.backend.thresholds(FAMILIES[family][0]))
    heads = [f"{rate}: {cell}" for rate in rates for cell in ("threshold", *scores)]
    yield from _head(["label"], heads)
    for place, label in enumerate(scorer.backend.labels):
        if label in FAMILIES[family]:
            cells: list[str] = []
            for cut in scorer.backend.thresholds(label).values():
                shares = (
                    f"{(own[:, place] >= cut).mean():.2%}" if len(own) else "" for own in scores.values()
                )
                cells += [f"{cut:.3g}", *shares]
            yield _row(f"`{label}`", *cells)


def _everyday_scores(family: str, samples: Sequence[Sample], scorer: Scorer, lang: str) -> np.ndarray:
    """Scores of the everyday prompts in a language, [texts, labels]."""
    names = everyday_sets(family, lang)
    found = [
        scorer.all_scores(one.texts, one.kinds) for one in samples if one.lang == lang and one.name in names
    ]
    return np.concatenate(found) if found else np.zeros((0, len(scorer.backend.labels)))
