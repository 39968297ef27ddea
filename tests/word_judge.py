"""A judge for tests: it finds harm where a text speaks of you, and remembers what it read."""

from __future__ import annotations

from collections.abc import Sequence

from guard.models.verdict import Verdict


class WordJudge:
    """Gives violence 0.9 in a text that holds `you`, else 0.1, and what is no harm always more."""

    def __init__(self, covered: Sequence[str] | None = ("zh", "en")) -> None:
        self.covered = covered
        self.read: list[tuple[str, str]] = []

    def judge(self, text: str, kind: str) -> Sequence[Verdict]:
        self.read.append((text, kind))
        scores = {
            "harm.violence": 0.9 if "you" in text else 0.1,
            "harm.spam": 0.05,
            "harm.political_sensitive": 0.99,
            "injection.direct": 0.99,
        }
        return [Verdict(label, score, 0, len(text)) for label, score in scores.items()]

    def languages(self, family: str) -> Sequence[str] | None:
        return self.covered
