"""An index over the sentences of source texts, in which an answer's sentence finds what it may stand on."""

from __future__ import annotations

import functools
import itertools
import math
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from guard.deadline import watched
from guard.text.claim import skip_preface
from guard.text.quantity import Value, values
from guard.text.segment import sentences
from guard.text.token import FULLWIDTH, Term, forms, is_paired
from guard.text.value import is_same, readings

MAX_POSTINGS = 64
"""A term that stands in more source sentences than this says too little to look them all up."""
WINDOW_OF_WORDS, WINDOW_OF_PAIRS = 700, 260
"""Characters of a window, where words are written apart, and where they are not."""
LEAST_GAIN = 0.05
"""Share of a sentence's weight that a passage must add to those gathered before it."""
LONGEST_TITLE = 120
"""Characters of a source's title that are read with a window of its text."""
MAX_SENTENCE = 2000
"""Characters of one indexed sentence; longer ones are cut into pieces, so that a match stays near."""


class Passage(NamedTuple):
    """A sentence of a source: which source, where in it, its text, and whether it is of `text` or `title`."""

    source: int
    start: int
    end: int
    text: str
    field: str = "text"


Excerpt = tuple[int, ...]
"""The numbers of passages that are read together, in order."""


class Match(NamedTuple):
    """A passage and the share of a sentence's weight that it covers."""

    passage: int
    share: float


class Passages:
    """The sentences of all sources with their terms and values. Built once, then only read.

    Building is linear in the sources; a look-up is bounded by the sentence's terms, not by the sources.
    """

    def __init__(self, texts: Sequence[str], titles: Sequence[str] = ()) -> None:
        """The texts of the sources and, where they have any, their titles."""
        self.titles = titles or [""] * len(texts)
        self.passages = [
            passage
            for number, fields in enumerate(zip(texts, self.titles, strict=True))
            for name, text in zip(("text", "title"), fields, strict=True)
            for passage in _cut(number, text, name)
        ]
        self.forms: list[frozenset[str]] = []
        self.postings: dict[str, list[int]] = {}
        self.pairs: set[int] = set()
        for number, passage in enumerate(watched(self.passages)):
            self._index(number, forms(passage.text))
        self.paired_share = self._paired_share()
        self.plain = [squeeze(text) for text in (*texts, *titles)]

    def _index(self, number: int, found: list[str]) -> None:
        self.pairs.update(map(hash, itertools.pairwise(found)))
        self.forms.append(frozenset(found))
        for form in self.forms[-1]:
            self.postings.setdefault(form, []).append(number)

    def _paired_share(self) -> float:
        """The share of the sources' terms that are pairs of characters (Chinese and the like)."""
        return sum(map(is_paired, self.postings)) / (len(self.postings) or 1)

    @functools.cached_property
    def prefixes(self) -> frozenset[str]:
        """The beginnings, of four letters and more, of all words, so that Chinese meets China."""
        words = [form for form in self.postings if len(form) > 3]
        return frozenset(word[:size] for word in words for size in range(4, min(len(word), 12) + 1))

    @functools.cached_property
    def initials(self) -> frozenset[str]:
        """The initials of every run of capitalised words: WHO for World Health Organization."""
        return frozenset(_initials(passage.text for passage in self.passages))

    @functools.cached_property
    def values(self) -> list[list[Value]]:
        """The values of each passage."""
        return [values(passage.text) for passage in watched(self.passages)]

    @functools.cached_property
    def _ordered(self) -> dict[str, tuple[list[float], list[tuple[int, Value]]]]:
        """All values by kind, in order of their amount, with their passage."""
        by_kind: dict[str, list[tuple[int, Value]]] = {}
        for number, found in enumerate(watched(self.values)):
            for value in found:
                by_kind.setdefault(value.kind, []).append((number, value))
        for listed in by_kind.values():
            listed.sort(key=lambda item: item[1].amount)
        return {kind: ([item[1].amount for item in listed], listed) for kind, listed in by_kind.items()}

    def weigh(self, form: str) -> float:
        """How much a term says: its inverse document frequency over the passages, scaled to at most 1."""
        total = len(self.passages) + 1
        return math.log1p(total / (len(self.postings.get(form, ())) + 1)) / math.log1p(total)

    def match(self, sentence: Iterable[Term], *, limit: int = 3) -> list[Match]:
        """The passages that share most of a sentence's weight, best first."""
        weights: dict[str, float] = {}
        for term in sentence:
            weights[term.form] = term.weight * self.weigh(term.form)
        total = sum(weights.values()) or 1.0
        scores: dict[int, float] = {}
        for form, weight in weights.items():
            for number in self.postings.get(form, ())[:MAX_POSTINGS]:
                scores[number] = scores.get(number, 0.0) + weight
        best = sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:limit]
        return [Match(number, score / total) for number, score in best]

    def around(self, number: int) -> Excerpt:
        """The passage of this number with as many of its neighbours, after and before, as fit a window."""
        first, after = number, number + 1
        while True:
            sides = [side for side in ((first, after + 1), (first - 1, after)) if self._fits(*side)]
            if not sides:
                return tuple(range(first, after))
            first, after = min(sides, key=lambda side: abs((side[0] + side[1] - 1) / 2 - number))

    def below(self, excerpt: Excerpt) -> Excerpt:
        """The excerpt; of a title alone, the beginning of the text below it, with which it is read."""
        source = self.passages[excerpt[0]].source
        own = {(self.passages[number].source, self.passages[number].field) for number in excerpt}
        is_title = own == {(source, "title")}
        first = self._beginnings.get(source) if is_title else None
        return excerpt if first is None or len(self.titles[source]) > LONGEST_TITLE else self.around(first)

    @functools.cached_property
    def _beginnings(self) -> dict[int, int]:
        """The first passage of each source's text."""
        found: dict[int, int] = {}
        for number, passage in enumerate(self.passages):
            if passage.field == "text":
                found.setdefault(passage.source, number)
        return found

    def gather(self, sentence: Iterable[Term]) -> Excerpt:
        """The passages that together cover a sentence's terms, as far as they fit a window.

        The one that adds most weight comes first, then the one that adds most to it, and so on; what room is
        left goes to their neighbours.
        """
        left = {term.form: term.weight * self.weigh(term.form) for term in sentence}
        total = sum(left.values())
        chosen: list[int] = []
        room = self._longest
        while True:
            gains: dict[int, float] = {}
            for form, weight in left.items():
                for number in self.postings.get(form, ())[:MAX_POSTINGS]:
                    if number not in chosen and self._size(number) <= room:
                        gains[number] = gains.get(number, 0.0) + weight
            best = max(gains, key=lambda number: (gains[number], -number), default=-1)
            if best < 0 or gains[best] < LEAST_GAIN * total:
                break
            chosen.append(best)
            room -= self._size(best)
            left = {form: weight for form, weight in left.items() if form not in self.forms[best]}
        for number in [near for at in chosen for near in (at - 1, at + 1) if self._is_one(at, near)]:
            if number not in chosen and self._size(number) <= room:
                chosen.append(number)
                room -= self._size(number)
        return tuple(sorted(chosen))

    def excerpts(self) -> list[Excerpt]:
        """All passages in excerpts of neighbours that fit a window, in order, none twice."""
        found: list[Excerpt] = []
        for number in range(len(self.passages)):
            if found and self._fits(found[-1][0], number + 1):
                found[-1] = (*found[-1], number)
            else:
                found.append((number,))
        return found

    def read(self, excerpt: Excerpt) -> str:
        """The text of an excerpt, below the title of its source where it is of one and does not hold that."""
        own = [self.passages[number] for number in excerpt]
        text = " ".join(passage.text for passage in own)
        title = self.titles[own[0].source].strip()[:LONGEST_TITLE]
        is_one = all((passage.source, passage.field) == (own[0].source, "text") for passage in own)
        return f"{title}\n{text}" if is_one and title and title not in text else text

    def runs(self, excerpt: Excerpt) -> Iterator[tuple[Passage, Passage]]:
        """The first and the last of the neighbouring passages of one field that an excerpt is made of."""
        first = last = excerpt[0]
        for number in excerpt[1:]:
            if number != last + 1 or not self._is_one(number, last):
                yield self.passages[first], self.passages[last]
                first = number
            last = number
        yield self.passages[first], self.passages[last]

    def _size(self, number: int) -> int:
        return self.passages[number].end - self.passages[number].start

    @functools.cached_property
    def _longest(self) -> int:
        return WINDOW_OF_PAIRS if self.paired_share > 0.5 else WINDOW_OF_WORDS

    def _is_one(self, number: int, other: int) -> bool:
        """Whether two passages exist and stand in one field of a source."""
        if not 0 <= other < len(self.passages):
            return False
        left, right = self.passages[number], self.passages[other]
        return (left.source, left.field) == (right.source, right.field)

    def _fits(self, first: int, after: int) -> bool:
        """Whether these passages exist, stand in one field of a source, and fit a window together."""
        if first < 0 or after > len(self.passages) or not self._is_one(first, after - 1):
            return False
        return self.passages[after - 1].end - self.passages[first].start <= self._longest

    def find_value(self, said: Value) -> list[int]:
        """The passages with a value that agrees, at most a handful."""
        found = (number for reading in readings(said) for number in self._holders(reading))
        return list(itertools.islice(found, 8))

    def _holders(self, said: Value) -> Iterator[int]:
        for kind, (amounts, listed) in self._ordered.items():
            if said.kind == "date" or kind == "date":
                candidates: Sequence[tuple[int, Value]] = listed
            else:
                slack = max(said.slack, 1e-9 * abs(said.amount))
                candidates = listed[bisect_left(amounts, said.amount - slack) :]
            for number, value in candidates:
                if said.kind != "date" and kind != "date" and value.amount > said.amount + said.slack + 1e-6:
                    break
                if is_same(said, value):
                    yield number

    @functools.cached_property
    def _copies(self) -> frozenset[str]:
        """What has the same copy as each passage, with what precedes its claim and without."""
        texts = (passage.text for passage in watched(self.passages))
        return frozenset(_copy(part) for text in texts for part in (text, text[skip_preface(text) :])) - {""}

    def has_sentence(self, text: str) -> bool:
        """Whether a source holds the text as a sentence, apart from case, spaces and idle punctuation.

        Signs, decimal points, ranges, currencies and comparisons must be the same.
        """
        return _copy(text) in self._copies

    def contains(self, text: str) -> bool:
        """Whether a source holds the text, apart from case, spaces and punctuation."""
        wanted = squeeze(text)
        return not wanted or any(wanted in plain for plain in self.plain)

    def has_code(self, code: str) -> bool:
        """Whether a source holds a code such as `GPT-4` as a whole, apart from case, spaces and dashes.

        Its points count, and what stands beside it must not belong to it: `v12` and `v1.25` are others.
        """
        if not self.contains(code):
            return False
        pattern = _code_pattern(code)
        return any(pattern.search(passage.text.translate(FULLWIDTH)) for passage in watched(self.passages))


def squeeze(text: str) -> str:
    """Letters and digits only, in lower case: the form in which quotations are compared."""
    return "".join(filter(str.isalnum, text.translate(FULLWIDTH).lower()))


_PLAIN = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    ord(wide): plain for wide, plain in zip("￥∶–—−~～〜", "¥:------", strict=True)
}
"""Full-width signs, and the kinds of dashes and waves, as their plain forms, one for one."""
_THOUSANDS = re.compile(r"(?<=\d)[,'’ \u00a0\u202f](?=\d{3}(?!\d))")
_JOIN = re.compile(r"(?<=\d) ?([.:/-]) ?(?=\d)")
_SIGN = re.compile(r"(?<![\d.-])(?<![A-Za-z])([.-]|-\.)(?=\d)")
_IDLE = re.compile(r"(?<!\d) +| +(?!\d| )")
_MEANING = frozenset("%‰‱°℃℉?")


def _copy(text: str) -> str:
    """The form in which sentences are the same: `squeeze` with the punctuation that changes what is said.

    >>> _copy("It rose 1.5%, to -1,200."), _copy("It rose 15% to 1200")
    ('itrose1.5%to-1200', 'itrose15%to1200')
    """
    plain = _THOUSANDS.sub("", text.translate(_PLAIN).lower())
    joined = (found.span(1) for mark in (_JOIN, _SIGN) for found in mark.finditer(plain))
    kept = {place for span in joined for place in range(*span)}
    pieces = [
        char if char.isalnum() or at in kept or _is_telling(char) else " " for at, char in enumerate(plain)
    ]
    # Digits that only an idle mark parts, as in "3, 5", are not one number.
    return _IDLE.sub("", "".join(pieces)).strip()


def _is_telling(char: str) -> bool:
    """Whether a sign changes what a sentence says: currencies, comparisons, shares, a question mark."""
    return char in _MEANING or (char not in "|~" and unicodedata.category(char) in ("Sc", "Sm"))


_CODE_PIECE = re.compile(r"[A-Za-z]+|\d+|[^\s\w-]")


def _code_pattern(code: str) -> re.Pattern[str]:
    pieces = _CODE_PIECE.findall(re.sub(r"(?<=\d)s\Z", "", code.translate(FULLWIDTH)))
    spelt = r"[\s_-]?".join(map(re.escape, pieces))
    return re.compile(rf"(?<![A-Za-z0-9])(?<!\d\.){spelt}s?(?![A-Za-z0-9]|\.\d)", re.IGNORECASE)


def _cut(number: int, text: str, field: str) -> Iterable[Passage]:
    for start, end in sentences(text):
        for first in range(start, end, MAX_SENTENCE):
            last = min(end, first + MAX_SENTENCE)
            yield Passage(number, first, last, text[first:last], field)


def _initials(texts: Iterable[str]) -> Iterable[str]:
    for text in texts:
        run = ""
        for word in text.split():
            if word[:1].isupper():
                run += word[0]
            elif word not in ("of", "the", "and", "for", "de"):
                yield from _tails(run)
                run = ""
        yield from _tails(run)


def _tails(run: str) -> Iterable[str]:
    if 2 <= len(run) <= 12:
        for start in range(len(run) - 1):
            for end in range(start + 2, min(len(run), start + 6) + 1):
                yield run[start:end]
