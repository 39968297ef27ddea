"""Tells whether a value follows from two that sources give: their sum, difference, share, or half of one."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence

from guard.text.value import Value

MOST = 4
"""Values of one kind and unit in what is compared; among more, some two give any number by chance."""

_SUM = re.compile(
    r"[总共合]计?|累计|加起来|原[有来先]|此前|上[一年]|\b(?:total\w*|altogether|combined|sum|together|overall"
    r"|before|previously|originally)\b",
    re.IGNORECASE,
)
_DIFFERENCE = re.compile(
    r"[比差减增]|[多少高低贵便早晚]|提前|剩|\b(?:than|\w+er|more|less|fewer|differ\w*|by|left|remain\w*|rose|fell"
    r"|increase\w*|decrease\w*|drop\w*|before|after)\b",
    re.IGNORECASE,
)
_HALF = re.compile(r"半价|半票|减半|一半|对半|\bhalf\b|\bhalv", re.IGNORECASE)
_DOUBLE = re.compile(r"翻倍|翻番|双倍|加倍|两倍|\b(?:double|twice)", re.IGNORECASE)


def follows(said: Value, sentence: str, given: Iterable[tuple[str, Sequence[Value]]]) -> bool:
    """Whether a value is computed from those of passages about the same thing, as the words around it tell.

    A sum or a difference needs a word that says so in the sentence, half and double one in the passage; a
    percentage may be any of two amounts of one passage.
    """
    given = list(given)
    if said.kind == "percent":
        return any(_is_near(said, share) for _, found in given for share in _shares(found))
    if said.kind not in ("money", "measure", "count"):
        return False
    for text, found in given:
        alike = [value.amount for value in found if _are_alike(said, value)][:MOST]
        ways = [way for way, sign in ((0.5, _HALF), (2.0, _DOUBLE)) if sign.search(text)]
        if any(_is_near(said, way * amount) for way in ways for amount in alike):
            return True
    amounts = [value.amount for _, found in given for value in found if _are_alike(said, value)]
    if not 1 < len(amounts) <= MOST:
        return False
    sums, differences = _SUM.search(sentence), _DIFFERENCE.search(sentence)
    return any(
        (sums and _is_near(said, one + other)) or (differences and _is_near(said, abs(one - other)))
        for one, other in itertools.combinations(amounts, 2)
    )


def _are_alike(said: Value, source: Value) -> bool:
    return (said.kind, said.unit) == (source.kind, source.unit)


def _is_near(said: Value, amount: float) -> bool:
    return amount > 0 and abs(said.amount - amount) <= max(min(said.slack, 0.05 * amount), 1e-6 * amount)


def _shares(found: Sequence[Value]) -> Iterator[float]:
    """What each amount is of another of its kind and unit, and by how much it differs from it, in percent."""
    amounts = [value for value in found if value.kind in ("money", "measure", "count") and value.amount > 0]
    if len(amounts) > MOST:
        return
    for one, other in itertools.permutations(amounts, 2):
        if _are_alike(one, other) or {one.kind, other.kind} == {"count"}:
            yield 100 * one.amount / other.amount
            yield 100 * abs(one.amount / other.amount - 1)
