"""Finds where one of two sentences denies what the other says."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from guard.text.token import FUNCTION_CHARS, STOP_WORDS, stem

NEGATION = re.compile(
    r"\b(?:not(?!\s(?:only|just|merely|simply)\b)|no(?!,)(?:\slonger\b)?|never|none|neither|cannot|without)\b"
    r"|\b[a-z]+n['’]t\b"
    r"|没有?(?![收落])|并非|否认|不(?![仅但断同过久错料妨禁止论管如只光单愧安满得可准足到]|少(?!于))(?:能够?|会|再|是)?"
    r"|不[得可准](?=[超多少高低大小早晚])"
    r"|未(?![来婚]|成年)能?|无(?![论线疑数限锡形理])法?|非(?![常洲法凡])",
    re.IGNORECASE,
)
_UNDECIDED = re.compile(
    r"\bnot\s(?:all|every\w*|always|necessarily|entirely|completely|un\w+)\b|\b(?:whether|or)\snot\b"
    r"|(?P<asked>[\u4e00-\u9fff])[不没](?P=asked)|是否|[能可]否|[未不]必(?!须)|[不非]是?(?:一定|完全|[总全都所])"
    r"|不[得能会可]不|[无莫]不|非[^，。]{1,8}不可",
    re.IGNORECASE,
)
"""Negations of a part, doubled ones, and questions: they do not deny what the sentence says."""
_LIMIT = re.compile(
    r"\b(?:until|till|before|unless|except|if|when|whenever|where|once|otherwise|outside)\b"
    r"|直[到至]|除|否则|不然|[以之此]前|(?<=[年月日岁])前|如[果需]|若|的话|情况下|只有",
    re.IGNORECASE,
)
"""Words that limit a negation to a time or a case."""
_REFUSAL = re.compile(
    r"\bfree\s(?:of|from)\b|-free\b|\b(?:lack|fail|refus|den[yi]|avoid|prevent|exclud|exempt|absen|waive)"
    r"|[免缺拒]|防止|避免|排除|取消|谢绝|[以之]外",
    re.IGNORECASE,
)
"""Words that deny without a negation."""
_BREAK = re.compile(
    r",(?!\d{3})|[，；;：:。！？!?（）()\n]|\b(?:but|while|whereas|although|though)\b"
    r"|(?<!不)但(?!凡)是?|(?<![从因进])而(?![且言已])|不过(?!\d)|然而",
    re.IGNORECASE,
)
_WORD = re.compile(r"[A-Za-z\d]+(?:[.,]\d+)*|[\u4e00-\u9fff]")
_LIGHT = FUNCTION_CHARS | set("本该此曾已并尚均皆现则得")
MAX_BREAKS = 40
"""Breaks at which a text is cut; what stands behind them stays in one piece."""


class Place(NamedTuple):
    """Where a word stands."""

    start: int
    end: int


def find_denial(negated: str, plain: str) -> tuple[Place, Place] | None:
    """The negation in the one text, and in the other the word that it denies; None where nothing is denied.

    A clause denies another if it has one negation and nothing of weight but what the other says as well.
    Neither does it if the text says the same also without negation, or denies it for a time or a case only.
    """
    if _UNDECIDED.search(negated) or _UNDECIDED.search(plain):
        return None
    denials, statements = _clauses(negated), _clauses(plain)
    if _LIMIT.search(negated) and not (_LIMIT.search(plain) and _forms(denials) <= _forms(statements)):
        return None
    for denial, said in itertools.product(denials, statements):
        place = _denied_place(denial, said) if len(denial.negations) == 1 else None
        if place and not any(_says_too(other, denial, said) for other in denials):
            return denial.negations[0], place
    return None


class _Clause(NamedTuple):
    """A stretch without a break: its negations, its words of weight, and the first word of its text."""

    negations: tuple[Place, ...]
    words: tuple[tuple[str, Place], ...]
    forms: frozenset[str]
    head: frozenset[str]
    refuses: bool

    def about(self, before: int) -> frozenset[str]:
        """What the clause speaks of; if it names nothing before the place, the first word of its text too."""
        names = any(place.start < before for _, place in self.words)
        return self.forms if names else self.forms | self.head

    def anchor(self) -> tuple[str, ...]:
        """What the first negation governs: a word, or two characters."""
        after = [form for form, place in self.words if place.start >= self.negations[0].end]
        return tuple(after[:1] if after and after[0].isascii() else after[:2])

    def find(self, anchor: tuple[str, ...]) -> Place | None:
        """Where the clause has these words in a row."""
        size = len(anchor)
        for first in range(len(self.words) - size + 1 if size else 0):
            found = self.words[first : first + size]
            if tuple(form for form, _ in found) == anchor:
                return Place(found[0][1].start, found[-1][1].end)
        return None


def _denied_place(denial: _Clause, said: _Clause) -> Place | None:
    place = said.find(denial.anchor())
    if not place or said.refuses > denial.refuses:
        return None
    return place if denial.about(denial.negations[0].start) <= said.about(place.start) else None


def _says_too(other: _Clause, denial: _Clause, said: _Clause) -> bool:
    """Whether a clause without negation says what was said, and as much of it as the clause that denies."""
    denied = denial.about(denial.negations[0].start)
    says = not other.negations and other.find(denial.anchor())
    return bool(says) and len(said.forms & other.forms) >= len(said.forms & denied)


def _forms(clauses: Sequence[_Clause]) -> frozenset[str]:
    return frozenset(form for clause in clauses for form in clause.forms)


def _clauses(text: str) -> list[_Clause]:
    negations = [Place(*found.span()) for found in NEGATION.finditer(text)]
    words = list(_words(text, negations))
    head = frozenset(form for form, _ in words[:1])
    breaks = [found.span() for found in itertools.islice(_BREAK.finditer(text), MAX_BREAKS)]
    starts, ends = [0, *(end for _, end in breaks)], [*(start for start, _ in breaks), len(text)]
    clauses = []
    for start, end in zip(starts, ends, strict=True):
        denied = tuple(place for place in negations if start <= place.start < end)
        own = tuple(word for word in words if start <= word[1].start < end)
        refuses = bool(_REFUSAL.search(text, start, end))
        clauses.append(_Clause(denied, own, frozenset(form for form, _ in own), head, refuses))
    return clauses


def _words(text: str, negations: Sequence[Place]) -> Iterator[tuple[str, Place]]:
    """The stems, numbers and Chinese characters of weight; US and B are, unless they begin the text."""
    skipped = {index for place in negations for index in range(*place)}
    for found in _WORD.finditer(text):
        word, place = found.group(), Place(*found.span())
        named = word.isupper() and place.start > 0
        light = word in _LIGHT or (word.lower() in STOP_WORDS and not named)
        if not light and place.start not in skipped:
            yield stem(word), place
