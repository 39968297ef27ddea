"""Puts the originals back where an answer holds their placeholders, whole or piece by piece.

A piece waits only while text in it may still become a placeholder, or while one before it does; the
original stands where the placeholder begins. Pieces without one go on as the very objects that came. Inside
the strings of JSON an original is written as JSON does.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from guard.pipeline.shape import Slot, Steps, edit, slots
from guard.pipeline.veil import Veil
from guard.text.notation import Form
from guard.text.placeholder import CLOSING, LONGEST, OPENING, fold


class Restorer:
    """Restores one answer. `known` holds the originals by the folded forms of their placeholders."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self._book = Book(known)
        self._readers: dict[tuple[int, str], Reader] = {}
        self._queue: deque[tuple[Any, list[Share]]] = deque()

    def put(self, piece: Any) -> list[Any]:
        """Takes in a piece of the answer; the pieces that may go on now."""
        if not self._book.names:
            return [piece]
        shares = [Share(slot, len(slot.text)) for slot in slots(piece)]
        self._queue.append((piece, shares))
        for share in shares:
            self._reader(share.slot).take(share)
        return self._done()

    def end(self, choice: int | None = None) -> list[Any]:
        """The pieces that still wait, after the last one; of one choice only if it is given."""
        for (own, _), reader in self._readers.items():
            if choice in (None, own):
                reader.advance(final=True)
        return self._done()

    def drop(self, choice: int) -> None:
        """Forgets the texts of a choice that still wait."""
        for share in (share for _, shares in self._queue for share in shares if share.slot.choice == choice):
            share.out, share.left = [], 0
        self._readers = {key: reader for key, reader in self._readers.items() if key[0] != choice}

    def _reader(self, slot: Slot) -> Reader:
        if slot.key not in self._readers:
            self._readers[slot.key] = Reader(self._book)
        return self._readers[slot.key]

    def _done(self) -> list[Any]:
        done = []
        while self._queue and not any(share.left for share in self._queue[0][1]):
            piece, shares = self._queue.popleft()
            edits: dict[Steps, str] = {}
            for share in shares:
                if (text := "".join(share.out)) != share.slot.text:
                    edits |= dict.fromkeys((share.slot.steps, *share.slot.twins), text)
            piece = edit(piece, edits) if edits else piece
            if piece != "" or not edits:
                done.append(piece)
        return done


def restored(answer: Any, veil: Veil) -> Any:
    """A whole answer with its originals; the very answer if it holds no placeholder."""
    restorer = Restorer(veil.restorable())
    return [*restorer.put(answer), *restorer.end()][0]


@dataclass
class Share:
    """What one slot adds to a channel: `left` characters are to be read, `out` is what became of the rest."""

    slot: Slot
    left: int
    out: list[str] = field(default_factory=list)


class Reader:
    """One channel of an answer, read from its beginning to its end."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._form = Form()
        self._raw = ""
        self._at = 0
        self._origin = 0
        self._shares: deque[Share] = deque()

    def take(self, share: Share) -> None:
        """Takes in a slot's text."""
        if share.left:
            self._raw += share.slot.text
            self._form.feed(share.slot.text)
            self._shares.append(share)
            self.advance()

    def advance(self, *, final: bool = False) -> None:
        """Reads as far as it is clear what is a placeholder; to the last character if it is `final`."""
        while self._at < len(self._raw):
            is_quoted, until = self._form.inside(self._origin + self._at)
            script = QUOTED if is_quoted else PLAIN
            end = min(until - self._origin, len(self._raw))
            start = script.begin.search(self._raw, self._at)
            if start is None or start.start() >= end:
                self._pass(end)
                continue
            self._pass(start.start())
            if hit := script.whole.match(self._raw, self._at):
                original = self._book.originals.get(fold(script.read(hit.group())))
                if original is not None:
                    self._pass(hit.end(), script.write(original))
                    continue
            elif not final and self._is_open(script):
                break
            step = script.unit.match(self._raw, self._at)
            self._pass(step.end() if step else self._at + 1)
        self._origin += self._at
        self._raw, self._at = self._raw[self._at :], 0

    def _is_open(self, script: Script) -> bool:
        """Whether the rest of the text may be the beginning of a placeholder."""
        begun = script.begun.fullmatch(self._raw, self._at)
        return begun is not None and self._book.has(fold(script.read(begun[1])))

    def _pass(self, end: int, instead: str | None = None) -> None:
        """Moves on; what is passed goes on as it is, or as the text given where it begins."""
        if instead is not None:
            self._shares[0].out.append(instead)
        while self._at < end:
            share = self._shares[0]
            count = min(share.left, end - self._at)
            if instead is None:
                share.out.append(self._raw[self._at : self._at + count])
            share.left -= count
            self._at += count
            if not share.left:
                self._shares.popleft()


class Book:
    """The originals, and their placeholders in order, so that the beginning of one can be looked up."""

    def __init__(self, originals: Mapping[str, str]) -> None:
        self.originals = originals
        self.names = sorted(originals)

    def has(self, beginning: str) -> bool:
        """Whether a placeholder begins so."""
        at = bisect_left(self.names, beginning)
        return at < len(self.names) and self.names[at].startswith(beginning)


@dataclass(frozen=True)
class Script:
    """How placeholders are written in a text: where one may begin, what is a whole one, what begun."""

    begin: re.Pattern[str]
    whole: re.Pattern[str]
    begun: re.Pattern[str]
    unit: re.Pattern[str]

    def read(self, written: str) -> str:
        """What is meant by what is written."""
        return written

    def write(self, text: str) -> str:
        """How a text is written."""
        return text


class Quoting(Script):
    """Text inside the strings of JSON (RFC 8259, section 7)."""

    def read(self, written: str) -> str:
        try:
            return str(json.loads(f'"{written}"', strict=False))
        except ValueError:
            return ""

    def write(self, text: str) -> str:
        return json.dumps(text, ensure_ascii=False)[1:-1]


def _escaped(characters: str) -> str:
    return r"\\u(?i:" + "|".join(f"{ord(character):04x}" for character in characters) + ")"


_O, _C = re.escape(OPENING), re.escape(CLOSING)
_INSIDE = rf"[^{_O}{_C}\r\n]"
PLAIN = Script(
    # Of brackets in a row only the last can begin a placeholder.
    begin=re.compile(rf"[{_O}](?![{_O}])|\\(?=[{_O}]|\Z)"),
    whole=re.compile(rf"\\?[{_O}]{_INSIDE}{{1,{LONGEST}}}[{_C}]"),
    begun=re.compile(rf"(\\?(?:[{_O}]{_INSIDE}{{0,{LONGEST}}})?)"),
    unit=re.compile(r"(?s:.)"),
)

_OQ, _CQ = rf"(?:[{_O}]|{_escaped(OPENING)})", rf"(?:[{_C}]|{_escaped(CLOSING)})"
_HIGH, _LOW = r"\\u[dD][89abAB][0-9a-fA-F]{2}", r"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_CHARACTER = rf"(?:{_HIGH}{_LOW}|(?!{_HIGH})\\u[0-9a-fA-F]{{4}}|\\[\"\\/bfnrt]|[^\\\"{_O}{_C}\r\n])"
_INSIDE_QUOTED = rf"(?!{_escaped(OPENING + CLOSING)}){_CHARACTER}"
_TORN = rf"(?:{_HIGH})?(?:\\(?:u[0-9a-fA-F]{{0,3}})?)?"
"""The beginning of a character that is written in several."""
QUOTED = Quoting(
    # Every escape is read, since a backslash means another thing after a backslash.
    begin=re.compile(rf"[{_O}](?![{_O}])|\\"),
    whole=re.compile(rf"{_OQ}(?:{_INSIDE_QUOTED}){{1,{LONGEST}}}{_CQ}"),
    begun=re.compile(rf"((?:{_OQ}(?:{_INSIDE_QUOTED}){{0,{LONGEST}}})?){_TORN}"),
    unit=re.compile(r"\\u[0-9a-fA-F]{4}|\\[^u]|(?s:.)"),
)
