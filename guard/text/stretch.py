"""Cuts a text into stretches: sentences, where short ones go together and very long ones are cut.

What a text is about shows in a sentence or two; a word or two by themselves are about anything.
"""

from __future__ import annotations

import re

from guard.text.segment import sentences

LEAST = 48
"""Width under which a sentence is joined with what follows: about eight English words or 24 characters."""
MOST = 480
"""Characters of a stretch; a longer sentence is cut."""

_WIDE = re.compile("[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uff60\U00020000-\U0003ffff]")


def stretches(text: str) -> list[tuple[int, int]]:
    """Start and end of each stretch in order; together they hold every character that is not white space.

    Linear in the text.

    >>> text = "Hello! I have a headache. Which pills should I take against it, and how many a day?"
    >>> [text[start:end] for start, end in stretches(text)]
    ['Hello! I have a headache. Which pills should I take against it, and how many a day?']
    """
    found: list[tuple[int, int]] = []
    for start, end in _bounded(text):
        if found and is_short(text, *found[-1]) and end - found[-1][0] <= MOST:
            found[-1] = found[-1][0], end
        else:
            found.append((start, end))
    if len(found) > 1 and is_short(text, *found[-1]) and found[-1][1] - found[-2][0] <= MOST:
        found[-2:] = [(found[-2][0], found[-1][1])]
    return found


def is_short(text: str, start: int, end: int) -> bool:
    """Whether too little stands there to say much; a Chinese character counts as two."""
    return end - start < LEAST and end - start + len(_WIDE.findall(text, start, end)) < LEAST


def _bounded(text: str) -> list[tuple[int, int]]:
    return [
        (first, min(end, first + MOST)) for start, end in sentences(text) for first in range(start, end, MOST)
    ]
