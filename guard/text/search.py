"""Finds the words of a lexicon in a text, through its disguises, and leaves innocent words alone."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from guard.deadline import watched
from guard.text import variant
from guard.text.alphabet import Kind, is_word_character, kind
from guard.text.automaton import Automaton
from guard.text.brief import Brief
from guard.text.disguise import DISGUISES, MOST_SEPARATORS, SEPARATORS, join, undisguise
from guard.text.encoded import decode
from guard.text.fold import FOLDS
from guard.text.lexicon import Entry, Lexicon
from guard.text.view import PLAIN, View
from guard.text.view import fold as fold_text
from guard.text.word import Cutter, is_frequent

DEFAULT = (*FOLDS[:-1], *DISGUISES, "encoded")
"""What is undone unless a filter says otherwise."""

_SEAM = "\uffff"
"""Stands between words while they are folded together; a noncharacter, which no text holds."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A word of the lexicon in a text: `start` to `end` (exclusive) of the original characters."""

    entry: Entry
    start: int
    end: int
    disguise: str = ""

    @property
    def score(self) -> float:
        """The entry's severity, less where the reading of the text is a guess."""
        return self.entry.severity * CERTAINTY.get(self.disguise, 1.0)


LONGEST_DISGUISED = 32
"""Longest word, in characters, that is found with marks strewn in, digits for letters or letters repeated."""

CERTAINTY = {"leet": 0.95, "repeats": 0.95, "pinyin": 0.9, "split": 0.9, "initials": 0.6, "homophones": 0.6}
"""How much of an entry's severity is left when it was found in this disguise."""


@dataclass(frozen=True, slots=True)
class _Key:
    """One way of writing an entry; an entry of `None` is an allowed word."""

    entry: Entry | None
    whole: bool
    variant: str = ""


class Search:
    """The words of a lexicon, ready to be found in any number of texts, from several threads."""

    def __init__(self, lexicon: Lexicon, folds: Iterable[str] = DEFAULT, *, whole_words: bool = True) -> None:
        names = frozenset(folds)
        self._folds = names & frozenset(FOLDS)
        self._disguises = names & frozenset(DISGUISES)
        self._decodes = "encoded" in names
        self._extra = names & frozenset(variant.NAMES)
        self._whole_words = whole_words
        keys = self._keys(lexicon)
        sounds = {key: found for key, found in keys.items() if variant.is_sound(key)}
        self._plain = _Table({key: found for key, found in keys.items() if key not in sounds})
        self._sound = _Table(sounds) if sounds else None
        self.longest = max(self._plain.longest, self._sound.longest if self._sound else 0)
        # Rounded up, so that lists of about the same lengths share what is read.
        longest = -(-min(self.longest, LONGEST_DISGUISED) // _STEP) * _STEP
        self._asked = self._folds, self._disguises, self._decodes, longest + MOST_SEPARATORS

    def fold_words(self, words: Sequence[str]) -> list[str]:
        """Words as the search sees them; empty where nothing is left of a word."""
        return _split(self._fold_together(words)) if words else []

    def _fold_together(self, words: Sequence[str]) -> View:
        return View.of(_SEAM.join(word.replace(_SEAM, "") for word in words)).fold(self._folds)

    def _keys(self, lexicon: Lexicon) -> dict[str, list[_Key]]:
        keys: dict[str, list[_Key]] = defaultdict(list)
        for word in filter(None, self.fold_words(lexicon.allow)):
            keys[word].append(_Key(None, whole=False))
        if not lexicon.entries:
            return keys
        together = self._fold_together([entry.word for entry in lexicon.entries])
        joined = _split(join(together) if SEPARATORS in self._disguises else together)
        for entry, word, tight in zip(lexicon.entries, _split(together), joined, strict=True):
            if not word:
                continue
            whole = self._whole_words if entry.whole_words is None else entry.whole_words
            keys[word].append(_Key(entry, whole))
            if tight != word:
                keys[tight].append(_Key(entry, whole, SEPARATORS))
            for name, written in variant.write(word, entry.variants | self._extra):
                keys[written].append(_Key(entry, True, name))
        return keys

    def hits(self, text: str) -> list[Hit]:
        """Every word found, in order; of words inside one another the longest, unless it counts for less."""
        found: list[Hit] = []
        allowed: list[tuple[int, int]] = []
        seen: set[tuple[_Table, int, int, int]] = set()
        sense = _Sense(text)
        for reading, table, view in watched(self._views(text)):
            for start, end, number in watched(table.find(view)):
                first, last = view.span(start, end)
                # Readings overlap; what an earlier one has shown at the same place need not be judged again.
                if (table, number, first, last) in seen:
                    continue
                seen.add((table, number, first, last))
                for key in table.keys[number]:
                    if key.entry is None:
                        allowed.append((first, last))
                    elif reading.shows(key) and sense.is_meant(key, reading.view, start, end):
                        found.append(Hit(key.entry, first, last, key.variant or reading.disguise))
        return list(_longest(_not_allowed(found, allowed)))

    def _views(self, text: str) -> Iterator[tuple[_Reading, _Table, View]]:
        """The readings of a text, and what to look for in which view of each, character for character."""
        for reading in (_small if len(text) <= _SMALL else _large)(text, *self._asked):
            yield reading, self._plain, reading.view
            if self._sound:
                yield reading, self._sound, reading.view.fold(variant.SOUND)


class _Reading(NamedTuple):
    """A text as it may be meant, by which disguise, and whether letters were put in place or moved for it."""

    disguise: str
    is_guess: bool
    view: View

    def shows(self, key: _Key) -> bool:
        """Whether a key may be read here: initials are letters that were written side by side."""
        return not (self.is_guess and key.variant == "initials")


_SMALL = 20_000
"""Longest text of which the readings of many are kept; of longer ones only the last two."""
_STEP = 8


def _readings(
    text: str, folds: frozenset[str], disguises: frozenset[str], decodes: bool, reach: int
) -> list[_Reading]:
    """All readings of a text and of what is encoded in it, to be shared by all who ask for the same."""
    bases = [("", fold_text(text, folds))]
    if decodes:
        bases += [("encoded", view.fold(folds).single_spaced()) for view in watched(decode(text))]
    found: list[_Reading] = []
    for disguise, base in watched(bases):
        found.append(_Reading(disguise, False, base))
        if disguises:
            undone = undisguise(base, disguises, reach, looks="lookalikes" in folds)
            found += [_Reading(disguise or name, True, view) for name, view in undone]
    return found


_small, _large = Brief(_readings, 32), Brief(_readings, 2)


def is_nothing(word: str) -> bool:
    """Whether a word consists of characters that folding takes away."""
    return not any(char.isalnum() for char in word) and not View.of(word).fold(PLAIN).text.strip()


def _split(together: View) -> list[str]:
    return [" ".join(word.split()) for word in together.text.split(_SEAM)]


class _Table:
    """Keys and the automaton that finds them."""

    def __init__(self, keys: dict[str, list[_Key]]) -> None:
        self.keys = list(keys.values())
        self.longest = max(map(len, keys), default=0)
        self._automaton = Automaton(list(keys)) if keys else None

    def find(self, view: View) -> Iterator[tuple[int, int, int]]:
        if self._automaton is None or not len(view):
            return iter(())
        return self._automaton.find(view)


class _Sense:
    """Tells which of the keys found in a text are meant there."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._cutter = Cutter()

    def is_meant(self, key: _Key, view: View, start: int, end: int) -> bool:
        """Whether the characters `start` to `end` (exclusive) of a view are what the key says."""
        if key.whole and not self._is_whole(view, start, end):
            return False
        first, last = view.span(start, end)
        original = self._text[first:last]
        if key.variant == "homophones" and is_frequent(original):
            # 病毒 sounds like 冰毒 but is a word of its own; the listed word is found as it is written.
            return False
        is_latin = view.text[start:end].isascii() and key.entry is not None and key.entry.word.isascii()
        return not (is_latin and self._is_other_alphabet(original))

    def _is_whole(self, view: View, start: int, end: int) -> bool:
        seen = view.text
        if self._goes_on(view, start) or self._goes_on(view, end):
            return False
        if end - start > _LONGEST_CHECKED or not _HAN.fullmatch(seen, start, end):
            return True
        return self._cutter.stands_alone(seen, start, end)

    def _goes_on(self, view: View, place: int) -> bool:
        """Whether one word stands on both sides of a place in the view, as it did in the original."""
        seen = view.text
        inside = 0 < place < len(seen)
        if not (inside and is_word_character(seen[place - 1]) and is_word_character(seen[place])):
            return False
        if view.starts is None or view.ends is None:
            return True
        between = self._text[view.ends[place - 1] : view.starts[place]]
        return all(kind(char) < Kind.SPACE for char in between)

    def _is_other_alphabet(self, original: str) -> bool:
        """Whether letters of another alphabet that look Latin are just that: сор in a Russian text."""
        if original.isascii():
            return False
        scripts = {_script(char) for char in original if char.isalpha()}
        return len(scripts) == 1 and scripts <= self._scripts

    @functools.cached_property
    def _scripts(self) -> frozenset[str]:
        """The alphabets, other than the Latin one, of which the text has letters that do not look Latin."""
        others = "".join({char for char in self._text if char.isalpha() and not char.isascii()})
        plain = [folded for char in others if not (folded := View.of(char).fold(PLAIN).text).isascii()]
        return frozenset(_script(char) for char in plain) - _LATIN


_HAN = re.compile("[\u4e00-\u9fff]+")
_LONGEST_CHECKED = 4
"""A Chinese entry of more characters is no accident of neighbouring words."""

_LATIN = frozenset({"LATIN", "MATHEMATICAL", "FULLWIDTH", "MODIFIER", "FEMININE", "MASCULINE"})


def _script(char: str) -> str:
    return unicodedata.name(char, "").partition(" ")[0]


def _not_allowed(hits: Iterable[Hit], allowed: Sequence[tuple[int, int]]) -> Iterator[Hit]:
    """The hits that lie in no allowed word. Linear after sorting: of all words that begin before a hit, the
    one that ends last decides."""
    words = sorted(allowed)
    reach, place = -1, 0
    for hit in sorted(hits, key=lambda hit: hit.start):
        while place < len(words) and words[place][0] <= hit.start:
            reach = max(reach, words[place][1])
            place += 1
        if hit.end > reach:
            yield hit


def _longest(hits: Iterable[Hit]) -> Iterator[Hit]:
    """The hits that no longer one of their category covers; one that needs context covers no sure one."""
    best: dict[tuple[str, bool], Hit] = {}
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end, -hit.score)):
        kind = hit.entry.category, bool(hit.entry.needs_context)
        outer = best.get(kind)
        if outer is None or hit.end > outer.end or hit.entry.severity > outer.entry.severity:
            best[kind] = hit
            yield hit
