"""Undoes disguises that depend on what stands around a character.

`f.u.c.k`, `傻 逼`, `sh1t` and `fuuuck` are innocent character by character. Here such places are found with a
few cheap passes over the whole text; only what stands around them is then read in other ways.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from guard.deadline import watched
from guard.text.alphabet import CODE_POINTS, Kind
from guard.text.fold import second_looks
from guard.text.view import Codes, Places, View

MOST_SEPARATORS = 8
"""Longest stretch of marks and blanks that still counts as strewn into a word."""

SEPARATORS, LEET, REPEATS = DISGUISES = ("separators", "leet", "repeats")

Flags = NDArray[np.bool_]

_QUOTES = np.array([ord(quote) for quote in "'’"], np.uint32)


def undisguise(
    view: View, names: frozenset[str], reach: int, *, looks: bool = True
) -> list[tuple[str, View]]:
    """Other readings of the suspicious stretches of a view, each with the disguise that it undoes.

    `looks` says whether letters that pass for two others are read as either; see `unleet`.
    Each reading shows what stands within `reach` characters of something suspicious, with a line break
    between stretches. A text without anything suspicious has no other readings.
    """
    readings: list[tuple[str, View]] = []
    if SEPARATORS in names:
        gaps, _ = _gaps(view)
        readings += [(SEPARATORS, join(near)) for near in _near(view, gaps, reach)]
    if LEET in names:
        for _, base in watched([("", view), *readings]):
            places = _leet_places(base)
            if looks:
                places = np.union1d(places, second_places(base, base.codes)[0])
            for near in _near(base, places, reach):
                readings += _letters(near, names, looks)
    if REPEATS in names:
        for _, base in watched([("", view), *readings]):
            for near in _near(base, np.flatnonzero(_thirds(base)) + 2, reach):
                readings += [(REPEATS, short) for short in shorten(near)]
    return readings


def _letters(near: View, names: frozenset[str], looks: bool) -> Iterator[tuple[str, View]]:
    for view in watched(unleet(near, looks=looks)):
        yield LEET, view
        joined = join(view) if SEPARATORS in names else view
        if joined is not view:
            yield SEPARATORS, joined


def _near(view: View, places: Places, reach: int) -> Iterator[View]:
    if len(places):
        yield window(view, places, reach)


def window(view: View, places: Places, reach: int) -> View:
    """What stands within `reach` characters of the places, line breaks between the pieces."""
    size = len(view)
    depth = np.zeros(size + 1, np.int32)
    np.add.at(depth, np.maximum(places - reach, 0), 1)
    np.add.at(depth, np.minimum(places + reach + 1, size), -1)
    keep = np.flatnonzero(np.cumsum(depth[:-1]))
    if len(keep) == size:
        return view
    codes = view.codes[keep]
    codes[np.flatnonzero(np.diff(keep) > 1) + 1] = ord("\n")
    return view.derive(codes, keep)


def join(view: View) -> View:
    """The view without marks and blanks strewn into words: `f.u.c.k`, `f u c k`, `fu_ck`, `傻 逼`, `傻*逼`.

    Between ideographs marks and blanks go; between letters marks, and where the letters stand singly
    blanks or punctuation too, but not both, as in enumerations.
    """
    starts, ends = _gaps(view)
    if not len(starts):
        return view
    keep = np.ones(len(view), bool)
    for step in range(MOST_SEPARATORS):
        inside = starts + step
        keep[inside[inside < ends]] = False
    places = np.flatnonzero(keep)
    return view.derive(view.codes[places], places)


_CONTRACTION = re.compile("['’](?:re|ve|ll|[dms]|(?<=n.)t)(?![^\\W_])", re.IGNORECASE)
"""The end of `who're`, `he'll` or `don't`, of which the mark is no disguise."""


def _gaps(view: View) -> tuple[Places, Places]:
    """Start and end of each stretch of separators that is strewn into a word."""
    kinds = view.kinds
    starts = _gap_starts(kinds)
    quotes = np.flatnonzero(np.isin(view.codes[starts], _QUOTES))
    if len(quotes):
        ended = [bool(_CONTRACTION.match(view.text, place)) for place in starts[quotes].tolist()]
        starts = np.delete(starts, quotes[ended])
    padded = np.concatenate((kinds, np.zeros(MOST_SEPARATORS + 3, np.uint8)))
    ends = starts.copy()
    blank = np.zeros(len(starts), bool)
    stop = np.zeros(len(starts), bool)
    for _ in range(MOST_SEPARATORS):
        kind = padded[ends]
        blank |= kind == Kind.SPACE
        stop |= kind == Kind.STOP
        ends += kind >= Kind.SPACE
    strewn = _is_strewn(padded, starts, ends, blank, stop)
    return starts[strewn], ends[strewn]


def _gap_starts(kinds: NDArray[np.uint8]) -> Places:
    """Where a stretch of separators begins, ordinary spacing of long words left out."""
    if len(kinds) < 3:
        return np.empty(0, np.intp)
    between = kinds >= Kind.SPACE
    wordlike = _is_word(kinds) | (kinds == Kind.IDEOGRAPH)
    starts = between[1:-1] & wordlike[:-2]
    letters = _is_word(kinds)
    after_long_word = letters[:-2].copy()
    after_long_word[1:] &= letters[:-3]
    after_long_word[0] = False
    plain = (kinds[1:-1] == Kind.SPACE) | (kinds[1:-1] == Kind.STOP) | (kinds[2:] == Kind.SPACE)
    return np.flatnonzero(starts & ~(after_long_word & plain)) + 1


def _is_word(kinds: NDArray[np.uint8]) -> Flags:
    flags: Flags = (kinds == Kind.LETTER) | (kinds == Kind.DIGIT)
    return flags


def _is_strewn(padded: NDArray[np.uint8], starts: Places, ends: Places, blank: Flags, stop: Flags) -> Flags:
    before, after = padded[starts - 1], padded[ends]
    # The padding stands for what is before the first character: an index of -1 reads it.
    single = ~_is_word(padded[starts - 2]) & ~_is_word(padded[ends + 1])
    short = single | (~_is_word(padded[starts - 3]) & ~_is_word(padded[ends + 2]))
    digits = (before == Kind.DIGIT).astype(np.uint8) + (after == Kind.DIGIT)
    apart = np.where(single, blank & stop, blank | stop | (digits > 0))
    letters = _is_word(before) & _is_word(after) & (digits < 2) & ~apart
    ideographs = (before == Kind.IDEOGRAPH) & (after == Kind.IDEOGRAPH) & ~stop
    one_of_each = (before == Kind.LETTER) & (after == Kind.IDEOGRAPH)
    one_of_each |= (before == Kind.IDEOGRAPH) & (after == Kind.LETTER)
    strewn: Flags = letters | ideographs | (one_of_each & short & ~blank & ~stop)
    return strewn


_LEET = {
    "0": "o", "1": "i", "2": "z", "3": "e", "4": "a", "5": "s", "6": "g", "7": "t", "8": "b", "9": "g",
    "@": "a", "$": "s", "!": "i", "|": "i", "+": "t", "€": "e", "£": "l", "¡": "i", "§": "s", "¢": "c",
    "¥": "y",
}  # fmt: skip
_UPRIGHT = "1|!¡"
"""Signs that are read as i or as l."""
_ROUND = "@"
"""The sign that is read as a or as o."""
_MOST_SIGNS = 4
"""Signs in a row that may stand for letters."""
_LEAST_LETTERS, _MOST_BEFORE = 3, 8
"""A digit at the end of a word is a letter only after so many letters, among so many characters before; a
letter with a sign behind it counts twice."""


def _letter_table(pairs: dict[str, str]) -> Codes:
    table = np.zeros(CODE_POINTS, np.uint32)
    for char, letter in pairs.items():
        table[ord(char)] = ord(letter)
    return table


_LETTERS = _letter_table(_LEET)
_UPRIGHTS, _ROUNDS = (
    _letter_table(dict.fromkeys(signs, letter)) for signs, letter in ((_UPRIGHT, "l"), (_ROUND, "o"))
)
_LETTERLIKE = np.array([ord(char) for char in "$@€£"], np.uint32)
"""Signs that are letters at the end of a word too, where a digit is a number and `!` an exclamation."""


def unleet(view: View, *, looks: bool = True) -> Iterator[View]:
    """Views with digits and signs inside words read as letters: `sh1t`, `a$$`, `fuck3r`.

    A sign counts where a letter of the same word follows, or a word's worth of letters came before, so that
    model numbers such as `A55` stay what they are. 1, `|` and `!` may be i or l, and `@` a or o: all are read
    as either, and the first or last of a word otherwise than the rest. With `looks`, so are letters that pass
    for two; see `second_places`.
    """
    signs = _leet_places(view)
    codes = view.codes.copy()
    codes[signs] = _LETTERS[codes[signs]]
    seconds, second = second_places(view, codes) if looks else (_NOWHERE, _NOTHING)
    if not len(signs) + len(seconds):
        return
    other = codes.copy()
    other[signs] = np.where(_UPRIGHTS[view.codes[signs]], _UPRIGHTS[view.codes[signs]], codes[signs])
    other[seconds] = second
    rounds = signs[_ROUNDS[view.codes[signs]] > 0]
    for reading in _mixed(view, codes, np.flatnonzero(codes != other), other):
        for made in _mixed(view, reading, rounds, _ROUNDS[view.codes]):
            if (made != view.codes).any():
                yield view.derive(made, None)


def _mixed(view: View, codes: Codes, places: Places, other: Codes) -> Iterator[Codes]:
    """The codes as they are, with the others at all places, and with a word's first or last otherwise."""
    yield codes
    if not len(places):
        return
    words = np.cumsum(view.kinds == Kind.SPACE)[places]
    first = np.append(True, words[1:] != words[:-1])
    last = np.append(first[1:], True)
    all_ = np.ones(len(places), bool)
    for those in (all_,) if first.all() else (all_, first, ~first, last, ~last):
        made = codes.copy()
        made[places[those]] = other[places[those]]
        yield made


_NOWHERE: Places = np.empty(0, np.intp)
_NOTHING: Codes = np.empty(0, np.uint32)


def second_places(view: View, codes: Codes) -> tuple[Places, Codes]:
    """Where a letter was written that passes for another one too, and that other one; among `codes`.

    Those are the letters of `second_looks`; odd forms of l, which pass for an i; a capital I beside small
    letters, which passes for an l; and where English hardly ever has them, a small l for an i, a v for a u
    and a u for a v.
    """
    written = view.written
    if written is None or not len(written):
        return _NOWHERE, _NOTHING
    other = _second_table()[written]
    plain = np.concatenate((codes, np.zeros(3, np.uint32))).clip(max=127)
    consonant, vowel, letter = (flags[plain] for flags in (_CONSONANTS, _VOWELS, _CONSONANTS | _VOWELS))
    small = letter.copy()
    small[: len(written)] &= (written < ord("A")) | (written > ord("Z"))

    def put(char: str, instead: str, is_meant: Callable[[Places], Flags]) -> None:
        places = np.flatnonzero(written == ord(char))
        other[places[is_meant(places)]] = ord(instead)

    # The padding stands for what is before the first character: an index of -1 reads it.
    other[(written > 127) & (codes == ord("l")) & (other == 0)] = ord("i")
    put("l", "i", lambda at: consonant[at + 1] & (consonant[at - 1] | ~letter[at - 1]) & ~_doubled(plain, at))
    put("v", "u", lambda at: consonant[at + 1])
    put("u", "v", lambda at: vowel[at + 1] & ~letter[at - 1])
    put("I", "l", lambda at: small[at - 1] | (small[at + 1] & small[at + 2]))
    put("I", "l", lambda at: other[at - 1] == ord("l"))
    places = np.flatnonzero(other)
    return places, other[places]


def _doubled(codes: Codes, places: Places) -> Flags:
    flags: Flags = (codes[places] == codes[places + 1]) | (codes[places] == codes[places - 1])
    return flags


def _ascii_flags(letters: str) -> Flags:
    flags = np.zeros(128, bool)
    flags[[ord(letter) for letter in letters]] = True
    return flags


_CONSONANTS, _VOWELS = _ascii_flags("bcdfghjklmnpqrstvwxz"), _ascii_flags("aeiouy")


@functools.cache
def _second_table() -> Codes:
    return _letter_table({chr(code): letter for code, letter in second_looks().items()})


def _leet_places(view: View) -> Places:
    kinds = view.kinds
    if len(kinds) < 2:
        return np.empty(0, np.intp)
    letters = kinds == Kind.LETTER
    signs = (kinds == Kind.DIGIT) | (kinds == Kind.MARK) | (kinds == Kind.STOP)
    # A sign counts if only signs stand between it and a letter; those next to a letter are found first.
    beside = np.zeros(len(kinds), bool)
    beside[1:] |= signs[1:] & letters[:-1]
    beside[:-1] |= signs[:-1] & letters[1:]
    places = np.flatnonzero(beside)
    places = places[_LETTERS[view.codes[places]] > 0]
    if not len(places):
        return places
    steps = np.arange(-_MOST_SIGNS, _MOST_SIGNS + 1)
    nearby = np.zeros(len(kinds), bool)
    nearby[(places[:, None] + steps).clip(0, len(kinds) - 1)] = True
    around = np.flatnonzero(nearby)
    around = around[_LETTERS[view.codes[around]] > 0]
    found: Places = around[_reads_as_letter(view, around)]
    return found


def _reads_as_letter(view: View, places: Places) -> Flags:
    codes = np.concatenate((view.codes, np.zeros(_MOST_SIGNS + 1, np.uint32)))
    letters = np.concatenate((view.kinds == Kind.LETTER, np.zeros(_MOST_SIGNS + 1, bool)))
    signs = _LETTERS[codes] > 0

    def reaches_letter(step: int) -> Flags:
        place = places + step
        for _ in range(_MOST_SIGNS - 1):
            place = np.where(signs[place] & ~letters[place], place + step, place)
        return letters[place]

    last = np.isin(view.codes[places], _LETTERLIKE) & reaches_letter(-1)
    last |= (view.kinds[places] == Kind.DIGIT) & _ends_a_word(letters, signs, places)
    return reaches_letter(1) | last


def _ends_a_word(letters: Flags, signs: Flags, places: Places) -> Flags:
    """Whether what stands before each place is a word: three letters, or two with a sign between."""
    inside = np.ones(len(places), bool)
    count = np.zeros(len(places), np.intp)
    after_sign = np.zeros(len(places), bool)
    for step in range(1, _MOST_BEFORE + 1):
        place = np.maximum(places - step, -1)
        inside &= letters[place] | signs[place]
        after_sign |= inside & signs[place] & (count > 0)
        count += (inside & letters[place]) * (1 + after_sign)
    flags: Flags = count >= _LEAST_LETTERS
    return flags


_DOUBLED = np.array([ord(char) for char in "stlgzbpfmrndeo"], np.uint32)
"""Letters that English words often double."""


def shorten(view: View) -> Iterator[View]:
    """Views with characters repeated three times or more shortened: `fuuuck`, `asssshole`, `傻傻傻逼`.

    A long run may stand for one letter or for two, so three readings are given: all as one; letters that are
    often doubled as two; all as two.
    """
    third = _thirds(view)
    if not third.any():
        return
    beyond_two = np.concatenate(([False, False], third))
    second = np.append(beyond_two[1:], False)
    for dropped in (second, second & ~np.isin(view.codes, _DOUBLED), np.zeros(len(view), bool)):
        places = np.flatnonzero(~(beyond_two | dropped))
        until = np.append(places[1:], len(view)) - 1
        yield view.derive(view.codes[places], places, until)


def _thirds(view: View) -> Flags:
    """For each character from the third on, whether it is a letter and the same as the two before."""
    codes, kinds = view.codes, view.kinds[2:]
    wordlike = (kinds == Kind.LETTER) | (kinds == Kind.IDEOGRAPH)
    third: Flags = (codes[2:] == codes[1:-1]) & (codes[1:-1] == codes[:-2]) & wordlike
    return third
