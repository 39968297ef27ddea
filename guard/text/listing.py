"""Files of words and topics: CSV rows and YAML values of which nothing is lost, faults with their lines."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml

from guard.errors import InputError
from guard.text.surrogate import HALF, join
from guard.text.utf8 import foreign

T = TypeVar("T")


class ListFault(Exception):
    """What is wrong with a list, and in which line if that is known."""

    def __init__(self, message: str, line: int = 0) -> None:
        self.line = line
        super().__init__(message)


def read_list(path: Path, parse: Callable[[str], T]) -> T:
    """What a list's text means; raises `InputError` naming the file and, where there is one, the line."""
    try:
        return parse(_decode(path.read_bytes()))
    except OSError as error:
        raise InputError(f"cannot read {str(path)!r}: {error.strerror or error}") from None
    except ListFault as fault:
        raise InputError(f"{path}:{fault.line}: {fault}" if fault.line else f"{path}: {fault}") from None
    except RecursionError:
        raise InputError(f"{path}: nested too deep") from None


def _decode(data: bytes) -> str:
    if fault := foreign(data):
        raise ListFault(fault)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ListFault("not UTF-8 from here on; save the file as UTF-8", line) from None


def read_rows(text: str, check: Callable[[Sequence[str]], None]) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a CSV table under the names of its header, each with its line; empty ones are left out.

    `check` raises `ListFault` for a header that will not do. So does a cell under no name, and a quotation
    mark that is never closed.
    """
    rows, line = csv.reader(io.StringIO(text, newline=""), strict=True), 1
    try:
        header = [name.strip() for name in next(rows, [])]
        check(header)
        line = rows.line_num + 1
        for row in rows:
            cells = _trimmed(row)
            if len(cells) > len(header):
                message = f"{len(cells)} cells under {len(header)} names; put a text with a comma in quotes"
                raise ListFault(message, line)
            if cells:
                yield line, dict(zip(header, cells, strict=False))
            line = rows.line_num + 1
    except csv.Error as error:
        raise ListFault(_CSV_FAULTS.get(str(error), str(error)), line) from None


_CSV_FAULTS = {
    "unexpected end of data": "a quotation mark that is opened here is never closed",
    "',' expected after '\"'": "text after a closing quotation mark; inside a cell write the mark twice",
}


def _trimmed(row: list[str]) -> list[str]:
    """The cells up to the last that holds a text, without the blanks around them."""
    cells = [cell.strip() for cell in row]
    while cells and not cells[-1]:
        cells.pop()
    return cells


class Table(dict[Any, Any]):
    """A YAML mapping, and the line of each of its keys."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[Any, int] = {}


class Series(list[Any]):
    """A YAML list, and the line of each of its items."""

    def __init__(self, items: Sequence[Any], lines: Sequence[int]) -> None:
        super().__init__(items)
        self.lines = lines


_HALF = re.compile(r"\\u[dD][89a-fA-F]")
"""How JSON writes one of the two halves of a character; the faster loader refuses them."""


def read_yaml(text: str) -> Any:
    """What YAML text means, its mappings as `Table`, its lists as `Series`; None if it says nothing.

    Raises `ListFault` for what is not YAML, a key that stands twice in a mapping, half a character, and a
    number or date that cannot be.
    """
    fast = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        loader = yaml.SafeLoader(text) if _HALF.search(text) else fast(text)
        root = loader.get_single_node()
        return None if root is None else _Reader(loader).value(root)
    except yaml.MarkedYAMLError as error:
        line = min(error.problem_mark.line, text.count("\n")) + 1 if error.problem_mark else 0
        raise ListFault(f"not YAML: {error.problem}", line) from None
    except yaml.YAMLError as error:
        raise ListFault(f"not YAML: {getattr(error, 'reason', 'it cannot be read')}") from None


class _Reader:
    """Makes values of nodes; what aliases name is made once."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader
        self._made: dict[int, Any] = {}

    def value(self, node: yaml.Node) -> Any:
        if id(node) not in self._made:
            self._made[id(node)] = self._make(node)
        return self._made[id(node)]

    def _make(self, node: yaml.Node) -> Any:
        if isinstance(node, yaml.MappingNode):
            return self._table(node)
        if isinstance(node, yaml.SequenceNode):
            return Series([self.value(item) for item in node.value], [_line(item) for item in node.value])
        try:
            made = self._loader.construct_object(node)
            return join(made) if isinstance(made, str) else made
        except UnicodeDecodeError:
            raise ListFault(HALF, _line(node)) from None
        except (ValueError, KeyError):
            message = f"{node.value:.60} is no number, date or truth that can be; put a text in quotes"
            raise ListFault(message, _line(node)) from None

    def _table(self, node: yaml.MappingNode) -> Table:
        _refuse_repeated(node)
        self._loader.flatten_mapping(node)
        made = Table(_line(node))
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise ListFault("a key must be a text", _line(key))
            name = self.value(key)
            made[name], made.lines[name] = self.value(value), _line(key)
        return made


def _refuse_repeated(node: yaml.MappingNode) -> None:
    first: dict[str, int] = {}
    for key, _ in node.value:
        name = str(key.value)
        if name in first:
            raise ListFault(
                f"the key {name!r} stands here a second time; first on line {first[name]}", _line(key)
            )
        first[name] = _line(key)


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
