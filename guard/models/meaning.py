"""How harmful a word is where it stands: what the model says of the sentences around it."""

from __future__ import annotations

from guard.models.classifier import Judge
from guard.models.coverage import uncovered
from guard.text.search import Hit
from guard.text.surrounding import Surroundings

FAMILY = "harm"
NO_HARM = frozenset({"harm.political_sensitive"})
"""Labels of the family that say nothing of harm by themselves."""

MOST_PASSAGES = 50
"""Passages of one text that are read; what stands in others is not judged."""


class Meaning:
    """The words found in one text, and what the model makes of each one's surroundings.

    `uncovered` names the languages of passages that the model was not made for.
    """

    def __init__(self, judge: Judge, text: str, kind: str) -> None:
        self._judge = judge
        self._kind = kind
        self._surroundings = Surroundings(text)
        self._read: dict[str, float] = {}
        self._covered = judge.languages(FAMILY)
        self._is_full = False
        self.uncovered: set[str] = set()

    def harm(self, hit: Hit) -> float | None:
        """The highest score that a label of harm has around the word; `None` once too much would be read."""
        passages = [] if self._is_full else self._surroundings.passages(hit)
        self._is_full |= len({*self._read, *passages}) > MOST_PASSAGES
        return None if self._is_full else max(map(self._score, passages))

    def _score(self, passage: str) -> float:
        if passage not in self._read:
            verdicts = self._judge.judge(passage, self._kind)
            scores = [verdict.score for verdict in verdicts if _is_harm(verdict.label)]
            # A passage that the model can read nothing of does not clear the word.
            self._read[passage] = max(scores, default=1.0)
            self._note(passage)
        return self._read[passage]

    def _note(self, passage: str) -> None:
        language = "" if self._covered is None else uncovered(passage, self._covered)
        if language:
            self.uncovered.add(language)


def _is_harm(label: str) -> bool:
    return label.startswith(f"{FAMILY}.") and label not in NO_HARM
