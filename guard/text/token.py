"""Cuts a text into the terms by which two texts are compared.

Words of scripts that write spaces are one term each, reduced to a rough stem. Scripts without spaces
(Chinese, Japanese, Thai and others) and Korean give every pair of neighbouring characters, so that no
dictionary of words is needed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from guard.deadline import watched
from guard.text.brief import Brief

_PAIRED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
)
_TERM = re.compile(rf"[{_PAIRED}\U00020000-\U0003ffff]+|[^\W\d_{_PAIRED}]+(?:['’][^\W\d_{_PAIRED}]+)*")
_FIRST_PAIRED = "\u0e00"


def words(listed: str) -> frozenset[str]:
    """A set of words from a text that lists them."""
    return frozenset(listed.split())


FULLWIDTH = {code: code - 0xFEE0 for code in range(0xFF10, 0xFF5B)} | {0xFF05: ord("%"), 0xFF0E: ord(".")}
"""Full-width digits, letters, percent sign and stop as their plain forms, one for one."""

STOP_WORDS = words(
    "a an the this that these those it its he his him she her they their them we our us you your i "
    "my me be is "
    "are was were been being am do does did done have has had having will would shall should can "
    "could may might "
    "must of in on at by for from to with as into onto about over under after before between "
    "through during and "
    "or but nor so if then than because while when where which who whom whose what how why there "
    "here also too "
    "very just only not no s t re ve ll d m such any some all both each more most other same own "
    "again once up "
    "down out off against until per via according however although though since"
)
"""English words that carry no claim of their own."""

FUNCTION_CHARS = frozenset(
    "的了是在和与及也都而就还很更最这那其之于以为被把对从到向着过"
    "吗呢吧啊个我你他她它们并且或但则因所将会能可要有一上中下等"
)
"""Chinese characters that mostly hold a sentence together."""


class Term(NamedTuple):
    """One term of a text: its place, the form to compare, and how much it says (0 to 1)."""

    start: int
    end: int
    form: str
    weight: float


def terms(text: str) -> Iterator[Term]:
    """The terms of a text in order; digits belong to quantities and are left out."""
    for found in watched(_TERM.finditer(text)):
        word, start = found.group(), found.start()
        if word[0] >= _FIRST_PAIRED and _is_paired(word[0]):
            yield from _pairs(word, start)
        else:
            yield Term(start, found.end(), stem(word), 0.0 if word.lower() in STOP_WORDS else 1.0)


def forms(text: str) -> list[str]:
    """The forms of a text's terms alone, as `terms` gives them; several times faster."""
    found: list[str] = []
    for run in _TERM.findall(text):
        if run[0] >= _FIRST_PAIRED and _is_paired(run[0]):
            found += map(str.__add__, run, run[1:]) if len(run) > 1 else run
        else:
            found.append(stem(run))
    return found


def is_paired(form: str) -> bool:
    """Whether a term is a pair of characters rather than a word."""
    return _is_paired(form[0])


_PAIRED_CHAR = re.compile(rf"[{_PAIRED}\U00020000-\U0003ffff]")


def _is_paired(char: str) -> bool:
    return _PAIRED_CHAR.match(char) is not None


def _pairs(run: str, start: int) -> Iterator[Term]:
    if len(run) == 1:
        yield Term(start, start + 1, run, 0.0 if run in FUNCTION_CHARS else 0.5)
    for index in range(len(run) - 1):
        pair = run[index : index + 2]
        yield Term(start + index, start + index + 2, pair, _PAIR_WEIGHTS[_count_function_chars(pair)])


_PAIR_WEIGHTS = (1.0, 0.25, 0.0)
"""What a pair says, by how many of its characters are function characters."""


def _count_function_chars(pair: str) -> int:
    return (pair[0] in FUNCTION_CHARS) + (pair[1] in FUNCTION_CHARS)


def stem(word: str) -> str:
    """A word's rough stem, so that "rises", "rising" and "rise" meet.

    English endings are cut by rule; words of other alphabets keep their first six letters.
    """
    return _kept_stem(word) if len(word) <= LONGEST_KEPT else _stem(word)


def _stem(word: str) -> str:
    word = word.lower().replace("’", "'")
    if not word.isascii():
        return word[:6]
    word = word.removesuffix("'s").removesuffix("n't") or word
    for ending, instead, least in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= least:
            word = word[: len(word) - len(ending)] + instead
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeiousl":
        word = word[:-1]
    return word[:-1] if len(word) > 3 and word.endswith("e") else word


_kept_stem = Brief(_stem, 1 << 16)
LONGEST_KEPT = 40
"""Letters of a word whose stem is kept, at the most."""

_ENDINGS = (
    ("ational", "ate", 3), ("fulness", "", 3), ("ingly", "", 4), ("ments", "ment", 3), ("ations", "ate", 3),
    ("ation", "ate", 3), ("iness", "y", 3), ("ness", "", 4), ("ies", "y", 2), ("ied", "y", 2),
    ("ily", "y", 3), ("sses", "ss", 1), ("ches", "ch", 2), ("shes", "sh", 2), ("xes", "x", 2),
    ("ing", "", 3), ("ers", "er", 3), ("ed", "", 3), ("ly", "", 4), ("ss", "ss", 1),
    ("us", "us", 1), ("is", "is", 1), ("s", "", 2),
)  # fmt: skip
"""Ending, what stands instead, and the fewest letters that must remain before it; first match counts."""
