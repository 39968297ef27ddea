"""What the guard model is bad at, each weakness with texts that show it and the scores they get.

python -m guard.evaluate.weakness [--markdown PAGE]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from guard.evaluate import backend, page
from guard.evaluate.backend import Scorer
from guard.evaluate.sets import label_scores, weights

EXAMPLES = Path(__file__).with_name("weakness.yaml")
CUT = 0.5
"""The score from which a text counts as found."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A text that shows a weakness: it holds what `label` stands for, or it does not and is flagged."""

    weakness: str
    lang: str
    label: str
    turns: tuple[str, ...]
    kind: str = "input"
    holds: bool = True


def examples() -> list[Shown]:
    """The texts, by weakness."""
    return [
        Shown(
            group["weakness"],
            row["lang"],
            row["label"],
            tuple(row.get("turns") or (row["text"],)),
            row.get("kind", "input"),
            row.get("holds", True),
        )
        for group in yaml.safe_load(EXAMPLES.read_text(encoding="utf-8"))
        for row in group["texts"]
    ]


def table(scorer: Scorer) -> Iterator[str]:
    """A row per text: the score of its label, the highest of the label's family, and what comes of it."""
    yield weights([scorer])
    yield ""
    yield "| weakness | language | text | what it is | score of that | highest | |"
    yield "| --- | --- | --- | --- | ---: | ---: | --- |"
    for one in examples():
        kinds = [one.kind] * len(one.turns)
        own = label_scores(scorer, one.label, one.turns, one.kind).max()
        highest = scorer.scores(one.label.partition(".")[0], one.turns, kinds).max()
        what = f"`{one.label}`" if one.holds else f"innocent, not `{one.label}`"
        text = " / ".join(one.turns) + (" (an answer)" if one.kind == "output" else "")
        cells = (one.weakness, one.lang, text, what, f"{own:.2f}", f"{highest:.2f}", came(one.holds, highest))
        yield f"| {' | '.join(cells)} |"


def came(holds: bool, highest: float) -> str:
    """What a rule with the threshold `CUT` makes of a text."""
    if holds:
        return "found" if highest >= CUT else "missed"
    return "flagged" if highest >= CUT else "left alone"


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the table as Markdown, or puts it into a page; the exit status."""
    options = argparse.ArgumentParser(description="Show what the guard model is bad at.")
    options.add_argument(
        "--markdown", type=Path, metavar="PAGE", help="page of the docs to put the table into"
    )
    chosen = options.parse_args(arguments)
    return page.publish("weaknesses", chosen.markdown, lambda: table(Scorer(backend.encoder())))


if __name__ == "__main__":
    sys.exit(main())
