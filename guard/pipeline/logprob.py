"""Reads how likely each token of an answer was, where the endpoint says so, and places it in the content.

The format is that of OpenAI's chat completions (API reference, `choices[].logprobs.content[]`): `token`,
`logprob`, `bytes` (its UTF-8, as a character may be cut) and `top_logprobs`. Chunks of a stream bear theirs.
"""

from __future__ import annotations

import codecs
import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from guard.pipeline.shape import Slot, get
from guard.types import Token


@dataclass
class Tokens:
    """The tokens of one choice's content as it arrives; none at all once they do not spell it."""

    known: list[Token] = field(default_factory=list)
    _length: int = 0
    _said: str = ""
    _spelt: str = ""
    _spells: bool = True
    _decoder: codecs.IncrementalDecoder = field(
        default_factory=lambda: codecs.getincrementaldecoder("utf-8")("replace")
    )

    def add(self, text: str, raw: Iterable[Any]) -> None:
        """Takes in a piece of the content and the tokens that came with it, as they stand in the answer."""
        if not self._spells:
            return
        self._said += text
        for each in raw:
            spelt = self._decoder.decode(_bytes(each))
            self._spelt += spelt
            start, self._length = self._length, self._length + len(spelt)
            self.known.append(Token(start, self._length, _logprob(each), tuple(_top(each))))
        self._compare()

    def between(self, start: int, end: int) -> tuple[Token, ...]:
        """The tokens of a stretch of the content, placed from its start on."""
        if not self._spells:
            return ()
        first = bisect_left(self.known, start, key=attrgetter("start"))
        last = bisect_right(self.known, end, lo=first, key=attrgetter("end"))
        return tuple(
            Token(token.start - start, token.end - start, token.logprob, token.top)
            for token in self.known[first:last]
        )

    def _compare(self) -> None:
        """Forgets what tokens and text have in common, so that only the rest is compared again."""
        count = min(len(self._said), len(self._spelt))
        self._spells = self._spells and self._said[:count] == self._spelt[:count]
        self._said, self._spelt = self._said[count:], self._spelt[count:]


def read_tokens(answer: Any, found: Iterable[Slot], known: dict[int, Tokens]) -> dict[int, Tokens]:
    """Adds the tokens of an answer or chunk to those known, by choice; `found` are its texts."""
    raw = dict(_raw(answer))
    texts: dict[int, str] = dict.fromkeys(raw, "")
    for slot in found:
        if slot.channel == "content":
            texts[slot.choice] = texts.get(slot.choice, "") + slot.text
    for choice, text in texts.items():
        # From the first character on: tokens that begin later cannot be placed.
        known.setdefault(choice, Tokens()).add(text, raw.get(choice, ()))
    return known


def _raw(answer: Any) -> Iterator[tuple[int, list[Any]]]:
    choices = None if isinstance(answer, str) else get(answer, "choices")
    for position, choice in enumerate(choices if isinstance(choices, list | tuple) else ()):
        content = get(get(choice, "logprobs"), "content")
        index = get(choice, "index")
        if isinstance(content, list | tuple) and content:
            yield index if isinstance(index, int) else position, list(content)


def _bytes(raw: Any) -> bytes:
    given = get(raw, "bytes")
    if isinstance(given, list | tuple) and all(isinstance(each, int) and 0 <= each < 256 for each in given):
        return bytes(given)
    return str(get(raw, "token") or "").encode("utf-8", "replace")


def _logprob(raw: Any) -> float:
    value = get(raw, "logprob")
    return min(0.0, float(value)) if isinstance(value, int | float) and not math.isnan(value) else -math.inf


def _top(raw: Any) -> Iterator[float]:
    others = get(raw, "top_logprobs")
    for other in others if isinstance(others, list | tuple) else ():
        yield _logprob(other)
