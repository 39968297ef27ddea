"""Measures the grounding filter, tier by tier, on labelled answers beside plain baselines.

    python -m guard.evaluate.grounding --data DIR [--limit N] [--sets NAME …] [--cache DIR]
                                       [--out docs/grounding.md]
    python -m guard.evaluate.grounding --tokens [--out docs/grounding.md]

DIR holds `manifest.csv` and `grounding/NAME.jsonl.gz`, a row per answer: `id`, `context` (a text or a list of
texts), `question`, `answer`, `label` (supported or hallucinated), `spans` of unsupported characters as
`{start, end}`, `task`, `lang` and `split`. Only rows that no weight was made from are read. `--tokens`
measures instead what the check of an answer costs, beside what it may cost, and as its sources grow.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from guard.errors import InputError
from guard.evaluate import grounding_cost
from guard.evaluate.answer import WIKI_BIO, groups, passages
from guard.evaluate.grounding_score import Keeper, Ways
from guard.evaluate.grounding_table import Measured, published, samples, tables
from guard.evaluate.page import publish
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
    if chosen.tokens:
        return publish(TOKENS, chosen.out, grounding_cost.tables)
    return publish(FIGURES, chosen.out, lambda: report(chosen))


def report(chosen: argparse.Namespace) -> Iterator[str]:
    """Lines of all tables."""
    keeper = Keeper(Ways(shipped()), chosen.cache)
    measured = [
        Measured(group, keeper.ask(group)) for group in groups(chosen.data, chosen.sets, chosen.limit)
    ]
    if not measured and WIKI_BIO not in chosen.sets:
        raise InputError(f"{chosen.data}: no labelled answers to measure on")
    yield f"At most {chosen.limit} answers of a set; in brackets the 95 % bootstrap interval."
    yield ""
    yield from tables(measured)
    if not chosen.sets or WIKI_BIO in chosen.sets:
        found = passages(chosen.data, chosen.limit)
        if found:
            yield from samples(Measured(found, keeper.ask(found)))
    yield from published()


if __name__ == "__main__":
    raise SystemExit(main())
