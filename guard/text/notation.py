r"""Reads what is written in JSON (RFC 8259), or with its escapes: `\n` is a line break, `\u4f60` is 你.

What a text says is a view of it, so that what is found is reported on the characters that were written.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right

import numpy as np

from guard.deadline import watched
from guard.text.view import View

_HIGH, _LOW = r"\\u[dD][89abAB][0-9a-fA-F]{2}", r"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_CODE = rf"{_HIGH}{_LOW}|\\u[0-9a-fA-F]{{4}}"
_SIGNS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
ESCAPE = re.compile(rf'{_CODE}|\\["\\/bfnrt]')
"""An escape of JSON."""
CODE = re.compile(_CODE)
"""An escape that means nothing else in any text, as a path or a formula may hold `\\n`."""

_TORN = re.compile(r"\\(?:u(?:[0-9a-fA-F]{0,3}|[dD][89abAB][0-9a-fA-F]{2}(?:\\(?:u[0-9a-fA-F]{0,3})?)?))?\Z")
_LONGEST = 12

_QUOTE = re.compile(r'\\.|"', re.DOTALL)
_INSIDE = re.compile(r'[^"\\]*(?:\\.[^"\\]*)*', re.DOTALL)
_BARE = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)|(-?\d[\d.eE+-]*)', re.DOTALL)


def undo(view: View, pattern: re.Pattern[str] = ESCAPE) -> View:
    r"""The view with each escape that matches replaced by what it stands for; the very view if none does.

    >>> undo(View.of(r"a\n1")).text
    'a\n1'
    """
    found = list(watched(pattern.finditer(view.text))) if "\\" in view.text else []
    if not found:
        return view
    starts = np.array([escape.start() for escape in found])
    ends = np.array([escape.end() for escape in found])
    change = np.zeros(len(view) + 1, np.intp)
    np.add.at(change, starts + 1, 1)
    np.add.at(change, ends, -1)
    origin = np.flatnonzero(np.cumsum(change)[:-1] == 0)
    until, codes = origin.copy(), view.codes[origin]
    places = np.searchsorted(origin, starts)
    until[places] = ends - 1
    codes[places] = [ord(_meaning(escape.group())) for escape in found]
    return view.derive(codes, origin, until)


def _meaning(escape: str) -> str:
    if escape[1] != "u":
        return _SIGNS.get(escape[1], escape[1])
    units = bytes.fromhex(escape.replace("\\u", ""))
    return units.decode("utf-16-be", "replace")[0]


def torn(text: str) -> int:
    """Where the escape begins that a growing text ends in, or may go on with; its length if there is none."""
    found = _TORN.search(text, max(0, len(text) - _LONGEST))
    if not found:
        return len(text)
    head = text[: found.start()]
    # A backslash belongs to the one before it.
    return len(text) if (len(head) - len(head.rstrip("\\"))) % 2 else len(head)


def ends_inside(text: str, *, inside: bool = False) -> bool:
    """Whether a piece of JSON ends inside a string; `inside` says that it begins in one."""
    for found in _QUOTE.finditer(text):
        inside ^= found.group() == '"'
    return inside


class Numbers:
    """The numbers in a piece of JSON; `inside` says that it begins inside a string."""

    def __init__(self, text: str, *, inside: bool = False) -> None:
        opened = _INSIDE.match(text).end() + 1 if inside else 0  # type: ignore[union-attr]
        self._spans = [found.span(1) for found in _BARE.finditer(text, opened) if found[1]]
        self._starts = [start for start, _ in self._spans]

    def widen(self, start: int, end: int) -> tuple[int, int]:
        """The stretch, with the whole of each number that it touches: what is left of one is no JSON."""
        first, last = self._at(start), self._at(max(start, end - 1))
        return min(start, first[0]) if first else start, max(end, last[1]) if last else end

    def _at(self, place: int) -> tuple[int, int] | None:
        number = bisect_right(self._starts, place) - 1
        return self._spans[number] if number >= 0 and place < self._spans[number][1] else None


def is_json(text: str) -> bool:
    """Whether a text is JSON: a string, an object, an array, or several, be the last of these broken off."""
    if text.lstrip()[:1] not in ("{", "[", '"'):
        return False
    try:
        json.loads(text, strict=False)
    except (ValueError, RecursionError):
        form = Form()
        form.feed(text)
        return form.holds
    return True


_NEXT = re.compile(r'\s*(?:(?P<sign>["{}\[\],:])|(?P<word>[-+.\w]+))?')
_WORD = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|NaN|-?Infinity")
_LONGEST_WORD = 400
_MAY = {
    "start": "{[",
    "value": '{["w',
    "item": '{["w]',
    "name": '"}',
    "key": '"',
    ":": ":",
    ",": ",}]",
}
"""What may stand where: `w` is a number or a name, such as `null`."""


class Form:
    """Says of a growing text whether it can be an object or an array of JSON, or several.

    `holds` says whether it can, `is_begun` whether anything of it has come.
    """

    def __init__(self) -> None:
        self.holds = True
        self.is_begun = False
        self._due = "start"
        self._open: list[str] = []
        self._is_inside = False
        self._rest = ""

    def feed(self, text: str) -> None:
        """Reads on."""
        if not self.holds:
            return
        text, at = self._rest + text, 0
        while self.holds and at < len(text):
            step = self._pass_string(text, at) if self._is_inside else self._pass_sign(text, at)
            if step == at:
                break
            at = step
        self._rest = text[at:] if self.holds else ""

    def _pass_string(self, text: str, at: int) -> int:
        end = _INSIDE.match(text, at).end()  # type: ignore[union-attr]
        if text[end : end + 1] != '"':
            return end
        self._is_inside = False
        if self._due in ("name", "key"):
            self._due = ":"
        else:
            self._end_value()
        return end + 1

    def _pass_sign(self, text: str, at: int) -> int:
        found = _NEXT.match(text, at)
        assert found is not None
        if sign := found["sign"]:
            self._take(sign)
        elif word := found["word"]:
            if found.end() == len(text) and "w" in _MAY[self._due] and len(word) <= _LONGEST_WORD:
                # It may go on.
                return at
            self._take("w" if _WORD.fullmatch(word) else word)
        elif found.end() < len(text):
            self.holds = False
        return found.end()

    def _take(self, sign: str) -> None:
        self.is_begun = True
        if sign not in _MAY[self._due]:
            self.holds = False
        elif sign in "{[":
            self._open.append(sign)
            self._due = "name" if sign == "{" else "item"
        elif sign == '"':
            self._is_inside = True
        elif sign == ":":
            self._due = "value"
        elif sign == ",":
            self._due = "key" if self._open[-1] == "{" else "value"
        elif sign == "w":
            self._end_value()
        else:
            self.holds = self._open.pop() + sign in ("{}", "[]")
            self._end_value()

    def _end_value(self) -> None:
        self._due = "," if self._open else "start"
