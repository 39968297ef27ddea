"""Word lists: reads them from text, CSV and YAML files into entries.

A text file holds a word per line; lines that begin with `#` are comments. A CSV file has a header with
`word` and any of `category`, `severity`, `language`, `whole_words`, `disguises`, `needs_context`. A YAML file
is a list of words or of mappings with those keys, or a mapping:

    lists:
      - category: insult        # these keys hold for all words of the list
        language: zh
        severity: high          # low, medium, high, or a number from 0 to 1
        disguises: [pinyin]     # ways of writing to look for, beyond those of the filter
        words:
          - 傻子
          - {word: 草包, severity: low}
          - {word: 去死, needs_context: true}   # counts as far as the text around it is judged harmful
    allow: [傻子瓜子]            # longer words that are innocent
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from guard.errors import InputError, suggest

SEVERITIES = {"low": 0.5, "medium": 0.8, "high": 1.0}
VARIANTS = ("pinyin", "initials", "split", "homophones")
"""Ways of writing a Chinese word that are looked for only where a list asks."""

KEYS = ("word", "category", "severity", "language", "whole_words", "disguises", "needs_context")
"""What a list may say of a word."""
_FLAGS = ("whole_words", "needs_context")
_TRUTH = {"true": True, "yes": True, "false": False, "no": False}
_CATEGORY = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")


@dataclass(frozen=True, slots=True)
class Entry:
    """One word of a list and how to look for it.

    `whole_words` and `needs_context` of `None` leave the choice to the filter. `line` is its line in a text
    or CSV file, else its place in the list, counted from 1.
    """

    word: str
    category: str = "match"
    severity: float = 1.0
    language: str = ""
    whole_words: bool | None = None
    variants: frozenset[str] = frozenset()
    line: int = 0
    needs_context: bool | None = None
    """Whether the word means harm only where a model judges the text around it harmful."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Words to find, and longer innocent words that hold some of them."""

    entries: tuple[Entry, ...]
    allow: tuple[str, ...] = ()


def read(path: Path) -> Lexicon:
    """The word list in a file, by its suffix: `.csv`, `.yaml` or `.yml`; anything else is plain text.

    Raises `InputError` naming the file and, where there is one, the line.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"cannot read {str(path)!r}: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 at byte {error.start}") from None
    suffix = path.suffix.lower()
    try:
        if suffix == ".csv":
            return Lexicon(tuple(_from_csv(text)))
        if suffix in (".yaml", ".yml"):
            return _from_yaml(text)
        return Lexicon(tuple(_from_lines(text)))
    except _Fault as fault:
        raise InputError(f"{path}:{fault}" if fault.line else f"{path}: {fault}") from None


class _Fault(Exception):
    """What is wrong with a list, and in which line if that is known."""

    def __init__(self, message: str, line: int = 0) -> None:
        self.line = line
        super().__init__(f"{line}: {message}" if line else message)


def _from_lines(text: str) -> Iterator[Entry]:
    for number, line in enumerate(text.splitlines(), 1):
        word = line.strip()
        if word and not word.startswith("#"):
            yield Entry(word, line=number)


def _from_csv(text: str) -> Iterator[Entry]:
    rows = csv.reader(io.StringIO(text, newline=""))
    header = [name.strip() for name in next(rows, [])]
    if "word" not in header:
        raise _Fault("the header of a word list in CSV must name a column 'word'", 1)
    _check_keys(header, 1)
    try:
        for row in rows:
            if any(cell.strip() for cell in row):
                given = {name: cell.strip() for name, cell in zip(header, row, strict=False) if cell.strip()}
                yield _entry(_from_cells(given), {}, rows.line_num)
    except csv.Error as error:
        raise _Fault(str(error), rows.line_num) from None


def _from_cells(given: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = dict(given)
    if "disguises" in values:
        values["disguises"] = given["disguises"].replace(",", " ").split()
    for name in _FLAGS:
        if name in values:
            values[name] = _TRUTH.get(given[name].lower(), given[name])
    return values


def _from_yaml(text: str) -> Lexicon:
    try:
        data = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise _Fault(f"not YAML: {error.problem}", line) from None
    except yaml.YAMLError as error:
        raise _Fault(f"not YAML: {getattr(error, 'reason', 'it cannot be read')}") from None
    if isinstance(data, list):
        return Lexicon(tuple(_entries({"words": data})))
    if not isinstance(data, Mapping):
        raise _Fault("a word list must be a list of words, or a mapping with 'lists'")
    _check_keys(data, 0, ("lists", "allow"))
    groups, allow = data.get("lists") or [], data.get("allow") or []
    if not isinstance(groups, list) or not all(isinstance(group, Mapping) for group in groups):
        raise _Fault("'lists' must be a list of mappings, each with 'words'")
    if not isinstance(allow, list) or not all(isinstance(word, str) for word in allow):
        raise _Fault("'allow' must be a list of texts")
    return Lexicon(tuple(entry for group in groups for entry in _entries(group)), tuple(allow))


def _entries(group: Mapping[str, Any]) -> Iterator[Entry]:
    _check_keys(group, 0, (*KEYS[1:], "words"))
    words = group.get("words")
    if not isinstance(words, list):
        raise _Fault("a list has 'words', which is a list of texts")
    for number, item in enumerate(words, 1):
        given = item if isinstance(item, Mapping) else {"word": item}
        _check_keys(given, 0)
        try:
            yield _entry(given, group, number)
        except _Fault as fault:
            raise _Fault(f"word {number} of a list: {str(fault).partition(': ')[2]}") from None


def _check_keys(given: Iterable[Any], line: int, known: Iterable[str] = KEYS) -> None:
    for key in given:
        if key not in known:
            raise _Fault(f"unknown key {key!r}; {suggest(str(key), known)}", line)


def _entry(given: Mapping[str, Any], group: Mapping[str, Any], line: int) -> Entry:
    def value(key: str, default: Any) -> Any:
        return given.get(key, group.get(key, default))

    word, disguises = given.get("word"), value("disguises", [])
    if not isinstance(word, str) or not word.strip():
        raise _Fault("a word must be a text; put quotes around numbers and yes, no, on, off", line)
    whole, needs_context = (_flag(name, value(name, None), line) for name in _FLAGS)
    if not isinstance(disguises, list):
        raise _Fault("'disguises' must be a list", line)
    for name in disguises:
        if name not in VARIANTS:
            raise _Fault(f"no disguise {name!r}; {suggest(str(name), VARIANTS)}", line)
    return Entry(
        word.strip(), _category(value("category", "match"), line), _severity(value("severity", 1.0), line),
        str(value("language", "")), whole, frozenset(disguises), line, needs_context,
    )  # fmt: skip


def _flag(name: str, given: Any, line: int) -> bool | None:
    if given is not None and not isinstance(given, bool):
        raise _Fault(f"{name!r} must be true or false", line)
    return given


def _category(name: Any, line: int) -> str:
    if not isinstance(name, str) or not _CATEGORY.fullmatch(name):
        raise _Fault(f"{name!r} is no category; use small letters, digits, _ and dots", line)
    return name


def _severity(given: Any, line: int) -> float:
    if given in SEVERITIES:
        return SEVERITIES[given]
    try:
        number = float(given)
    except (TypeError, ValueError):
        number = -1.0
    if not 0 < number <= 1:
        raise _Fault(f"{given!r} is no severity; use low, medium, high, or a number up to 1", line)
    return number
