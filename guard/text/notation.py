r"""Reads what is written in JSON (RFC 8259), or with its escapes: `\n` is a line break, `\u4f60` is 你.

What a text says is a view of it, so that what is found is reported on the characters that were written.
"""

from __future__ import annotations

import itertools
import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from operator import itemgetter
from sys import maxsize

import numpy as np

from guard.deadline import watched
from guard.text.view import View

_HIGH, _LOW = r"\\u[dD][89abAB][0-9a-fA-F]{2}", r"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_CODE = rf"{_HIGH}{_LOW}|\\u[0-9a-fA-F]{{4}}"
_SIGNS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_ESCAPES = re.compile(rf'{_CODE}|\\["\\/bfnrt]')
"""The escapes of JSON."""
_CODES = re.compile(_CODE)
"""Those that mean nothing else in any text, as a path or a formula may hold `\\n`."""

DEEPEST = 4
"""How often escapes are read at the most: JSON within JSON has escapes of escapes."""

_TORN = re.compile(r"\\(?:u(?:[0-9a-fA-F]{0,3}|[dD][89abAB][0-9a-fA-F]{2}(?:\\(?:u[0-9a-fA-F]{0,3})?)?))?\Z")
_LONGEST = 12

_INSIDE = re.compile(r'[^"\\]*(?:\\.[^"\\]*)*', re.DOTALL)


def undo(view: View, until: int = maxsize) -> View:
    r"""The view with each escape replaced by what it stands for; the very view if there is none.

    From `until` on, where JSON ends, only codes are escapes.

    >>> undo(View.of(r"a\n1")).text
    'a\n1'
    """
    if "\\" not in view.text:
        return view
    until = min(until, len(view))
    escapes = itertools.chain(_ESCAPES.finditer(view.text, 0, until), _CODES.finditer(view.text, until))
    found = list(watched(escapes))
    if not found:
        return view
    starts = np.array([escape.start() for escape in found])
    ends = np.array([escape.end() for escape in found])
    change = np.zeros(len(view) + 1, np.intp)
    np.add.at(change, starts + 1, 1)
    np.add.at(change, ends, -1)
    origin = np.flatnonzero(np.cumsum(change)[:-1] == 0)
    last, codes = origin.copy(), view.codes[origin]
    places = np.searchsorted(origin, starts)
    last[places] = ends - 1
    codes[places] = [ord(_meaning(escape.group())) for escape in found]
    return view.derive(codes, origin, last)


def deeper(view: View) -> list[View]:
    """The view, and what is read in it as long as escapes are left."""
    views = [view]
    while len(views) <= DEEPEST and (said := undo(views[-1])) is not views[-1]:
        views.append(said)
    return views


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


_NEXT = re.compile(r'\s*(?:(?P<sign>["{}\[\],:])|(?P<word>[-+.\w]+))?')
_WORD = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|NaN|-?Infinity")
_NUMBER_SO_FAR = re.compile(r"-?(?:\d[\d.eE+-]*)?")
_NAMES = ("true", "false", "null", "NaN", "Infinity", "-Infinity")
_LONGEST_WORD = 400
_FENCE = re.compile(r"\s*```(?i:json\w?)?[ \t]*\r?\n")
_BEGUN_FENCE = re.compile(r"\s*`{1,3}\w{0,5}[ \t]*\r?")
_SLIGHT = 5
"""Prose may begin with so many characters of JSON, such as `[1]` or `[12]`."""
_MAY = {
    "start": "{[",
    "value": '{["w',
    "item": '{["w]',
    "name": '"}',
    "key": '"',
    ":": ":",
    ",": ",}]",
}
"""What may stand where: `w` is a number or a name, such as `null`; any other word is `?`, and nowhere."""

Token = tuple[int, int, bool]
"""Start and end of a string of JSON, with its quotation marks, or of a number or name; whether a string."""


class Form:
    """How far a text that grows is JSON: objects and arrays one after another, in a fence or not.

    The text may end before the JSON does, and go on behind it. Places count its characters; what is told of
    those before `sure` holds however it goes on.
    """

    def __init__(self, text: str = "") -> None:
        self._length = 0
        self._holds = True
        self._is_begun = False
        self._due = "start"
        self._open: list[str] = []
        self._tokens: list[Token] = []
        self._is_inside = False
        self._is_plain = True
        self._known = 0
        self._rest = ""
        self.feed(text)

    @property
    def until(self) -> int:
        """Where the JSON that the text begins with ends; 0 if it begins with none."""
        return self._length if self._holds else self._certain

    @property
    def sure(self) -> int:
        """Up to where it is certain what is JSON, and where its strings and numbers end."""
        return self._certain if self._holds and not self._is_inside else self._length

    @property
    def _certain(self) -> int:
        return 0 if self._is_plain and self._known <= _SLIGHT else self._known

    def feed(self, text: str) -> None:
        """Reads on."""
        origin = self._length - len(self._rest)
        self._length += len(text)
        text, at, self._rest = self._rest + text, 0, ""
        while self._holds and at < len(text):
            step = self._pass_string if self._is_inside else self._pass_sign
            if (end := step(text, at, origin)) == at:
                self._rest = text[at:] if self._holds else ""
                return
            at = end

    def widen(self, start: int, end: int) -> tuple[int, int]:
        """The stretch, with the whole of each number and name that it touches: what is left is no JSON."""
        for first, last, is_string in self._within(start, end):
            if not is_string:
                start, end = min(start, first), max(end, last)
        return start, end

    def write(self, start: int, written: str, mask: str) -> str:
        """What stands in place of a stretch: the mask, in JSON in that of each string and number in it."""
        if start >= self.until:
            return mask
        string = json.dumps(mask, ensure_ascii=False)
        pieces, at = [], start
        for first, last, is_string in self._within(start, start + len(written)):
            low, high = max(first + is_string, start), min(last - is_string, start + len(written))
            if low < high:
                pieces.append(_signs(written[at - start : low - start], string))
                pieces.append(string[1:-1] if is_string else string)
                at = high
        return "".join([*pieces, _signs(written[at - start :], string)])

    def inside(self, place: int) -> tuple[bool, int]:
        """Whether a place stands inside a string, and up to where that is so."""
        number = self._index(place)
        if number and (token := self._tokens[number - 1])[2] and place < token[1] - 1:
            return True, token[1] - 1
        strings = (start for start, _, is_string in self._tokens[number:] if is_string)
        return False, next(strings, maxsize - 1) + 1

    def _index(self, place: int) -> int:
        """How many tokens begin before a place."""
        return bisect_right(self._tokens, place - 1, key=itemgetter(0))

    def _within(self, start: int, end: int) -> Iterator[Token]:
        """The strings, numbers and names that a stretch touches, the one that is still open included."""
        for number in range(max(0, self._index(start) - 1), len(self._tokens)):
            if self._tokens[number][0] >= end:
                return
            if self._tokens[number][1] > start:
                yield self._tokens[number]
        at = self._length - len(self._rest)
        if self._rest and not self._is_inside and at < end and self._length > start:
            yield at, self._length, False

    def _pass_string(self, text: str, at: int, origin: int) -> int:
        end = _INSIDE.match(text, at).end()  # type: ignore[union-attr]
        if text[end : end + 1] != '"':
            return end
        self._is_inside = False
        self._known = origin + end + 1
        self._tokens[-1] = self._tokens[-1][0], self._known, True
        if self._due in ("name", "key"):
            self._due = ":"
        else:
            self._end_value()
        return end + 1

    def _pass_sign(self, text: str, at: int, origin: int) -> int:
        if not self._is_begun:
            if fence := _FENCE.match(text, at):
                self._is_begun = True
                return fence.end()
            if _BEGUN_FENCE.fullmatch(text, at):
                return at
        found = _NEXT.match(text, at)
        assert found is not None
        if sign := found["sign"]:
            self._take(sign, origin + found.start("sign"), origin + found.end())
        elif word := found["word"]:
            if found.end() == len(text) and "w" in _MAY[self._due] and _may_go_on(word):
                return found.start("word")
            is_whole = len(word) <= _LONGEST_WORD and _WORD.fullmatch(word)
            self._take("w" if is_whole else "?", origin + found.start("word"), origin + found.end())
        elif found.end() < len(text):
            self._holds = False
        return found.end()

    def _take(self, sign: str, start: int, end: int) -> None:
        if sign not in _MAY[self._due]:
            self._holds = False
            return
        self._is_begun = True
        self._is_plain &= sign not in '{"'
        if sign in "{[":
            self._open.append(sign)
            self._due = "name" if sign == "{" else "item"
        elif sign == '"':
            self._tokens.append((start, maxsize, True))
            self._is_inside = True
        elif sign == ":":
            self._due = "value"
        elif sign == ",":
            self._due = "key" if self._open[-1] == "{" else "value"
        elif sign == "w":
            self._tokens.append((start, end, False))
            self._known = end
            self._end_value()
        elif self._open.pop() + sign in ("{}", "[]"):
            self._known = end
            self._end_value()
        else:
            self._holds = False

    def _end_value(self) -> None:
        self._due = "," if self._open else "start"


def _may_go_on(word: str) -> bool:
    """Whether a number or name may begin so."""
    is_begun = _NUMBER_SO_FAR.fullmatch(word) or any(name.startswith(word) for name in _NAMES)
    return bool(is_begun) and len(word) <= _LONGEST_WORD


def _signs(written: str, instead: str) -> str:
    """What is written between strings and numbers of JSON; something else if it is more than signs."""
    return instead if written.strip(' \t\r\n{}[]:,"') else written
