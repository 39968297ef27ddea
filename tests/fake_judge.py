"""A judge for tests: it says what it is told to say of any text, and remembers what it was asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from guard.models.verdict import Verdict


class FakeJudge:
    """Gives every text the same scores, by label, over all of it; `covered` are its languages."""

    def __init__(self, scores: Mapping[str, float], covered: Sequence[str] | None = ("zh", "en")) -> None:
        self.scores, self.covered = scores, covered
        self.asked: list[tuple[str, str]] = []

    def judge(self, text: str, kind: str) -> Sequence[Verdict]:
        self.asked.append((text, kind))
        return [Verdict(label, score, 0, len(text)) for label, score in self.scores.items()]

    def languages(self, family: str) -> Sequence[str] | None:
        return self.covered
