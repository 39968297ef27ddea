"""Reads transcripts record by record: JSON lines, JSON lists and CSV, plain or gzipped.

A line that cannot be read is yielded as a `BrokenLine`, and reading goes on. Only one line is held in
memory at a time; a JSON list, which has no lines, is held whole.
"""

from __future__ import annotations

import datetime
import gzip
import hashlib
import json
import os
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from guard.audit.day import day_of
from guard.audit.shape import ShapeError, exchanges
from guard.audit.table import IDS, read_table
from guard.errors import InputError
from guard.types import Exchange

LINES = (".jsonl", ".ndjson", ".json")
TABLES = (".csv", ".tsv")


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
class Remark:
    """Something about a whole file that its reader should know, such as a guessed encoding."""

    file: str
    text: str


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
    for each in paths:
        yield from read_file(survey(each))


def find(paths: Iterable[Path], *, besides: Path | None = None) -> tuple[list[Path], list[Remark]]:
    """The files to be read, each once, and remarks on those passed over.

    Raises `InputError` for a path that does not exist or holds no transcript.
    """
    files: dict[Path, Path] = {}
    remarks: list[Remark] = []
    for path in paths:
        if path.is_dir():
            known, others = _walk(path, besides)
            if others:
                remarks.append(Remark(str(path), f"{others} file(s) of other kinds were passed over"))
            if not known:
                raise InputError(f"{path}: no transcripts in this folder (.jsonl, .json, .csv, also .gz)")
        elif not path.exists():
            raise InputError(f"{path}: no such file or directory")
        elif not path.is_file() or not _kind(path):
            raise InputError(f"{path}: not a transcript (.jsonl, .ndjson, .json, .csv, .tsv, also .gz)")
        else:
            known = [path]
        for file in known:
            files.setdefault(file.resolve(), file)
    return list(files.values()), remarks


def _walk(folder: Path, besides: Path | None) -> tuple[list[Path], int]:
    """The transcripts under a folder in order of their names, and how many other files stand there."""
    known: list[Path] = []
    others = 0
    for place, folders, names in os.walk(folder):
        here = Path(place)
        folders[:] = sorted(name for name in folders if not _left_out(here / name, besides))
        for name in sorted(name for name in names if not name.startswith(".")):
            if _kind(here / name) and (here / name).is_file():
                known.append(here / name)
            else:
                others += 1
    return known, others


def _left_out(folder: Path, besides: Path | None) -> bool:
    return folder.name.startswith(".") or (besides is not None and folder.resolve() == besides.resolve())


def _kind(path: Path) -> str:
    """The ending that says how to read a file, or '' for a file of another kind."""
    name = path.name.lower().removesuffix(".gz")
    return next((ending for ending in LINES + TABLES if name.endswith(ending)), "")


def survey(path: Path) -> InputFile:
    """Hashes a file, counts its lines and settles its encoding; raises `InputError` if it cannot."""
    digest, size = hashlib.sha256(), 0
    try:
        with path.open("rb") as raw:
            while block := raw.read(1 << 20):
                digest.update(block)
                size += len(block)
        lines, encoding = _count(path)
    except OSError as error:
        raise InputError(f"{path}: {(error.strerror or 'cannot be read').lower()}") from error
    return InputFile(path, digest.hexdigest(), size, lines, encoding)


def _count(path: Path) -> tuple[int, str]:
    """How many lines there are, and whether a table is UTF-8 or GB18030.

    A table counts as GB18030 when more of its lines are not UTF-8 than are UTF-8 beyond ASCII, and
    all of it is valid GB18030: Chinese spreadsheets still save their tables so.
    """
    lines, utf8, other, chinese = 0, 0, 0, _kind(path) in TABLES
    try:
        with _open(path) as stream:
            for line in stream:
                lines += 1
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
    if file.encoding != "utf-8":
        yield Remark(name, f"not UTF-8; read as {file.encoding.upper()}")
    try:
        with _open(file.path) as stream:
            for item in _items(stream, file):
                if not isinstance(item, Remark):
                    line = item.line
                yield item
    except (EOFError, gzip.BadGzipFile, zlib.error):
        yield BrokenLine(name, line + 1, "the compressed file is damaged from here on")
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        yield BrokenLine(name, line + 1, f"{reason}; nothing was read from here on")


def _items(stream: IO[bytes], file: InputFile) -> Iterator[Record | BrokenLine | Remark]:
    if _kind(file.path) in TABLES:
        return _rows(stream, file)
    if _kind(file.path) == ".json" and _starts_list(file.path):
        return _list(stream, str(file.path))
    return _lines(stream, str(file.path))


def _starts_list(path: Path) -> bool:
    with _open(path) as stream:
        return stream.read(64).removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"["


def _lines(stream: IO[bytes], name: str) -> Iterator[Record | BrokenLine]:
    for number, raw in enumerate(stream, 1):
        line = raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw
        if not line.strip():
            continue
        try:
            yield from _records(_json(line), name, number)
        except ShapeError as error:
            yield BrokenLine(name, number, str(error))


def _json(line: bytes) -> Any:
    if b"\0" in line:
        raise ShapeError("holds a NUL byte")
    try:
        return json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ShapeError(f"not UTF-8 (byte {error.start + 1})") from None
    except json.JSONDecodeError as error:
        raise ShapeError(f"not JSON (column {error.colno}): {error.msg}") from None
    except (ValueError, RecursionError):
        raise ShapeError("not JSON that can be read: a number or a nesting beyond all bounds") from None


def _list(stream: IO[bytes], name: str) -> Iterator[Record | BrokenLine]:
    """The items of a JSON list, each under the line on which it begins."""
    try:
        text = stream.read().removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        yield BrokenLine(name, 1, f"not UTF-8 (byte {error.start + 1})")
        return
    decoder, place, line = json.JSONDecoder(), text.index("[") + 1, 1
    line += text.count("\n", 0, place)
    while True:
        start = _skip(text, place)
        line += text.count("\n", place, start)
        if text[start : start + 1] == "]":
            return
        try:
            item, place = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            yield BrokenLine(name, line, "not JSON from here on; the rest of the list was not read")
            return
        try:
            yield from _records(item, name, line)
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
    for line, row in read_table(stream, file.encoding, tabs=_kind(file.path) == ".tsv"):
        if isinstance(row, str):
            yield Remark(name, row)
            continue
        try:
            if isinstance(row, ShapeError):
                raise row
            yield from _records(row, name, line)
        except ShapeError as error:
            yield BrokenLine(name, line, str(error))


def _records(raw: Any, name: str, line: int) -> Iterator[Record]:
    """The record of a line; several where the model gave several answers."""
    found = exchanges(raw)
    day = day_of(raw)
    own = next((str(raw[key]) for key in IDS if isinstance(raw.get(key), str | int) and raw[key] != ""), "")
    for number, exchange in enumerate(found, 1):
        id = own or f"{Path(name).name}:{line}"
        yield Record(f"{id}#{number}" if len(found) > 1 else id, name, line, day, exchange)
