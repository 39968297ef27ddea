"""What a model says of a text."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one head says of a text: the score of its worst window and where that window lies."""

    label: str
    score: float
    start: int
    end: int
