"""Reads a table with a header, row by row, and says which columns it took for what."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import IO, Any

from guard.audit import day, shape
from guard.audit.shape import ShapeError
from guard.audit.unread import shown

HEADERS = (
    *shape.PROMPTS, *shape.RESPONSES, *shape.MESSAGES, *shape.HISTORY,
    "request", "request_body", "response_body",
)  # fmt: skip
"""The columns one of which a table must have."""

KNOWN = frozenset((
    *HEADERS, *shape.REASONING, *shape.CALLS, *shape.SOURCES, *shape.SAMPLES, *shape.SYSTEM,
    *shape.METADATA, *shape.IDS, *day.NAMES,
))  # fmt: skip
"""The columns that are read."""

MEASURES = {"tokens", "token", "time", "id", "ms", "seconds", "length", "count", "cost", "code", "status"}
"""Words that make a column a figure about a text and not the text: `prompt_tokens`."""

NO_TEXTS = (
    "the header names no column for prompts, responses or messages, so no row was read; "
    "name the columns 'prompt' and 'response' ('提问' and '回答'), or 'messages'"
)

LONGEST_CELL = 1 << 26
"""Characters; beyond that a quotation mark was surely left open."""


def read_table(
    stream: IO[bytes], encoding: str, *, tabs: bool = False
) -> Iterator[tuple[int, dict[str, str] | ShapeError | str]]:
    """Each row as `(line, row)`: a mapping, a fault of that row, or a remark on the whole table."""
    codec = "utf-8-sig" if encoding == "utf-8" else encoding
    csv.field_size_limit(LONGEST_CELL)
    with io.TextIOWrapper(stream, encoding=codec, errors="surrogateescape", newline="") as text:
        first = text.readline()
        if not first.strip():
            yield 1, ShapeError("the table has no header")
            return
        mark = "\t" if tabs else _delimiter(first)
        lines = _Lines(chain((first,), text))
        rows = csv.reader(lines, delimiter=mark, strict=True)
        try:
            header, remarks = columns(next(rows))
        except csv.Error as error:
            yield 1, ShapeError(lines.fault(error))
            return
        if not set(header) & set(HEADERS):
            yield 1, ShapeError(NO_TEXTS)
            return
        yield from ((1, remark) for remark in remarks)
        yield from _rows(rows, lines, header)


class _Lines:
    """The lines of a table; it knows in which line of a row a quotation mark was opened last."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._number = 0
        self._ended = False
        self.begin()

    def begin(self) -> int:
        """Says that a row begins with the next line; its number."""
        self._begun = self._opened = self._number + 1
        self._open = False
        return self._begun

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        try:
            line = next(self._lines)
        except StopIteration:
            self._ended = True
            raise
        self._number += 1
        marks = line.replace('""', "").count('"')
        self._open ^= marks % 2 == 1
        if marks and self._open:
            self._opened = self._number
        return line

    def fault(self, error: csv.Error) -> str:
        """What is wrong with the row that was read last."""
        if self._ended:
            return (
                f"the quotation mark opened in line {self._opened} is never closed; "
                "nothing from there on was read"
            )
        if "limit" in str(error):
            return f"a cell of more than {LONGEST_CELL:,} characters; is a quotation mark left open?"
        lines = f"; nothing from here to line {self._number} was read" if self._number > self._begun else ""
        return f"text after a closing quotation mark; inside a cell write it twice{lines}"


def _rows(rows: Any, lines: _Lines, header: list[str]) -> Iterator[tuple[int, dict[str, str] | ShapeError]]:
    while True:
        line = lines.begin()
        try:
            cells = next(rows, None)
        except csv.Error as error:
            yield line, ShapeError(lines.fault(error))
            continue
        if cells is None:
            return
        if any(cells):
            yield line, _row(header, cells)


def _row(header: list[str], cells: list[str]) -> dict[str, str] | ShapeError:
    if len(cells) > len(header):
        return ShapeError(f"{len(cells)} cells under {len(header)} columns")
    if any("\0" in cell for cell in cells):
        return ShapeError("holds a NUL byte")
    if any("\udc80" <= char <= "\udcff" for cell in cells if not cell.isascii() for char in cell):
        return ShapeError("not in the encoding of the rest of the table")
    return {name: cell for name, cell in zip(header, cells, strict=False) if name in KNOWN and cell}


def _delimiter(header: str) -> str:
    """The comma, unless the header shows that the spreadsheet wrote semicolons or tabs."""
    return max(",;\t", key=lambda mark: (header.count(mark), mark == ","))


def columns(cells: list[str]) -> tuple[list[str], list[str]]:
    """The name under which each column is read, and remarks on those read under another or not at all.

    >>> columns(["ID", "User Prompt", "Bot response", "prompt_tokens"])[0]
    ['id', 'prompt', 'response', 'prompt_tokens']
    """
    plain = [cell.strip().lower().replace(" ", "_").replace("-", "_") for cell in cells]
    names: list[str] = []
    remarks: list[str] = []
    unread: list[str] = []
    for written, cell in zip(map(str.strip, cells), plain, strict=True):
        name = cell if cell in KNOWN else _near(cell)
        if name != cell and (name in plain or name in names):
            name = cell
        if name != cell:
            remarks.append(f"column {shown(written)} was read as {name!r}")
        again = " again" if name in names else ""
        names.append(name + again)
        if names[-1] not in KNOWN and name:
            unread.append(shown(written + again))
    if unread:
        remarks.append(f"columns that were not read: {', '.join(unread)}")
    return names, remarks


def _near(cell: str) -> str:
    """The known name of a text that stands in a column's name, such as `response` in `bot_response`."""
    words = cell.split("_")
    if MEASURES.isdisjoint(words):
        for name in HEADERS:
            if name in words and name != "text":
                return name
    return cell
