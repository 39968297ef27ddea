"""What an identifier search yields, and what the words around it say about it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from guard.identifier.fold import WALL

BEFORE, AFTER = 30, 12
"""How many characters before and after a value are read as its context."""

BESIDE = r"""[ \t"'`*|()\[\]<>【】「」『』“”]{0,4}"""
"""The marks of JSON, Markdown, XML, tables and brackets that may stand between a word and its value."""


@dataclass(frozen=True, slots=True)
class Match:
    """One identifier: its label, its place, how sure we are (0 to 1) and what spoke for it."""

    label: str
    start: int
    end: int
    score: float
    reason: str = ""


_MARKS = r"[^A-Za-z0-9\u3400-\u9fff,;.!?，。；！？、]"
_COUNTED = r"(?:[ _\-]?(?:id|number|num|no|code))?"
_LINK = (
    rf"(?:号码?|码|编号|代码)?{_MARKS}{{0,6}}(?:(?:已|就|应|改|变更|更新|修改)*(?:是|为|成)|is|was|no\.)?"
    rf"{_MARKS}{{0,4}}\Z"
)
"""What may stand between a word and the value that it names: `号码是：`, `_id": "`, but no other word."""


class Context:
    """Words that, near a value, speak for or against what it seems to be.

    Chinese words are looked for anywhere; words of Latin letters must stand alone.
    """

    def __init__(self, words: str) -> None:
        known = [re.escape(word).replace(r"\ ", r"[ _\-]?") for word in words.split(",")]
        self._latin = "|".join(word for word in known if word.isascii())
        self._other = "|".join(word for word in known if not word.isascii())
        self._pattern = re.compile(self._any(), re.IGNORECASE)

    def _any(self, more: str = "") -> str:
        """A pattern of all the words; `more` may follow those of Latin letters."""
        latin = f"(?<![a-z])(?:{self._latin}){more}(?![a-z])" if self._latin else ""
        return "|".join(filter(None, (latin, self._other)))

    @cached_property
    def _naming(self) -> re.Pattern[str]:
        return re.compile(f"(?:{self._any(_COUNTED)}){_LINK}", re.IGNORECASE)

    def near(self, text: str, start: int, end: int, before: int = BEFORE, after: int = AFTER) -> bool:
        """Whether one of the words stands near `text[start:end]`."""
        return bool(
            self._pattern.search(text, max(0, start - before), start)
            or (after and self._pattern.search(text, end, end + after))
        )

    def announces(self, text: str, start: int) -> bool:
        """Whether one of the words names the very value at `start`: nothing but a link stands between."""
        return bool(self._naming.search(text, max(0, start - BEFORE), start))


SERIAL = Context(
    "订单,单号,运单,快递单,快递号,流水号,编号,序列号,工号,学号,批次,版本,时间戳,型号,货号,条码,条形码,书号,端口,编码,"
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


def is_free(text: str, start: int, end: int, *, checked: bool = False) -> bool:
    """Whether no ASCII letter or digit touches `text[start:end]`, and no underscore ties a letter to it.

    What is `checked`, and hardly there by chance, may be tied so: `photo_110…`. A word such as `tel` or `QQ`
    may touch a value that begins with a digit.
    """
    if _joins(text[end : end + 1], text[end + 1 : end + 2], checked):
        return False
    if not _joins(text[start - 1 : start], text[start - 2 : start - 1], checked):
        return True
    return text[start].isdigit() and is_announced(text, start)


def _joins(touching: str, beyond: str, checked: bool) -> bool:
    """Whether a character that touches a value makes it a part of a word, with the one beyond it."""
    if touching == "_":
        return not checked and beyond.isascii() and beyond.isalpha()
    return touching.isascii() and touching.isalnum()


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
