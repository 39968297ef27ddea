"""What kind of character each code point is: letter, ideograph, digit, space, mark or stop.

The kinds answer one question: may this character stand inside a disguised word, and does it end one?
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

CODE_POINTS = 0x110000


class Kind:
    """The kinds of characters, plain numbers since arrays hold them."""

    OTHER = 0
    LETTER = 1
    """A letter of a script that puts spaces between words."""
    IDEOGRAPH = 2
    """A character of a script that puts no spaces between words: Han, kana, Thai and the like; Hangul
    too, whose endings are glued to the word."""
    DIGIT = 3
    SPACE = 4
    MARK = 5
    """A symbol that does not end a sentence and may be strewn into a word: `*`, `.`, `_`, an emoji."""
    STOP = 6
    """Punctuation that separates clauses, so that characters on both sides are seldom one word."""


STOPS = ",;:!?，。、；：！？…\u2026।؟،؛"
_UNSPACED = (
    (0x0E00, 0x0EFF), (0x0F00, 0x0FFF), (0x1000, 0x109F), (0x1100, 0x11FF), (0x1780, 0x17FF),
    (0x2E80, 0x2FDF), (0x3005, 0x3007), (0x3021, 0x3029), (0x3040, 0x30FF), (0x3105, 0x318F),
    (0x31A0, 0x31BF), (0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xA960, 0xA97F),
    (0xAC00, 0xD7FF), (0xF900, 0xFAFF), (0xFF66, 0xFFDC),
)  # fmt: skip
_KIND_OF_CATEGORY = {
    "L": Kind.LETTER,
    "M": Kind.LETTER,
    "N": Kind.DIGIT,
    "P": Kind.MARK,
    "S": Kind.MARK,
    "Z": Kind.SPACE,
}


@functools.cache
def kinds() -> NDArray[np.uint8]:
    """The kind of every code point, as an array to index with code points."""
    table = np.zeros(CODE_POINTS, np.uint8)
    for code in assigned():
        table[code] = _KIND_OF_CATEGORY.get(unicodedata.category(chr(code))[0], Kind.OTHER)
    for first, last in _UNSPACED:
        span = table[first : last + 1]
        span[span == Kind.LETTER] = Kind.IDEOGRAPH
        span[span == Kind.OTHER] = Kind.IDEOGRAPH
    table[0x20000:0x32400] = Kind.IDEOGRAPH
    table[[ord(stop) for stop in STOPS]] = Kind.STOP
    table[[ord(space) for space in "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u2800"]] = Kind.SPACE
    return table


def assigned() -> Iterable[int]:
    """The code points about which `unicodedata` has something to say that the blocks do not: all below
    U+20000 but for Han, Hangul and private use, and those of planes 2 and 14 that fold away."""
    yield from range(0x3400)
    yield from range(0xA000, 0xAC00)
    yield from range(0xF900, 0x20000)
    yield from range(0x2F800, 0x2FA20)
    yield from range(0xE0000, 0xE01F0)


def kind(char: str) -> int:
    """The kind of one character."""
    return int(kinds()[ord(char)])


def is_word_character(char: str) -> bool:
    """Whether a character next to a word would make it part of a longer word."""
    return kind(char) in (Kind.LETTER, Kind.DIGIT)
