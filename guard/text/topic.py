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

import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from guard.text.listing import ListFault, Series, Table, read_list, read_rows, read_yaml

NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")
"""What a topic may be called: its name ends a label."""


def is_readable(text: str) -> bool:
    """Whether a text holds more than marks: a letter, a digit or a sign such as an emoji."""
    return any(char.isalnum() or unicodedata.category(char) == "So" for char in text)


def read(path: Path) -> dict[str, list[str]]:
    """The topics in a file, by its suffix: `.csv`, or else YAML, each with at least one example.

    Raises `InputError` naming the file and the line: for what is not in one of these forms, a topic named
    twice or with no name for a label, a topic without examples, and an example that is empty or no text.
    """
    return read_list(path, _from_csv if path.suffix.lower() == ".csv" else _from_yaml)


def _from_csv(text: str) -> dict[str, list[str]]:
    topics: dict[str, list[str]] = {}
    for line, given in read_rows(text, _check_header):
        name = _name(given.get("topic", ""), line)
        topics.setdefault(name, []).append(_example(given.get("text", ""), line))
    return _some(topics)


def _check_header(names: Sequence[str]) -> None:
    if sorted(names) != ["text", "topic"]:
        raise ListFault("the header of a list of topics in CSV must be 'topic,text'", 1)


def _from_yaml(text: str) -> dict[str, list[str]]:
    data = read_yaml(text)
    if data is None:
        return _some({})
    if not isinstance(data, Table):
        raise ListFault("a list of topics must map each topic's name to a list of examples", 1)
    topics: dict[str, list[str]] = {}
    for key, examples in data.items():
        name, line = _name(key, data.lines[key]), data.lines[key]
        if not isinstance(examples, Series) or not examples:
            raise ListFault(f"topic {name!r} has no list of examples", line)
        topics[name] = [_example(item, line) for item, line in zip(examples, examples.lines, strict=True)]
    return _some(topics)


def _name(name: Any, line: int) -> str:
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise ListFault(
            "a topic's name must begin with a small letter and go on with those, digits, _ and .", line
        )
    return name


def _example(text: Any, line: int) -> str:
    if not isinstance(text, str) or not text.strip():
        raise ListFault("an example must be a text; put quotes around numbers and yes, no, on, off", line)
    if not is_readable(text):
        raise ListFault("an example holds nothing but marks; write what people say", line)
    return text.strip()


def _some(topics: dict[str, list[str]]) -> dict[str, list[str]]:
    if not topics:
        raise ListFault("there is no topic in it")
    return topics
