"""Reads a table with a header, row by row, and says which columns it took for what."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import IO, Any

from guard.audit import day, shape
from guard.audit.shape import ShapeError

IDS = ("id", "custom_id", "request_id", "log_id", "trace_id", "record_id", "编号", "序号")
"""The fields that may name a record, in order of preference."""

TEXTS = (*shape.PROMPTS, *shape.RESPONSES, *shape.MESSAGES, "request", "request_body", "response_body")
KNOWN = frozenset((*TEXTS, *shape.SOURCES, *shape.METADATA, *IDS, *day.NAMES, "system"))

MEASURES = {"tokens", "token", "time", "id", "ms", "seconds", "length", "count", "cost", "code", "status"}
"""Words that make a column a figure about a text and not the text: `prompt_tokens`."""

NO_TEXTS = "the header names no column for prompts, responses or messages, so no row was read"

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
        try:
            header, remarks = columns(next(csv.reader([first], delimiter=mark)))
        except csv.Error:
            header, remarks = [], []
        if not set(header) & set(TEXTS):
            yield 1, ShapeError(NO_TEXTS)
            return
        yield from ((1, remark) for remark in remarks)
        yield from _rows(csv.reader(text, delimiter=mark), header)


def _rows(rows: Any, header: list[str]) -> Iterator[tuple[int, dict[str, str] | ShapeError]]:
    line = 2
    while True:
        try:
            cells = next(rows, None)
            if cells is None:
                return
            if any(cells):
                yield line, _row(header, cells)
        except csv.Error as error:
            yield line, ShapeError(f"not CSV: {error}")
        line = rows.line_num + 2


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
    for cell in plain:
        name = cell if cell in KNOWN else _near(cell)
        if name != cell and (name in plain or name in names):
            name = cell
        if name != cell:
            remarks.append(f"column {cell!r} was read as {name!r}")
        names.append(name if name not in names else f"{name} again")
    unread = [repr(name) for name in names if name not in KNOWN and name]
    if unread:
        remarks.append(f"columns that were not read: {', '.join(unread)}")
    return names, remarks


def _near(cell: str) -> str:
    """The known name of a text that stands in a column's name, such as `response` in `bot_response`."""
    words = cell.split("_")
    if MEASURES.isdisjoint(words):
        for name in TEXTS:
            if name in words and name != "text":
                return name
    return cell
