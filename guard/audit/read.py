"""Reads transcripts record by record: JSON lines, JSON lists and CSV, plain or gzipped.

A line that cannot be read is yielded as a `BrokenLine`, and reading goes on. Only one line is held in
memory at a time; a JSON list, which has no lines, is held whole.
"""

from __future__ import annotations

import codecs
import datetime
import gzip
import hashlib
import io
import json
import zlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from guard.audit.day import day_of
from guard.audit.find import TABLES, Remark, Unreadable, fault_of, find, kind
from guard.audit.shape import IDS, ShapeError, exchanges
from guard.audit.table import read_table
from guard.audit.unread import Unread
from guard.errors import InputError
from guard.types import Exchange

UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Record:
    """One exchange of a transcript and where it stands: `line` counts from 1, `day` may be unknown."""

    id: str
    file: str
    line: int
    day: datetime.date | None
    exchange: Exchange


@dataclass(frozen=True, slots=True)
class BrokenLine:
    """A line that could not be read, and why; the reason quotes none of it."""

    file: str
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file to be read: the hash of its bytes, how many lines it has, and its encoding."""

    path: Path
    sha256: str
    bytes: int
    lines: int
    encoding: str = "utf-8"


def read(path: Path, *, besides: Path | None = None) -> Iterator[Record | BrokenLine | Remark]:
    """What a file, or a folder and all folders in it, holds, in order.

    `besides` is a folder to leave out. Raises `InputError` when nothing is there to be read.
    """
    paths, remarks = find([path], besides=besides)
    yield from remarks
    for each in survey_all(paths, [path]):
        if isinstance(each, Unreadable):
            yield each
        else:
            yield from read_file(each)


def survey_all(paths: Iterable[Path], named: Collection[Path]) -> Iterator[InputFile | Unreadable]:
    """Surveys some files, and says which cannot be read; raises `InputError` for one that was `named`."""
    for path in paths:
        try:
            yield survey(path)
        except OSError as error:
            if path in named:
                raise InputError(f"{path}: {fault_of(error)}") from error
            yield Unreadable(str(path), fault_of(error))


def survey(path: Path) -> InputFile:
    """Hashes a file, counts its lines and settles its encoding; raises `OSError` if it cannot."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as raw:
        while block := raw.read(1 << 20):
            digest.update(block)
            size += len(block)
    lines, encoding = _count(path)
    return InputFile(path, digest.hexdigest(), size, lines, encoding)


def _count(path: Path) -> tuple[int, str]:
    """How many lines there are, and whether the file is UTF-8, UTF-16 by its first bytes, or GB18030.

    A table counts as GB18030 when more of its lines are not UTF-8 than are UTF-8 beyond ASCII, and
    all of it is valid GB18030: Chinese spreadsheets still save their tables so.
    """
    lines, utf8, other, chinese = 0, 0, 0, kind(path) in TABLES
    try:
        with _open(path) as stream:
            for line in stream:
                lines += 1
                if lines == 1 and line.startswith(UTF_16):
                    return 1, "utf-16"
                if not line.isascii():
                    valid = _is(line, "utf-8")
                    utf8, other = utf8 + valid, other + (not valid)
                    chinese = chinese and (valid or _is(line, "gb18030"))
    except (EOFError, gzip.BadGzipFile, zlib.error):
        pass  # said when the damaged stretch is read
    return lines, "gb18030" if chinese and other > utf8 else "utf-8"


def _is(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _open(path: Path) -> IO[bytes]:
    return gzip.open(path) if path.name.lower().endswith(".gz") else path.open("rb")  # type: ignore[return-value]


def read_file(file: InputFile) -> Iterator[Record | BrokenLine | Remark]:
    """The records and broken lines of one file."""
    name, line = str(file.path), 0
    if not file.bytes:
        yield Remark(name, "the file is empty")
        return
    if file.encoding == "utf-16":
        yield BrokenLine(name, 1, "saved as UTF-16; save it as UTF-8")
        return
    if file.encoding != "utf-8":
        yield Remark(name, f"not UTF-8; read as {file.encoding.upper()}")
    try:
        with _open(file.path) as stream:
            for item in _items(stream, file):
                if not isinstance(item, Remark):
                    line = item.line
                yield item
    except (EOFError, gzip.BadGzipFile, zlib.error):
        reason = "the compressed file is damaged from here on"
        if not _is_gzip(file.path):
            reason = "not a gzip file; if it is not compressed, take .gz off its name"
        yield BrokenLine(name, line + 1, reason)
    except OSError as error:
        yield BrokenLine(name, line + 1, f"{fault_of(error)}; nothing was read from here on")


def _is_gzip(path: Path) -> bool:
    with path.open("rb") as raw:
        return raw.read(2) == GZIP


def _items(stream: IO[bytes], file: InputFile) -> Iterator[Record | BrokenLine | Remark]:
    name, unread = str(file.path), Unread()
    if kind(file.path) in TABLES:
        return _rows(stream, file)
    if kind(file.path) == ".json":
        with _open(file.path) as begin:
            first = next((start for line in begin if (start := _without_mark(line).strip())), b"")
        if first[:1] == b"[":
            return _list(stream, name, unread)
        if first[:1] == b"{" and not _is_json(first):
            return _whole(stream, name, unread)
    return _lines(stream, name, unread)


def _without_mark(raw: bytes) -> bytes:
    return raw.removeprefix(codecs.BOM_UTF8)


def _is_json(raw: bytes) -> bool:
    try:
        _json(raw)
    except ShapeError:
        return False
    return True


def _whole(stream: IO[bytes], name: str, unread: Unread) -> Iterator[Record | BrokenLine | Remark]:
    """The one record of a file, or its lines where more of them begin a record of their own."""
    content = _without_mark(stream.read())
    if not _is_json(content) and b"\n{" in content:
        yield from _lines(io.BytesIO(content), name, unread)
    else:
        yield from _line(content, name, 1, unread)


def _lines(stream: Iterable[bytes], name: str, unread: Unread) -> Iterator[Record | BrokenLine | Remark]:
    for number, raw in enumerate(stream, 1):
        line = _without_mark(raw) if number == 1 else raw
        if line.strip():
            yield from _line(line, name, number, unread)


def _line(raw: bytes, name: str, number: int, unread: Unread) -> Iterator[Record | BrokenLine | Remark]:
    try:
        yield from _records(_json(raw.rstrip(b"\r\n")), name, number, unread)
    except ShapeError as error:
        yield BrokenLine(name, number, str(error))


def _json(raw: bytes) -> Any:
    if b"\0" in raw:
        raise ShapeError("holds a NUL byte")
    try:
        return json.loads(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ShapeError(f"not UTF-8 (byte {error.start + 1})") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}" if b"\n" in raw else f"column {error.colno}"
        raise ShapeError(f"not JSON ({place}): {error.msg}") from None
    except (ValueError, RecursionError):
        raise ShapeError("not JSON that can be read: a number or a nesting beyond all bounds") from None


def _list(stream: IO[bytes], name: str, unread: Unread) -> Iterator[Record | BrokenLine | Remark]:
    """The items of a JSON list, or of several one after the other, each under the line on which it begins."""
    try:
        text = _without_mark(stream.read()).decode("utf-8")
    except UnicodeDecodeError as error:
        yield BrokenLine(name, 1, f"not UTF-8 (byte {error.start + 1})")
        return
    decoder, place, line = json.JSONDecoder(), text.index("[") + 1, 1
    line += text.count("\n", 0, place)
    while True:
        start = _skip(text, place)
        line += text.count("\n", place, start)
        if text[start : start + 1] == "]":
            place = _skip(text, start + 1)
            line += text.count("\n", start, place)
            if text[place : place + 1] == "[":
                place += 1
                continue
            if place < len(text):
                yield BrokenLine(name, line, "more follows the end of the list; it was not read")
            return
        try:
            item, place = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            yield BrokenLine(name, line, "not JSON from here on; the rest of the list was not read")
            return
        try:
            yield from _records(item, name, line, unread)
        except ShapeError as error:
            yield BrokenLine(name, line, str(error))
        line += text.count("\n", start, place)


def _skip(text: str, place: int) -> int:
    """The first place from here on that is neither white space nor a comma."""
    while place < len(text) and text[place] in " \t\r\n,":
        place += 1
    return place


def _rows(stream: IO[bytes], file: InputFile) -> Iterator[Record | BrokenLine | Remark]:
    name = str(file.path)
    for line, row in read_table(stream, file.encoding, tabs=kind(file.path) == ".tsv"):
        if isinstance(row, str):
            yield Remark(name, row)
            continue
        try:
            if isinstance(row, ShapeError):
                raise row
            yield from _records(row, name, line)
        except ShapeError as error:
            yield BrokenLine(name, line, str(error))


def _records(raw: Any, name: str, line: int, unread: Unread | None = None) -> Iterator[Record | Remark]:
    """The record of a line, several where there are several answers, after a remark on unread fields."""
    found = exchanges(raw)
    if unread is not None and (text := unread.remark(raw, found)):
        yield Remark(name, text)
    day = day_of(raw)
    own = next((str(raw[key]) for key in IDS if isinstance(raw.get(key), str | int) and raw[key] != ""), "")
    for number, exchange in enumerate(found, 1):
        id = own or f"{Path(name).name}:{line}"
        yield Record(f"{id}#{number}" if len(found) > 1 else id, name, line, day, exchange)
