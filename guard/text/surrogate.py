"""Whole characters from the halves in which JSON escapes write them, `\\ud83d\\ude00` for one."""

from __future__ import annotations

HALF = "this holds half a character, written as \\ud83d or the like; write the whole character"
"""What to say of a text with a half alone."""


def join(text: str) -> str:
    """The text with each pair of surrogates as the character that it stands for.

    Raises `ValueError` for a half without its other half, which no file or message can hold.

    >>> len(join("\\ud83d\\ude00"))
    1
    """
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16")
