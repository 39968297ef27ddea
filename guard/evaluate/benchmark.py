"""Measures the guard model and the n-gram baseline side by side, on sets that never feed weights.

    python -m guard.evaluate.benchmark --data DIR [--filter harm injection] [--markdown docs/quality.md]

DIR holds `manifest.csv` and `moderation/NAME.jsonl.gz`. `sample` says which rows are measured and which fix
thresholds, `threshold` how; no row is in both. A text's overall score is the highest over the filter's
labels; in sets of answers the answer is judged, else the text. With `--markdown` the tables replace what
stands between the markers of that page. `--assert-above-baseline` ends with status 1 and names the covered
languages where the encoder ranks worse than the baseline, and those without rows to tell by.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from guard.errors import GuardError, InputError
from guard.evaluate.backend import BACKENDS, FAMILIES, Scorer, add_options, covered, scorers
from guard.evaluate.page import put
from guard.evaluate.quality import Language, column, compare, left_out, stored, tables
from guard.evaluate.sample import Pair, is_about, missing, read

LIMIT = 3000
"""Rows of one set and language to report on, and as many at most to fix thresholds, drawn at random."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Reads the arguments, measures, prints or writes; returns the exit status."""
    chosen = parser().parse_args(arguments)
    try:
        return run(chosen, scorers(chosen))
    except GuardError as error:
        sys.stderr.write(f"{error}\n")
        return 2


def parser() -> argparse.ArgumentParser:
    """The command's arguments."""
    made = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    made.add_argument("--data", type=Path, required=True, help="folder with manifest.csv and the sets")
    made.add_argument(
        "--filter", nargs="+", default=list(FAMILIES), choices=list(FAMILIES), help="what to measure"
    )
    made.add_argument("--sets", nargs="*", default=[], help="only these sets")
    made.add_argument("--limit", type=int, default=LIMIT, help="rows of one set and language")
    made.add_argument("--markdown", type=Path, help="page to write the tables into, between its markers")
    made.add_argument(
        "--assert-above-baseline", action="store_true", help="status 1 where a language is below"
    )
    add_options(made)
    return made


def run(chosen: argparse.Namespace, judges: Sequence[Scorer]) -> int:
    """Measures what was chosen, prints or writes the tables, and returns the exit status.

    The first of `judges` is measured against the last. A filter that no chosen set is about is left out,
    which stderr says. Raises `InputError` for a folder or page that does not fit, and where nothing is left.
    """
    if chosen.assert_above_baseline and len(judges) < len(BACKENDS):
        raise InputError("--assert-above-baseline compares two models: leave --backend out")
    for family in chosen.filter if chosen.markdown else ():
        put(chosen.markdown, family)
    by_family = _asked(chosen)
    compared, below, untold = 0, [], []
    for family, pairs in by_family.items():
        page, languages, without = _measure(family, pairs, judges, chosen.sets)
        untold += [f"{lang} ({family})" for lang in without]
        compared += sum(one.is_covered for one in languages)
        below += [f"{one.lang} ({family})" for one in languages if one.is_below and one.is_covered]
        if chosen.markdown:
            put(chosen.markdown, family, page)
        else:
            sys.stdout.write(page + "\n")
    if chosen.assert_above_baseline and not compared:
        raise InputError("--assert-above-baseline: none of the chosen sets is in a covered language")
    if chosen.assert_above_baseline and untold:
        sys.stderr.write(f"not compared, without rows of both kinds: {', '.join(untold)}\n")
    if chosen.assert_above_baseline and below:
        sys.stderr.write(f"below the baseline: {', '.join(below)}\n")
        return 1
    return 0


def _asked(chosen: argparse.Namespace) -> dict[str, list[Pair]]:
    """The sets that each chosen filter is measured on; says on stderr what is left out."""
    pairs = list(read(chosen.data, chosen.sets, chosen.limit))
    found = {family: [pair for pair in pairs if is_about(family, pair.report)] for family in chosen.filter}
    if not any(found.values()):
        raise InputError(f"{chosen.data}: nothing to measure {' or '.join(chosen.filter)} on")
    absent = [] if chosen.sets else missing(chosen.data)
    empty = [family for family, asked in found.items() if not asked]
    for name, why in [*((name, "no file") for name in absent), *((name, "no set") for name in empty)]:
        sys.stderr.write(f"left out: {name} ({why})\n")
    return {family: asked for family, asked in found.items() if asked}


def _measure(
    family: str, pairs: Sequence[Pair], judges: Sequence[Scorer], only: Sequence[str]
) -> tuple[str, list[Language], list[str]]:
    """A filter's tables, how the first model compares with the last by language, and the covered languages
    in which nothing tells, unless `only` some sets were to be read."""
    columns = [column(scorer, family, pairs) for scorer in judges]
    samples = [pair.report for pair in pairs if pair.report.texts]
    is_covered = {sample.lang: covered(judges, family, sample.lang) for sample in samples}
    languages = list(compare(samples, columns, is_covered))
    told = {one.lang for one in languages}
    asked = () if only else judges[0].backend.languages(family)
    untold = [lang for lang in asked if lang not in told]
    lines = [
        *tables(samples, columns, languages, untold),
        *left_out(pairs),
        *stored(family, samples, judges),
    ]
    return "\n".join(lines), languages, untold


if __name__ == "__main__":
    sys.exit(main())
