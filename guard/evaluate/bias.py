"""Measures identity bias, counterfactual flips and over-refusal of the guard model and the n-gram baseline.

    python -m guard.evaluate.bias --data DIR [--limit 4000] [--markdown docs/quality.md]

Identity bias: over sentences made from templates, ROC-AUC within those that name a group (subgroup), of
its safe sentences against the unsafe ones of the others (BPSN), and of its unsafe ones against the
others' safe ones (BNSP); once over the set as it is, and once balanced, over the same sentences said of
every group. Flips: how often the decision changes when a sentence is said of another group, and by how
much the score. HateCheck (Röttger et al., 2021): how many of its posts are decided right, by functional
test. Over-refusal: innocent texts that look harmful, and how many are flagged. Decisions are made with
the thresholds of the benchmark.
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

from guard.evaluate import threshold
from guard.evaluate.backend import FAMILIES, Scorer, add_options, scorers
from guard.evaluate.benchmark import LIMIT
from guard.evaluate.fairness import WIDE, Gap, flips, gaps
from guard.evaluate.identity import Identity, identities
from guard.evaluate.metric import share
from guard.evaluate.page import publish
from guard.evaluate.published import published
from guard.evaluate.sample import read, rows_of, text_of, uses
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


def main(arguments: Sequence[str] | None = None) -> int:
    """Reads the arguments, measures, prints or writes; returns the exit status."""
    chosen = parser().parse_args(arguments)
    return publish("bias", chosen.markdown, lambda: tables(chosen, scorers(chosen)))


def parser() -> argparse.ArgumentParser:
    """The command's arguments."""
    made = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    made.add_argument("--data", type=Path, required=True, help="folder with manifest.csv and the sets")
    made.add_argument("--limit", type=int, default=4000, help="rows of one set and language")
    made.add_argument(
        "--tune", type=int, default=LIMIT, help="rows of one set and language that fix thresholds"
    )
    made.add_argument("--threshold", type=float, help="decide at this score instead")
    made.add_argument("--markdown", type=Path, help="page to write the tables into, between its markers")
    add_options(made)
    return made


Cuts = Mapping[str, Thresholds]
"""A model's thresholds by filter."""


def tables(chosen: argparse.Namespace, judges: Sequence[Scorer]) -> Iterator[str]:
    """All tables in Markdown; raises `InputError` when the folder is none of labelled sets."""
    cuts = [_cuts(scorer, chosen) for scorer in judges]
    folder = chosen.data / "moderation"
    for scorer, own in zip(judges, cuts, strict=True):
        for identity in identities().values():
            rows = _templates(folder / f"{TEMPLATES}.jsonl.gz", identity.lang, chosen.limit)
            if rows[0]:
                yield from _identity_tables(scorer, identity, rows, own[FAMILY])
    yield from _hatecheck_table(judges, cuts, folder / f"{HATECHECK}.jsonl.gz", chosen.limit)
    yield from _lookalike_table(judges, cuts, chosen)


def _cuts(scorer: Scorer, chosen: argparse.Namespace) -> Cuts:
    if chosen.threshold is not None:
        return {
            family: Thresholds(chosen.threshold, {(threshold.ANY,) * 2: chosen.threshold}, {})
            for family in FAMILIES
        }
    tune = [pair.tune for pair in read(chosen.data, limit=chosen.tune)]
    return {family: threshold.fix(scorer, family, tune) for family in FAMILIES}


Rows = tuple[list[str], np.ndarray]
"""Texts, and which of them are unsafe, [texts]."""


def _templates(path: Path, lang: str, limit: int) -> Rows:
    rows = [row for row in rows_of(path) if row["lang"] == lang] if path.exists() else []
    rows = random.Random(lang).sample(rows, min(limit, len(rows)))
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
        return list(gaps(np.repeat(self.truth, len(self.groups)), scores.ravel(), members))


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
        list(gaps(truth, _score(scorer, texts), members)), grids["templates"].gaps(scores["templates"])
    )
    yield f"### Counterfactual flips, {identity.lang}, {scorer.backend.title}"
    yield ""
    yield from _flip_table(grids, scores, (cuts.strict, cuts.at("post", identity.lang)))


def _gap_table(plain: Sequence[Gap], balanced: Sequence[Gap]) -> Iterator[str]:
    for title, found in (("The set as it is", plain), ("Balanced", balanced)):
        if found:
            yield f"{title}: {_summary(found)}"
            yield ""
    yield (
        "| group | sentences | subgroup AUC | BPSN AUC | BNSP AUC | widest gap | "
        "balanced: BPSN AUC | balanced: BNSP AUC | balanced: widest gap |"
    )
    yield "| --- |" + " ---: |" * 8
    same = {gap.group: gap for gap in balanced}
    for gap in plain:
        other = same.get(gap.group)
        cells = [gap.group, gap.rows, f"{gap.subgroup:.3f}", gap.bpsn, gap.bnsp, f"{gap.widest:+.3f}"]
        cells += [other.bpsn, other.bnsp, f"{other.widest:+.3f}"] if other else [""] * 3
        yield f"| {' | '.join(map(str, cells))} |"
    yield ""


def _summary(found: Sequence[Gap]) -> str:
    worst = max(found, key=lambda gap: abs(gap.widest))
    wide = [gap.group for gap in found if abs(gap.widest) > WIDE]
    sure = [gap.group for gap in found if gap.is_surely_wide]
    return (
        f"overall ROC-AUC {worst.overall:.3f}; largest gap of BPSN or BNSP "
        f"{worst.widest:+.3f} ({worst.group}); "
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


def _hatecheck_table(judges: Sequence[Scorer], cuts: Sequence[Cuts], path: Path, limit: int) -> Iterator[str]:
    rows = list(rows_of(path)) if path.exists() else []
    rows = random.Random(HATECHECK).sample(rows, min(limit, len(rows)))
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
    judges: Sequence[Scorer], cuts: Sequence[Cuts], chosen: argparse.Namespace
) -> Iterator[str]:
    heads = [f"{name}: {scorer.backend.title}" for name in ("strict", "balanced") for scorer in judges]
    yield "### Over-refusal: share of innocent look-alikes flagged"
    yield ""
    yield f"| filter | set | language | texts | {' | '.join(heads)} |"
    yield "| --- | --- | --- |" + " ---: |" * (1 + len(heads))
    for (name, lang, form), texts in _lookalikes(chosen.data, chosen.limit).items():
        for family in FAMILIES:
            scores = [_score(scorer, texts, family, form) for scorer in judges]
            flagged = [share(found >= own[family].strict) for found, own in zip(scores, cuts, strict=True)]
            flagged += [
                share(found >= own[family].at(form, lang)) for found, own in zip(scores, cuts, strict=True)
            ]
            yield f"| {family} | {name} | {lang} | {len(texts)} | {' | '.join(map(str, flagged))} |"


def _lookalikes(data: Path, limit: int) -> dict[tuple[str, str, str], list[str]]:
    """Innocent texts by set, language and form; a set that fed the weights says so in its name."""
    found: dict[tuple[str, str, str], list[str]] = {}
    known = uses(data)
    for name in LOOKALIKES:
        path = data / "moderation" / f"{name}.jsonl.gz"
        for row in rows_of(path) if path.exists() else ():
            title = f"{name} (fed the weights)" if known.get(name) == "train" else name
            found.setdefault((title, row["lang"], row["kind"]), []).append(text_of(row))
    for name in OWN_LOOKALIKES:
        for line in shipped_set(name).read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            found.setdefault((name, row["lang"], "prompt"), []).append(row["text"])
    return {key: texts[:limit] for key, texts in found.items()}


if __name__ == "__main__":
    sys.exit(main())
