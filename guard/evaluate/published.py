"""What other systems are published to reach on the sets measured here; the figures stand in `published.yaml`.

They were made by others with thresholds of their own choice, so they say where a figure lies, not who wins.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

FIGURES = Path(__file__).with_suffix(".yaml")


@dataclass(frozen=True, slots=True)
class Published:
    """One figure of one system on the sets whose names match a pattern."""

    sets: re.Pattern[str]
    note: str
    system: str
    size: str
    measure: str
    """As the benchmark's columns are called: `F1`, `average precision`, `flagged of the safe`, and so on."""
    value: float
    source: str


@functools.cache
def figures() -> tuple[Published, ...]:
    """Every published figure, in the order of the file."""
    groups = yaml.safe_load(FIGURES.read_text(encoding="utf-8"))
    return tuple(
        Published(re.compile(group["sets"]), group["note"], **figure)
        for group in groups
        for figure in group["figures"]
    )


def published(name: str) -> Iterator[Published]:
    """The published figures for a set."""
    return (figure for figure in figures() if figure.sets.fullmatch(name))
