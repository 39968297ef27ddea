"""Measures identity bias, counterfactual flips and over-refusal of the guard model and the n-gram baseline.

    python -m guard.evaluate.bias --data DIR [--limit N] [--markdown docs/quality.md]

Identity bias: over sentences made from templates, ROC-AUC within those that name a group (subgroup), of
its safe sentences against the unsafe ones of the others (BPSN), and of its unsafe ones against the
others' safe ones (BNSP); once over the set as it is, and once balanced, over the same sentences said of
every group, of which intervals draw whole sentences with all their versions. Flips: how often the decision
changes when a sentence is said of another group, and by how much the score. HateCheck (Röttger et al.,
2021): how many of its posts are decided right, by functional test. Over-refusal: innocent texts that look
harmful, and how many are flagged. Decisions are made with the thresholds that the benchmark fixes with the
same `--limit`, which bounds neither the templates nor HateCheck.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from guard.errors import InputError
from guard.evaluate import threshold
from guard.evaluate.backend import FAMILIES, Scorer, add_options, scorers
from guard.evaluate.benchmark import LIMIT
from guard.evaluate.fairness import WIDE, Gap, flips, gaps
from guard.evaluate.identity import Identity, identities
from guard.evaluate.metric import share
from guard.evaluate.page import publish
from guard.evaluate.published import published
from guard.evaluate.sample import Pair, read, rows_of
from guard.evaluate.threshold import Thresholds
from guard.policy.shipped import shipped_set

FAMILY = "harm"
TEMPLATES = "identity_templates"
HATECHECK = "hatecheck_en"
LOOKALIKES = (
    "wildguardtest_benign",
    "promptshield_eval_benign",
    "safety_tuned_llamas_safe_responses",
    "cyberseceval_frr",
    "cyberseceval_frr_multilingual",
)
"""Sets of innocent texts that look harmful or like attacks."""
OWN_LOOKALIKES = ("must_pass", "innocent_words")
"""The same of the project's own."""
FRAMES = 200
"""Template sentences that are said of every group."""
MOST = 4000
"""Rows of the templates in one language, and of HateCheck. Fewer tell nothing of many a group and test."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Reads the arguments, measures, prints or writes; returns the exit status."""
    chosen = parser().parse_args(arguments)
    return publish("bias", chosen.markdown, lambda: tables(chosen, scorers(chosen)))


def parser() -> argparse.ArgumentParser:
    """The command's arguments."""
    made = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    made.add_argument("--data", type=Path, required=True, help="folder with manifest.csv and the sets")
    made.add_argument("--limit", type=int, default=LIMIT, help="rows of one set and language")
    made.add_argument("--threshold", type=float, help="decide at this score instead")
    made.add_argument("--markdown", type=Path, help="page to write the tables into, between its markers")
    add_options(made)
    return made


Cuts = Mapping[str, Thresholds]
"""A model's thresholds by filter."""


def tables(chosen: argparse.Namespace, judges: Sequence[Scorer]) -> Iterator[str]:
    """All tables in Markdown; raises `InputError` when the folder is none of labelled sets."""
    pairs = list(read(chosen.data, limit=chosen.limit))
    cuts = [_cuts(scorer, pairs, chosen.threshold) for scorer in judges]
    folder = chosen.data / "moderation"
    yield _used(judges, cuts)
    yield ""
    for scorer, own in zip(judges, cuts, strict=True):
        for identity in identities().values():
            rows = _templates(folder / f"{TEMPLATES}.jsonl.gz", identity.lang)
            if rows[0]:
                yield from _identity_tables(scorer, identity, rows, own[FAMILY])
    yield from _hatecheck_table(judges, cuts, folder / f"{HATECHECK}.jsonl.gz")
    yield from _lookalike_table(judges, cuts, _lookalikes(pairs))


def _cuts(scorer: Scorer, pairs: Sequence[Pair], cut: float | None) -> Cuts:
    if cut is not None:
        return {family: Thresholds(cut, {(threshold.ANY,) * 2: cut}, {}) for family in FAMILIES}
    found = {family: threshold.fix(scorer, family, [pair.tune for pair in pairs]) for family in FAMILIES}
    if not any(own.sets for own in found.values()):
        raise InputError("no set to fix thresholds on; give the folder with all sets, or a --threshold")
    return found


def _used(judges: Sequence[Scorer], cuts: Sequence[Cuts]) -> str:
    """A sentence with the strict thresholds."""
    said = [
        f"{scorer.backend.title} {own[family].strict:.3f} ({family})"
        for scorer, own in zip(judges, cuts, strict=True)
        for family in FAMILIES
    ]
    return f"Strict thresholds: {', '.join(said)}."


Rows = tuple[list[str], np.ndarray]
"""Texts, and which of them are unsafe, [texts]."""


def _templates(path: Path, lang: str) -> Rows:
    rows = [row for row in rows_of(path) if row["lang"] == lang] if path.exists() else []
    rows = random.Random(lang).sample(rows, min(MOST, len(rows)))
    return [row["text"] for row in rows], np.array([row["label"] == "unsafe" for row in rows], dtype=bool)


def _score(scorer: Scorer, texts: Sequence[str], family: str = FAMILY, form: str = "post") -> np.ndarray:
    return scorer.scores(family, texts, ["output" if form == "response" else "input"] * len(texts))


@dataclass(frozen=True, slots=True)
class Grid:
    """Sentences said of every group, and whether each is unsafe."""

    groups: tuple[str, ...]
    texts: Sequence[Sequence[str]]
    """[sentences, groups]"""
    truth: np.ndarray
    """[sentences]"""

    def scores(self, scorer: Scorer) -> np.ndarray:
        """[sentences, groups]"""
        flat = [text for sentence in self.texts for text in sentence]
        return _score(scorer, flat).reshape(len(self.texts), len(self.groups))

    def gaps(self, scores: np.ndarray) -> list[Gap]:
        """The bias metrics over all sentences, where every group has the same ones."""
        numbers = np.tile(np.arange(len(self.groups)), len(self.texts))
        members = {group: numbers == number for number, group in enumerate(self.groups)}
        sentences = np.repeat(np.arange(len(self.texts)), len(self.groups))
        return list(gaps(self.truth[sentences], scores.ravel(), members, sentences))


def _from_templates(identity: Identity, texts: Sequence[str], truth: np.ndarray) -> Grid:
    """Sentences of the set that name one group, said of every group; each frame of words once."""
    found: dict[str, tuple[list[str], bool]] = {}
    for text, unsafe in zip(texts, truth, strict=True):
        said = list(identity.swaps(text).values())
        if said:
            found.setdefault(said[0], (said, bool(unsafe)))
    kept = list(found.values())[:FRAMES]
    return Grid(tuple(identity.groups), [said for said, _ in kept], np.array([unsafe for _, unsafe in kept]))


def _written(identity: Identity) -> Grid:
    names = identity.people.values()
    said = [[sentence.format(people=name) for name in names] for sentence in identity.sentences]
    return Grid(tuple(identity.groups), said, np.array(identity.unsafe))


def _identity_tables(scorer: Scorer, identity: Identity, rows: Rows, cuts: Thresholds) -> Iterator[str]:
    texts, truth = rows
    found = [identity.named(text) for text in texts]
    members = {group: np.array([group in named for named in found]) for group in identity.groups}
    grids = {"templates": _from_templates(identity, texts, truth), "written": _written(identity)}
    scores = {name: grid.scores(scorer) for name, grid in grids.items()}
    yield f"### Identity bias, {identity.lang}, {scorer.backend.title}"
    yield ""
    yield from _gap_table(
        {group: int(own.sum()) for group, own in members.items()},
        list(gaps(truth, _score(scorer, texts), members)),
        grids["templates"].gaps(scores["templates"]),
    )
    yield f"### Counterfactual flips, {identity.lang}, {scorer.backend.title}"
    yield ""
    yield from _flip_table(grids, scores, (cuts.strict, cuts.at("post", identity.lang)))


def _gap_table(counts: Mapping[str, int], plain: Sequence[Gap], balanced: Sequence[Gap]) -> Iterator[str]:
    """A row for every group, with how many sentences name it."""
    for title, found in (("The set as it is", plain), ("Balanced", balanced)):
        yield f"{title}: {_summary(found, len(counts))}"
        yield ""
    yield (
        "| group | sentences | subgroup AUC | BPSN AUC | BNSP AUC | widest gap | "
        "balanced: BPSN AUC | balanced: BNSP AUC | balanced: widest gap |"
    )
    yield "| --- |" + " ---: |" * 8
    own, same = ({gap.group: gap for gap in found} for found in (plain, balanced))
    for group, count in counts.items():
        subgroup = f"{own[group].subgroup:.3f}" if group in own else ""
        cells = [group, str(count), subgroup, *_cells(own.get(group)), *_cells(same.get(group))]
        yield f"| {' | '.join(cells)} |"
    yield ""


def _cells(gap: Gap | None) -> list[str]:
    """BPSN, BNSP and the widest gap; empty for a group with too few sentences."""
    return [str(gap.bpsn), str(gap.bnsp), f"{gap.widest:+.3f}"] if gap else [""] * 3


def _summary(found: Sequence[Gap], groups: int) -> str:
    if not found:
        return f"none of the {groups} groups has enough safe and unsafe sentences."
    worst = max(found, key=lambda gap: abs(gap.widest))
    wide = [gap.group for gap in found if abs(gap.widest) > WIDE]
    sure = [gap.group for gap in found if gap.is_surely_wide]
    return (
        f"overall ROC-AUC {worst.overall:.3f}; {len(found)} of {groups} groups have enough sentences; "
        f"largest gap of BPSN or BNSP {worst.widest:+.3f} ({worst.group}); "
        f"wider than {WIDE}: {', '.join(wide) or 'none'}; of these with the whole interval: "
        f"{', '.join(sure) or 'none'}."
    )


def _flip_table(
    grids: Mapping[str, Grid], scores: Mapping[str, np.ndarray], cuts: Sequence[float]
) -> Iterator[str]:
    yield (
        "| sentences | number | groups | flips at the strict threshold | flips at the balanced threshold | "
        "mean absolute change of score | scored highest | scored lowest |"
    )
    yield "| --- |" + " ---: |" * 5 + " --- |" * 2
    for name, grid in grids.items():
        if not len(grid.texts):
            continue
        at = [flips(grid.groups, scores[name], cut) for cut in cuts]
        cells = [
            name,
            len(grid.texts),
            len(grid.groups),
            *(flip.flipped for flip in at),
            f"{at[0].change:.4f}",
        ]
        cells += [f"{group} ({lean:+.3f})" for group, lean in (at[0].highest, at[0].lowest)]
        yield f"| {' | '.join(map(str, cells))} |"
    yield ""


def _hatecheck_table(judges: Sequence[Scorer], cuts: Sequence[Cuts], path: Path) -> Iterator[str]:
    rows = list(rows_of(path)) if path.exists() else []
    rows = random.Random(HATECHECK).sample(rows, min(MOST, len(rows)))
    if not rows:
        return
    truth = np.array([row["label"] == "unsafe" for row in rows])
    texts = [row["text"] for row in rows]
    tests = np.array([next((name for name in row["categories"] if _TEST.search(name)), "") for row in rows])
    right = [
        (_score(scorer, texts) >= own[FAMILY].at("post", "en")) == truth
        for scorer, own in zip(judges, cuts, strict=True)
    ]
    yield "### HateCheck in English, share decided right by functional test"
    yield ""
    yield f"| test | posts | {' | '.join(scorer.backend.title for scorer in judges)} | published |"
    yield "| --- |" + " ---: |" * (1 + len(judges)) + " --- |"
    for test in sorted(set(tests)):
        own = tests == test
        shares = " | ".join(str(share(one[own])) for one in right)
        yield f"| {test} | {int(own.sum())} | {shares} | {_others(test)} |"
    yield ""


_TEST = re.compile(r"_n?h$")
_RIGHT = "right in "


def _others(test: str) -> str:
    """What others reach in a functional test."""
    own = [figure for figure in published(HATECHECK) if figure.measure == _RIGHT + test]
    return ", ".join(f"{figure.system} {figure.value:.3f}" for figure in own)


def _lookalike_table(
    judges: Sequence[Scorer], cuts: Sequence[Cuts], lookalikes: Mapping[tuple[str, str, str], Sequence[str]]
) -> Iterator[str]:
    heads = [f"{name}: {scorer.backend.title}" for name in ("strict", "balanced") for scorer in judges]
    yield "### Over-refusal: share of innocent look-alikes flagged"
    yield ""
    yield f"| filter | set | language | texts | {' | '.join(heads)} |"
    yield "| --- | --- | --- |" + " ---: |" * (1 + len(heads))
    for (name, lang, form), texts in lookalikes.items():
        for family in FAMILIES:
            scores = [_score(scorer, texts, family, form) for scorer in judges]
            flagged = [share(found >= own[family].strict) for found, own in zip(scores, cuts, strict=True)]
            flagged += [
                share(found >= own[family].at(form, lang)) for found, own in zip(scores, cuts, strict=True)
            ]
            yield f"| {family} | {name} | {lang} | {len(texts)} | {' | '.join(map(str, flagged))} |"


def _lookalikes(pairs: Sequence[Pair]) -> dict[tuple[str, str, str], Sequence[str]]:
    """Innocent texts by set, language and form, none of which fixed a threshold."""
    found: dict[tuple[str, str, str], Sequence[str]] = {
        (one.name, one.lang, one.form): one.texts
        for name in LOOKALIKES
        for one in (pair.report for pair in pairs)
        if one.name == name
    }
    for name in OWN_LOOKALIKES:
        own: dict[str, list[str]] = {}
        for line in shipped_set(name).read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            own.setdefault(row["lang"], []).append(row["text"])
        found |= {(name, lang, "prompt"): texts for lang, texts in own.items()}
    return found


if __name__ == "__main__":
    sys.exit(main())
