"""Folds single characters: what they are worth when a word is looked for.

A fold is a table from code points to no, one or a few characters, so that a text is folded in one
vectorised pass and every folded character knows where it came from. Folding twice changes nothing
more. Names of folds:

- `width`: compatibility forms (full-width, circled, mathematical, ligatures; Unicode NFKD), digits of all
  scripts, and any white space as a blank
- `case`: capital and small letters (Unicode case folding)
- `invisible`: zero-width, bidirectional, tag, variation and control characters
- `marks`: accents and other combining marks, vowel points of Arabic and Hebrew
- `lookalikes`: letters of other alphabets and odd Latin letters that pass for plain Latin ones
- `simplified`: traditional Chinese characters, each as its simplified form
- `sound`: Chinese characters by their reading without tone
"""

from __future__ import annotations

import functools
import importlib.resources
import re
import unicodedata
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from guard.text.alphabet import CODE_POINTS, assigned

FOLDS = ("width", "case", "invisible", "marks", "lookalikes", "simplified", "sound")
LONGEST = 4
"""Most characters that one character folds to; what would give more is left as it is."""

_SEVERAL = 0x8000_0000
"""Marks an entry of a table that is not one character; the low bits then count into `several`."""
_SOUNDS = 0xF0000
"""Readings become private-use characters from here on, so that they match nothing else."""


class Table:
    """A fold of all code points."""

    def __init__(self, exceptions: Mapping[int, str]) -> None:
        self.single = np.arange(CODE_POINTS, dtype=np.uint32)
        several: dict[str, int] = {}
        for code, folded in exceptions.items():
            if len(folded) == 1:
                self.single[code] = ord(folded)
            else:
                self.single[code] = _SEVERAL | several.setdefault(folded, len(several))
        self._lengths = np.array([len(folded) for folded in several], np.intp)
        self._chars = np.zeros((len(several), LONGEST), np.uint32)
        for folded, number in several.items():
            self._chars[number, : len(folded)] = [ord(char) for char in folded]

    def apply(self, codes: NDArray[np.uint32]) -> tuple[NDArray[np.uint32], NDArray[np.intp] | None]:
        """The folded code points, and for each the index of the one it came from; `None`: one for one."""
        folded = self.single[codes]
        odd = np.flatnonzero(folded >= _SEVERAL)
        if not len(odd):
            return folded, None
        numbers = (folded[odd] & ~np.uint32(_SEVERAL)).astype(np.intp)
        lengths = np.ones(len(codes), np.intp)
        lengths[odd] = self._lengths[numbers]
        origin = np.repeat(np.arange(len(codes)), lengths)
        result = folded[origin]
        first = np.cumsum(lengths) - lengths
        for place in range(LONGEST):
            there = self._lengths[numbers] > place
            result[first[odd[there]] + place] = self._chars[numbers[there], place]
        return result, origin


@functools.lru_cache(maxsize=8)
def table(names: frozenset[str]) -> Table:
    """The table that does all folds named, until nothing changes any more."""
    exceptions = {}
    for code in (*assigned(), *map(ord, _simplified() if "simplified" in names else ())):
        if _stays(chr(code)):
            continue
        folded = _settle(chr(code), names)
        if folded != chr(code) and len(folded) <= LONGEST:
            exceptions[code] = folded
    if "sound" in names:
        exceptions |= _sound_exceptions(exceptions)
    return Table(exceptions)


def _stays(char: str) -> bool:
    """Whether no fold can touch a character; most need no closer look, which saves most of the time."""
    if unicodedata.category(char) == "Cn":
        return not _INVISIBLE.match(char)
    plain = unicodedata.category(char) in ("Lo", "So", "Po", "Nl", "No") and not unicodedata.decomposition(
        char
    )
    return (
        plain
        and char not in _TWINS
        and char not in _listed()
        and char not in _simplified()
        and not _MAYBE_LATIN.match(char)
    )


_MAYBE_LATIN = re.compile(
    "[\u00aa-\u02af\u1d00-\u1dbf\u1e00-\u1eff\u2100-\u218f\u2c60-\u2c7f\ua720-\ua7ff\uab30-\uab6f\U0001f100-\U0001f1ff]"
)


def _settle(char: str, names: frozenset[str]) -> str:
    folded = char
    for _ in range(4):
        again = "".join(_fold(one, names) for one in folded)
        if again == folded:
            break
        folded = again
    return folded


def _fold(char: str, names: frozenset[str]) -> str:
    if "invisible" in names and _is_invisible(char):
        return ""
    folded = _compatible(char) if "width" in names else char
    if "case" in names:
        folded = folded.casefold()
    if "lookalikes" in names:
        folded = "".join(_lookalike(one) for one in folded)
    if "marks" in names:
        folded = _without_marks(folded)
    if "simplified" in names:
        folded = "".join(_simplified().get(one, one) for one in folded)
    return folded


def _is_invisible(char: str) -> bool:
    category = unicodedata.category(char)
    if category in ("Cf", "Cc"):
        return not char.isspace()
    return bool(_INVISIBLE.match(char))


_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0"
    "\U0001f3fb-\U0001f3ff\U000e0000-\U000e01ef]"
)


def _compatible(char: str) -> str:
    if char.isspace() or char == "\u2800":
        return " "
    if unicodedata.category(char) == "Nd":
        return str(unicodedata.digit(char))
    return unicodedata.normalize("NFKD", char)


_MARKS = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640"
    "\u064b-\u065f\u0670\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
)


def _without_marks(text: str) -> str:
    return _MARKS.sub("", unicodedata.normalize("NFD", text) if not _HANGUL.match(text) else text)


_HANGUL = re.compile("[\uac00-\ud7a3]")

_ODD_LATIN = re.compile(
    r"(?:(?:MODIFIER LETTER |LATIN )(?:SMALL |CAPITAL )?LETTER (?:SMALL CAPITAL |TURNED |REVERSED |SCRIPT "
    r"|DOTLESS |OPEN |SIDEWAYS |INSULAR |LONG |INVERTED )*([A-Z])(?: WITH .+)?"
    r"|(?:NEGATIVE CIRCLED|NEGATIVE SQUARED|SQUARED) LATIN CAPITAL LETTER ([A-Z])"
    r"|REGIONAL INDICATOR SYMBOL LETTER ([A-Z]))"
)
_TWINS = {
    "а": "a", "в": "b", "е": "e", "к": "k", "м": "m", "н": "h", "о": "o", "р": "p", "с": "c", "т": "t",
    "у": "y", "х": "x", "ѕ": "s", "і": "i", "ј": "j", "ԁ": "d", "ԛ": "q", "ԝ": "w", "һ": "h", "ӏ": "l",
    "ғ": "f", "ү": "y", "ұ": "y", "ѵ": "v", "є": "e", "ԍ": "g", "ѳ": "o", "ҫ": "c", "ь": "b",
    "α": "a", "β": "b", "γ": "y", "ε": "e", "η": "n", "ι": "i", "κ": "k", "μ": "u", "ν": "v", "ο": "o",
    "ρ": "p", "τ": "t", "υ": "u", "χ": "x", "ω": "w", "ϲ": "c", "ϳ": "j", "ϱ": "p",
    "օ": "o", "ո": "n", "ս": "u", "հ": "h", "ց": "g", "զ": "q", "ք": "f", "յ": "j",
    "Ꭺ": "a", "Ᏼ": "b", "Ꮯ": "c", "Ꭰ": "d", "Ꭼ": "e", "Ꮐ": "g", "Ꮋ": "h", "Ꭵ": "i", "Ꭻ": "j", "Ꮶ": "k",
    "Ꮮ": "l", "Ꮇ": "m", "Ꮲ": "p", "Ꮢ": "r", "Ꮪ": "s", "Ꭲ": "t", "Ꮩ": "v", "Ꮃ": "w", "Ꭹ": "y", "Ꮓ": "z",
    "ꓮ": "a", "ꓐ": "b", "ꓚ": "c", "ꓓ": "d", "ꓰ": "e", "ꓝ": "f", "ꓖ": "g", "ꓧ": "h", "ꓲ": "i", "ꓙ": "j",
    "ꓗ": "k", "ꓡ": "l", "ꓟ": "m", "ꓠ": "n", "ꓳ": "o", "ꓑ": "p", "ꓣ": "r", "ꓢ": "s", "ꓔ": "t", "ꓴ": "u",
    "ꓦ": "v", "ꓪ": "w", "ꓫ": "x", "ꓬ": "y", "ꓜ": "z", "ɑ": "a", "ⲟ": "o", "℮": "e",
}  # fmt: skip
"""Letters that the eye takes for Latin ones, after case folding, beside those that Unicode lists."""


@functools.cache
def _listed() -> Mapping[str, str]:
    """Letters by the Latin one that they pass for, as Unicode Technical Standard #39 has it."""
    found = {char: letter for letter, chars in _groups("lookalikes.txt") for char in chars}
    # Where only one form of a letter is listed, the other, to which case folds it, passes for the same.
    return {char.casefold(): letter for char, letter in found.items()} | found


@functools.cache
def second_looks() -> Mapping[int, str]:
    """Letters that pass for another Latin letter than the one that they fold to: a capital Η for an H,
    though its small form is η."""
    folds = table(frozenset({"width", "case", "marks", "lookalikes"})).single
    found: dict[int, str] = {}
    for char, letter in _listed().items():
        folded = int(folds[ord(char)])
        if folded < _SEVERAL and chr(folded).isascii() and folded != ord(letter):
            found[ord(char)] = letter
    upright = [char for char, letter in _listed().items() if letter == "l" and ord(char) not in found]
    forms = [chr(code) for code in range(0x2100, 0x1D7CC) if unicodedata.normalize("NFKD", chr(code)) == "I"]
    return found | dict.fromkeys(map(ord, forms), "l") | dict.fromkeys(map(ord, upright), "i")


def _lookalike(char: str) -> str:
    known = _TWINS.get(char) or _listed().get(char)
    if known:
        return known
    if char.isascii() or not _MAYBE_LATIN.match(char):
        return char
    match = _ODD_LATIN.fullmatch(unicodedata.name(char, ""))
    return next(group for group in match.groups() if group).lower() if match else char


def read_data(name: str) -> str:
    """The text of one of the tables in `guard/text/data`."""
    return importlib.resources.files("guard.text.data").joinpath(name).read_text(encoding="utf-8")


@functools.cache
def _simplified() -> Mapping[str, str]:
    return {char: simple for simple, chars in _groups("simplified.txt") for char in chars}


@functools.cache
def readings() -> Mapping[str, str]:
    """The usual reading of each common Chinese character, in pinyin without tone, ü written v."""
    return {char: reading for reading, chars in _groups("pinyin.txt") for char in chars}


def _groups(name: str) -> Iterator[tuple[str, str]]:
    for line in read_data(name).splitlines():
        key, _, chars = line.partition(" ")
        yield key, chars


def _sound_exceptions(earlier: Mapping[int, str]) -> dict[int, str]:
    numbers = {reading: number for number, reading in enumerate(sorted(set(readings().values())))}
    sounds = {char: chr(_SOUNDS + numbers[reading]) for char, reading in readings().items()}
    folded = {code: "".join(sounds.get(char, char) for char in text) for code, text in earlier.items()}
    return {ord(char): sound for char, sound in sounds.items() if ord(char) not in earlier} | folded
