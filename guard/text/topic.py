"""Reads lists of topics: names, each with example texts, from YAML and CSV files.

A YAML file maps each topic's name to its examples; a CSV file has a header with `topic` and `text` and an
example per row:

    investment:
      - Which shares should I buy?
      - 现在买哪只基金好？
    competitors:
      - Is the Pixel better than your phone?
"""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import yaml

from guard.errors import InputError

NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")
"""What a topic may be called: its name ends a label."""


def read(path: Path) -> dict[str, list[str]]:
    """The topics in a file, by its suffix: `.csv`, or else YAML, each with at least one example.

    Raises `InputError` naming the file and the line: for what is not in one of these forms, a topic named
    twice or with no name for a label, a topic without examples, and an example that is empty or no text.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"cannot read {str(path)!r}: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 at byte {error.start}") from None
    try:
        return _from_csv(text) if path.suffix.lower() == ".csv" else _from_yaml(text)
    except _Fault as fault:
        raise InputError(f"{path}:{fault.line}: {fault}" if fault.line else f"{path}: {fault}") from None


class _Fault(Exception):
    """What is wrong with a list, and in which line if that is known."""

    def __init__(self, message: str, line: int = 0) -> None:
        self.line = line
        super().__init__(message)


def _from_csv(text: str) -> dict[str, list[str]]:
    rows = csv.reader(io.StringIO(text, newline=""))
    header = [name.strip() for name in next(rows, [])]
    if sorted(header) != ["text", "topic"]:
        raise _Fault("the header of a list of topics in CSV must be 'topic,text'", 1)
    topics: dict[str, list[str]] = {}
    try:
        for row in rows:
            if any(cell.strip() for cell in row):
                given = dict(zip(header, row, strict=False))
                name = _name(given.get("topic", "").strip(), rows.line_num)
                topics.setdefault(name, []).append(_example(given.get("text", ""), rows.line_num))
    except csv.Error as error:
        raise _Fault(str(error), rows.line_num) from None
    return _some(topics)


def _from_yaml(text: str) -> dict[str, list[str]]:
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise _Fault(f"not YAML: {error.problem}", line) from None
    except yaml.YAMLError as error:
        raise _Fault(f"not YAML: {getattr(error, 'reason', 'it cannot be read')}") from None
    if root is not None and not isinstance(root, yaml.MappingNode):
        raise _Fault("a list of topics must map each topic's name to a list of examples", _line(root))
    topics: dict[str, list[str]] = {}
    for key, value in root.value if root is not None else ():
        name = _name(_text(key), _line(key))
        if name in topics:
            raise _Fault(f"topic {name!r} stands here twice", _line(key))
        if not isinstance(value, yaml.SequenceNode) or not value.value:
            raise _Fault(f"topic {name!r} has no list of examples", _line(value))
        topics[name] = [_example(_text(item), _line(item)) for item in value.value]
    return _some(topics)


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _text(node: yaml.Node) -> str:
    """The text that a node holds, or nothing where it holds anything else."""
    is_text = isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:str"
    return str(node.value) if is_text else ""


def _name(name: str, line: int) -> str:
    if not NAME.fullmatch(name):
        raise _Fault(
            "a topic's name must begin with a small letter and go on with those, digits, _ and .", line
        )
    return name


def _example(text: str, line: int) -> str:
    if not text.strip():
        raise _Fault("an example must be a text; put quotes around numbers and yes, no, on, off", line)
    return text.strip()


def _some(topics: dict[str, list[str]]) -> dict[str, list[str]]:
    if not topics:
        raise _Fault("there is no topic in it")
    return topics
