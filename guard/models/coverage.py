"""Tells whether a text is in a language that a model was not made for."""

from __future__ import annotations

import functools
from collections.abc import Container, Iterator, Mapping
from pathlib import Path
from typing import Any

from guard.models.artefact import describe
from guard.text.language import count_by_script, count_letters, detect

SURE = 0.8
"""The confidence from which a language counts as known."""
LETTERS = 20
"""Fewest letters that tell a language."""
PASSAGE = 200
"""Letters of a script of its own from which a language counts that does not carry the text."""


@functools.cache
def told(weights: Path) -> Mapping[str, Any]:
    """What a file of weights says of itself, read once; raises `ModelError` when it cannot be read."""
    return describe(weights)


def uncovered(text: str, covered: Container[str]) -> str:
    """The code of a language that a text is plainly in but that is none of those `covered` (ISO 639-1).

    Beside the language that carries the text, those count that are alone in their script, such as Thai, from
    a passage on. Empty when all are covered, or when there is too little text to be sure.
    """
    return next((code for code in _languages(text) if code not in covered), "")


def _languages(text: str) -> Iterator[str]:
    if count_letters(text) >= LETTERS:
        language = detect(text)
        if language.code and language.confidence >= SURE:
            yield language.code
    yield from (code for code, letters in count_by_script(text).items() if letters >= PASSAGE)
