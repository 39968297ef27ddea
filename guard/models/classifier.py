"""What the filters share that the shipped n-gram model judges: its scores, and what it does not cover."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from guard.models import ngram
from guard.registry import Filter, option
from guard.types import Exchange, Finding, Part, Unjudged


class Classifier(Filter):
    """A filter whose labels are heads of the shipped model, under its own id as their family.

    Every label gets a finding with its calibrated score, however low. Text in a language that the family
    was not trained on is judged all the same and reported as not covered.
    """

    backend: Literal["classical"] = option(
        "classical",
        description="The model that judges: `classical` is hashed n-grams, fast on any processor.",
    )

    def load(self) -> None:
        """Reads the weights, which all classifiers share."""
        ngram.shipped()

    def scan(self, part: Part, exchange: Exchange) -> Iterator[Finding | Unjudged]:
        """Yields a finding per label over the worst window, and whether the language is not covered."""
        for verdict in ngram.judge(part.text):
            if verdict.label in self.labels:
                yield self.find(
                    part, verdict.label, verdict.start, verdict.end, verdict.score, "judged by the model"
                )
        language = ngram.uncovered(part.text, self.id)
        if language:
            reason = f"language {language!r} is not covered by the model"
            yield self.pass_over(part, reason, language=language)
