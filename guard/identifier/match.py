"""What an identifier search yields, and what the words around it say about it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from guard.identifier.fold import WALL

BEFORE, AFTER = 30, 12
"""How many characters before and after a value are read as its context."""


@dataclass(frozen=True, slots=True)
class Match:
    """One identifier: its label, its place, how sure we are (0 to 1) and what spoke for it."""

    label: str
    start: int
    end: int
    score: float
    reason: str = ""


class Context:
    """Words that, near a value, speak for or against what it seems to be.

    Chinese words are looked for anywhere; words of Latin letters must stand alone.
    """

    def __init__(self, words: str) -> None:
        latin = "|".join(re.escape(word).replace(r"\ ", " ?") for word in words.split(",") if word.isascii())
        other = "|".join(re.escape(word) for word in words.split(",") if not word.isascii())
        parts = [f"(?<![a-z])(?:{latin})(?![a-z])"] * bool(latin) + [other] * bool(other)
        self._pattern = re.compile("|".join(parts), re.IGNORECASE)

    def near(self, text: str, start: int, end: int, before: int = BEFORE, after: int = AFTER) -> bool:
        """Whether one of the words stands near `text[start:end]`."""
        return bool(
            self._pattern.search(text, max(0, start - before), start)
            or (after and self._pattern.search(text, end, end + after))
        )


SERIAL = Context(
    "订单,单号,运单,快递,流水号,编号,序列号,工号,学号,批次,版本,时间戳,型号,货号,条码,条形码,书号,端口,编码,"
    "order,order no,order number,tracking,tracking number,invoice,serial,serial number,sku,isbn,ean,version,"
    "timestamp,batch,ticket,request id,trace id,build,commit,hash,part number,model,transaction id,event id"
)
"""Words that say a number counts things rather than persons."""


_ANNOUNCERS = frozenset(
    [
        *("tel", "phone", "mobile", "cell", "fax", "call", "telephone", "contact", "mob", "ph", "sj", "dh"),
        *(
            "id",
            "idcard",
            "sfz",
            "card",
            "no",
            "qq",
            "wx",
            "vx",
            "weixin",
            "ip",
            "host",
            "ssn",
            "nhs",
            "pesel",
        ),
    ]
)
_LETTERS = re.compile(r"[A-Za-z_]{1,16}\Z")


def is_free(text: str, start: int, end: int) -> bool:
    """Whether no ASCII letter, digit or underscore touches `text[start:end]`.

    A word such as `tel` or `QQ` may touch a value that begins with a digit.
    """
    after = text[end : end + 1]
    if after.isascii() and (after.isalnum() or after == "_"):
        return False
    before = text[start - 1 : start]
    if not before.isascii() or not (before.isalnum() or before == "_"):
        return True
    return text[start].isdigit() and is_announced(text, start)


def is_announced(text: str, start: int) -> bool:
    """Whether the letters that touch `text[start]` from before are a word that announces a value."""
    letters = _LETTERS.search(text, max(0, start - 17), start)
    return letters is not None and letters.group().strip("_").lower() in _ANNOUNCERS


def detach(masked: str) -> str:
    """A masked text in which words that announce a value no longer touch it: their last letter is wall.

    >>> detach("SSN536-22-8741").replace(WALL, "|")
    'SS|536-22-8741'
    """
    return _TOUCHING.sub(lambda word: word.group()[:-1] + WALL, masked)


_TOUCHING = re.compile(rf"(?<![A-Za-z0-9_])(?:{'|'.join(sorted(_ANNOUNCERS))})(?=[0-9])", re.IGNORECASE)


RIVAL = 0.05
"""Of two labels for one place, the less sure one is dropped when it is behind by this much."""
_CELL = 32


def resolve(matches: Iterable[Match]) -> list[Match]:
    """The matches in order of place, without those that a surer one overlaps.

    One label keeps the surest, then the longest match of a place. Two labels may share a place when
    they are about equally likely, since a policy may ask for either.
    """
    ranked = sorted(matches, key=lambda match: (-match.score, match.start - match.end, match.start))
    cells: dict[int, list[Match]] = {}
    kept: list[Match] = []
    for match in ranked:
        covered = range(match.start // _CELL, match.end // _CELL + 1)
        if any(_beats(other, match) for cell in covered for other in cells.get(cell, ())):
            continue
        kept.append(match)
        for cell in covered:
            cells.setdefault(cell, []).append(match)
    return sorted(kept, key=lambda match: (match.start, match.end))


def _beats(other: Match, match: Match) -> bool:
    overlap = other.start < match.end and match.start < other.end
    return overlap and (other.label == match.label or other.score - match.score >= RIVAL)
