"""Splits what a thinking model writes into reasoning, answer and tool calls, as it arrives.

ERNIE's thinking models write `reasoning\\n</think>\\n\\n<response>\\nanswer\\n</response>` or, after the
reasoning, `<tool_call>\\n{json}\\n</tool_call>`; the opening `<think>` stands in the prompt. A text
without `</think>` is reasoning throughout, as ERNIE's servers read it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

Channel = Literal["reasoning", "content", "tool_call"]

MARKS: dict[str, Channel] = {
    "<think>": "reasoning",
    "</think>": "content",
    "<response>": "content",
    "</response>": "content",
    "<tool_call>": "tool_call",
    "</tool_call>": "content",
}
"""The marks between the channels, and the channel that each one opens."""


class Splitter:
    """Tells the channels of one answer apart; fed pieces, it gives back what each piece settles."""

    def __init__(self) -> None:
        self._channel: Channel = "reasoning"
        self._rest = ""
        self._begun: set[Channel] = set()

    def feed(self, piece: str) -> Iterator[tuple[Channel, str]]:
        """The channel and text of everything that no later piece can change."""
        self._rest += piece
        while found := self._mark():
            start, mark = found
            yield from self._give(self._rest[:start].rstrip())
            self._rest = self._rest[start + len(mark) :]
            self._channel = MARKS[mark]
        settled = len(self._rest) - self._pending()
        yield from self._give(self._rest[:settled])
        self._rest = self._rest[settled:]

    def end(self) -> Iterator[tuple[Channel, str]]:
        """What was held back, once nothing more comes."""
        yield from self._give(self._rest.rstrip())
        self._rest = ""

    def _mark(self) -> tuple[int, str] | None:
        found = [(self._rest.find(mark), mark) for mark in MARKS if mark in self._rest]
        return min(found, default=None)

    def _pending(self) -> int:
        """How many last characters may be the white space before a mark, or its beginning."""
        held = next(
            size
            for size in range(min(len(self._rest), max(map(len, MARKS)) - 1), -1, -1)
            if any(mark.startswith(self._rest[len(self._rest) - size :]) for mark in MARKS)
        )
        before = self._rest[: len(self._rest) - held]
        return held + len(before) - len(before.rstrip())

    def _give(self, text: str) -> Iterator[tuple[Channel, str]]:
        if self._channel not in self._begun:
            text = text.lstrip()
        if text:
            self._begun.add(self._channel)
            yield self._channel, text
