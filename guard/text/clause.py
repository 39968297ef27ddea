"""Compares clauses, so that a number that a passage gives is not taken for one of something else in it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from guard.text.token import terms
from guard.text.value import Value, agrees

MOST_OF = 0.75
"""Share of a clause's terms that another must hold to speak of the same thing."""

_CUT = re.compile(r",(?!\d)|[，；;。]|\b(?:and|but|while|whereas)\b|而(?!且)", re.IGNORECASE)
_FROM = re.compile(r"(?:[由从自]|\bfrom\s)\s?\Z", re.IGNORECASE)
_TO = re.compile(r"[至到为]\s?\Z|\bto\s\Z", re.IGNORECASE)


_OVERALL = re.compile(
    r"最[高低多少大小]|至[多少]|总[共计]|合计|[共均]|其中|\b(?:most|least|high\w*|low\w*|max\w*|min\w*|total\w*|average|up)\b",
    re.IGNORECASE,
)
"""What may be said of any of a passage's values."""


class _Clause(NamedTuple):
    """What a clause says: the terms of full weight, and the values."""

    forms: frozenset[str]
    values: tuple[Value, ...]

    def like(self, value: Value) -> list[Value]:
        """Its values of a value's kind and unit."""
        return [own for own in self.values if (own.kind, own.unit) == (value.kind, value.unit)]

    @property
    def moments(self) -> list[Value]:
        return [value for value in self.values if value.is_moment]


def is_misplaced(
    value: Value, sentence: str, said: Sequence[Value], passage: str, given: Sequence[Value]
) -> bool:
    """Whether a passage gives a sentence's value only for something else, or from and to the other way round.

    That takes two clauses of the passage built alike, each with one value of the kind: the one that speaks
    of what the sentence does has another value, and the one with this value shares nothing more with it.
    """
    if _is_turned(value, sentence, said, passage, given):
        return True
    mine = next(clause for clause in _clauses(sentence, said) if value in clause.values)
    theirs = [clause for clause in _clauses(passage, given) if clause.like(value)]
    if _OVERALL.search(sentence) or any(len(clause.like(value)) > 1 for clause in (mine, *theirs)):
        return False
    right = [clause for clause in theirs if agrees(value, clause.like(value)[0])]
    wrong = [clause for clause in theirs if clause not in right]
    return bool(right) and any(all(_is_rather(mine, other, own) for own in right) for other in wrong)


def _is_rather(mine: _Clause, other: _Clause, own: _Clause) -> bool:
    """Whether a clause speaks of what `other` does, not of what `own` does, which is built alike."""
    shared = mine.forms & other.forms
    if (
        len(shared) < MOST_OF * len(mine.forms)
        or not shared - own.forms
        or mine.forms & own.forms - other.forms
    ):
        return False
    if any(not any(agrees(moment, each) for each in other.moments) for moment in mine.moments):
        return False
    return not set("".join(other.forms & own.forms) or _han(other)).isdisjoint("".join(own.forms))


def _han(clause: _Clause) -> str:
    """The characters of a clause's Chinese terms, by which 成人票 and 儿童票 are alike."""
    return "".join(form for form in clause.forms if not form.isascii())


def _clauses(text: str, found: Sequence[Value]) -> Iterator[_Clause]:
    valued = {place for value in found for place in range(value.start, value.end)}
    ends = [cut.start() for cut in _CUT.finditer(text) if cut.start() not in valued]
    listed = [term for term in terms(text) if term.weight == 1 and term.start not in valued]
    for start, end in itertools.pairwise((0, *ends, len(text) + 1)):
        own = frozenset(term.form for term in listed if start <= term.start < end)
        yield _Clause(own, tuple(value for value in found if start <= value.start < end))


def _is_turned(
    value: Value, sentence: str, said: Sequence[Value], passage: str, given: Sequence[Value]
) -> bool:
    """Whether a sentence goes from a value to another where the passage goes from that to this."""
    return any(
        value in mine
        and agrees(mine[0], theirs[1])
        and agrees(mine[1], theirs[0])
        and not agrees(mine[0], theirs[0])
        for mine in _courses(sentence, said)
        for theirs in _courses(passage, given)
    )


def _courses(text: str, found: Sequence[Value]) -> Iterator[tuple[Value, Value]]:
    """The pairs of values from and to which something goes."""
    for first, second in itertools.pairwise(found):
        between = text[first.end : second.start]
        if len(between) <= 20 and _TO.search(between) and _FROM.search(text[: first.start][-8:]):
            yield first, second
