"""Texts in a language that the deployment does not serve."""

from __future__ import annotations

from collections.abc import Iterator

from guard.registry import Example, Filter, option
from guard.text.language import check_codes, count_letters, detect
from guard.types import Exchange, Finding, Part, Unjudged

LEAST_LETTERS = 20
"""From so many letters on, a text whose language cannot be told is reported as not judged."""


class Language(Filter):
    """Finds texts whose language is not among those allowed.

    The language that carries the text counts: English terms in a Chinese question are fine. The score
    is how sure the language is. Numbers, names and exclamations too short to tell pass; a longer text
    whose language cannot be told is reported as not judged.
    """

    id = "language"
    labels = ("language.not_allowed",)
    hits = (
        Example("‹¿Cuál es la capital de Francia?›", {"allowed": ["zh", "en"]}),
        Example("‹Какая сегодня погода в Москве?›", {"allowed": ["zh", "en"]}),
        Example("‹今天天气怎么样›", {"allowed": ["en"]}),
        Example("‹What is the weather like today?›", {"allowed": ["zh"]}),
        Example("‹明日の天気を教えてください›", {"allowed": ["zh", "en"]}),
    )
    misses = (
        Example("请解释 Python list comprehension", {"allowed": ["zh"]}),
        Example("What is the weather like today?", {"allowed": ["zh", "en"]}),
        Example("13800138000", {"allowed": ["zh"]}),
        Example("ok 👍", {"allowed": ["zh"]}),
        Example("今天天氣怎麼樣", {"allowed": ["zh"]}),
        Example("Bonjour tout le monde, comment allez-vous ?"),
    )

    allowed: list[str] = option(
        [], description="ISO 639-1 codes, such as zh and en; none allows every language."
    )

    def __post_init__(self) -> None:
        check_codes("allowed", self.allowed)

    def scan(self, part: Part, exchange: Exchange) -> Iterator[Finding | Unjudged]:
        if not self.allowed or part.is_name:
            return
        found = detect(part.text)
        if found.code and found.code not in self.allowed:
            reason = f"language {found.code}, allowed are {', '.join(self.allowed)}"
            yield self.find(part, "language.not_allowed", 0, len(part.text), found.confidence, reason)
        elif not found.code and count_letters(part.text) >= LEAST_LETTERS:
            yield self.pass_over(part, "its language could not be told")
