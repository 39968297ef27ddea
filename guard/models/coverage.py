"""Tells whether a text is in a language that a model was not made for."""

from __future__ import annotations

from collections.abc import Container

from guard.text.language import detect

SURE = 0.8
"""The confidence from which a language counts as known."""
LETTERS = 20
"""Fewest letters that tell a language."""
SAMPLE = 2000
"""Characters that are searched for letters."""


def uncovered(text: str, covered: Container[str]) -> str:
    """The code of a text's language where it is plainly none of those `covered`, ISO 639-1 codes all.

    Empty when the language is covered, or when there is too little text to be sure.
    """
    if sum(map(str.isalpha, text[:SAMPLE])) < LETTERS:
        return ""
    language = detect(text)
    known = language.confidence >= SURE and language.code != ""
    return language.code if known and language.code not in covered else ""
