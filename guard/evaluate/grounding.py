"""Measures the grounding filter, tier by tier, on labelled answers beside plain baselines.

    python -m guard.evaluate.grounding --data DIR [--limit N] [--sets NAME …] [--cache DIR]
                                       [--out docs/grounding.md]
    python -m guard.evaluate.grounding --tokens [--out docs/grounding.md]

DIR holds `manifest.csv` and `grounding/NAME.jsonl.gz`, a row per answer: `id`, `context` (a text or a list of
texts), `question`, `answer`, `label` (supported or hallucinated), `spans` of unsupported characters as
`{start, end}`, `task`, `lang` and `split`. Only rows that no weight was made from are read. `--tokens`
measures what an answer costs as its sources grow instead.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from guard.errors import GuardError, InputError
from guard.evaluate import grounding_cost
from guard.evaluate.answer import WIKI_BIO, groups, passages
from guard.evaluate.grounding_score import Keeper, Ways
from guard.evaluate.grounding_table import Measured, published, samples, tables
from guard.models.encoder import shipped

FIGURES, TOKENS = "figures", "tokens"


def main(arguments: Sequence[str] | None = None) -> int:
    """Reads the arguments, measures, prints or writes; returns the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder with manifest.csv and the sets")
    parser.add_argument("--sets", nargs="*", default=[], help="only these sets, by name")
    parser.add_argument("--limit", type=int, default=600, help="answers per set, drawn by seed")
    parser.add_argument("--cache", type=Path, metavar="DIR", help="folder that keeps scores from run to run")
    parser.add_argument("--tokens", action="store_true", help="measure the cost of long sources instead")
    parser.add_argument("--out", type=Path, help="page to write the tables into, between its markers")
    chosen = parser.parse_args(arguments)
    if chosen.data is None and not chosen.tokens:
        parser.error("--data or --tokens is needed")
    try:
        name = TOKENS if chosen.tokens else FIGURES
        if chosen.out:
            put(chosen.out, name)  # fails before anything is measured
        lines = grounding_cost.table() if chosen.tokens else report(chosen)
        text = "\n".join(lines).strip()
        if chosen.out:
            put(chosen.out, name, text)
        else:
            sys.stdout.write(text + "\n")
    except GuardError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def report(chosen: argparse.Namespace) -> Iterator[str]:
    """Lines of all tables."""
    keeper = Keeper(Ways(shipped()), chosen.cache)
    measured = [
        Measured(group, keeper.ask(group)) for group in groups(chosen.data, chosen.sets, chosen.limit)
    ]
    yield f"At most {chosen.limit} answers of a set; in brackets the 95 % bootstrap interval."
    yield ""
    yield from tables(measured)
    if not chosen.sets or WIKI_BIO in chosen.sets:
        found = passages(chosen.data, chosen.limit)
        if found:
            yield from samples(Measured(found, keeper.ask(found)))
    yield from published()


def put(page: Path, name: str, text: str | None = None) -> None:
    """Puts text between a page's markers; without text, only looks for them.

    Raises `InputError` when they, or the page, are missing.
    """
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    try:
        before, found, rest = page.read_text(encoding="utf-8").partition(begin)
    except OSError as error:
        raise InputError(f"{page}: {error.strerror or error}") from None
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise InputError(f"{page}: the markers {begin} and {end} are missing")
    if text is not None:
        page.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
