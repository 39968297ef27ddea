"""Copies of a text in which look-alike characters are replaced one for one, so that offsets hold."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable

GAP = "\u200b"
"""What every invisible character becomes, and every mark upon another one that belongs to no script."""
WALL = "\x02"
"""What a character of a script without word spaces becomes: neither a word character nor white space."""

_DOTS = "·•・‧∙⋅"
ENCLOSED = "¹²³⁰⁴-⁹₀-₉①-⑨⑴-⑼⒈-⒐⓪⓵-⓽⓿❶-❾➀-➈➊-➒"
"""The digits that also number the items of a list or point to a note, as ranges of a pattern."""
_NUMERALS = dict(
    zip("零〇一二三四五六七八九幺两壹贰叁肆伍陆柒捌玖貳參陸兩", "00123456789121234567892362", strict=True)
)
_SPACELESS = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1100, 0x11FF),  # Hangul letters
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x9FFF),  # Han with radicals, CJK punctuation, kana, bopomofo
    (0xA960, 0xA97F),  # Hangul letters
    (0xAC00, 0xD7FF),  # Hangul syllables
    (0xF900, 0xFAFF),  # Han for compatibility
    (0xFE30, 0xFE4F),  # CJK punctuation
    (0xFF00, 0xFFEF),  # full-width and half-width forms
    (0x20000, 0x323AF),  # Han, further planes
)


def is_spaceless(char: str) -> bool:
    """Whether the character belongs to a script whose words stand without spaces.

    Korean does put spaces between words but lets particles touch what stands before them.
    """
    code = ord(char)
    return any(first <= code <= last for first, last in _SPACELESS)


def _fold(char: str) -> str:
    if "\x20" <= char < "\x7f":
        return char
    kind = unicodedata.category(char)
    if kind == "Nd" or (kind == "No" and unicodedata.digit(char, None) is not None):
        return str(unicodedata.digit(char))
    if kind in ("Cf", "Me") or "\ufe00" <= char <= "\ufe0f" or _is_mark(char, kind):
        return GAP
    if kind == "Zs" or char == "\t":
        return " "
    if kind == "Pd" or char == "−":
        return "-"
    if char in _DOTS:
        return "·"
    plain = unicodedata.normalize("NFKC", char)
    return plain if len(plain) == 1 and plain.isascii() else char


def _is_mark(char: str, kind: str) -> bool:
    """Whether the character only marks the one before it and belongs to no script."""
    return kind == "Mn" and unicodedata.name(char, "").startswith("COMBINING") and not is_spaceless(char)


class _Map(dict[int, str]):
    """A translation table that learns each character when it first meets it."""

    def __init__(self, of: Callable[[str], str]) -> None:
        super().__init__()
        self._of = of

    def __missing__(self, code: int) -> str:
        self[code] = folded = self._of(chr(code))
        return folded


def _mask(char: str) -> str:
    folded = _fold(char)
    return WALL if is_spaceless(folded) else folded


_FOLDED, _MASKED = _Map(_fold), _Map(_mask)
_SPOKEN = {ord(char): digit for char, digit in _NUMERALS.items()}
NUMERALS = "".join(_NUMERALS)
"""The Chinese numerals that stand for one digit each."""
LETTERS = "OoIl"
"""Letters that look like 0 and 1."""
_LETTERED = str.maketrans(LETTERS, "0011")


def fold(text: str) -> str:
    """The text with digits, full-width forms, spaces, dashes and invisible characters made plain.

    >>> fold("１３８\u3000００１３")
    '138 0013'
    """
    return text.translate(_FOLDED)


def mask(text: str) -> str:
    """The folded text with every character of a script without word spaces made a wall.

    Patterns written for Latin text take word boundaries for granted that no Chinese sentence has.

    >>> mask("卡号4111请").replace(WALL, "|")
    '||4111|'
    """
    return text.translate(_MASKED)


def wall_off(masked: str, places: Iterable[tuple[int, int]]) -> str:
    """The text with every one of these places (start, end) made wall.

    >>> wall_off("a 123 b", [(2, 5)]).replace(WALL, "|")
    'a ||| b'
    """
    pieces, rest = [], 0
    for start, end in sorted(places):
        if end > rest:
            start = max(start, rest)
            pieces += [masked[rest:start], WALL * (end - start)]
            rest = end
    return "".join([*pieces, masked[rest:]])


def spell(text: str) -> str:
    """A folded text with Chinese numerals made digits.

    >>> spell("一三八零零壹叁捌")
    '13800138'
    """
    return text.translate(_SPOKEN)


def unletter(text: str) -> str:
    """A text with letters that look like 0 and 1 made digits; only for what is a number otherwise.

    >>> unletter("l38OO138")
    '13800138'
    """
    return text.translate(_LETTERED)
