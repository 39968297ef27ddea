"""Word lists: reads them from text, CSV and YAML files into entries.

A text file, named `.txt` or without a suffix, holds a word per line; lines that begin with `#` are comments.
A CSV file has a header with `word` and any of `category`, `severity`, `language`, `whole_words`, `disguises`,
`needs_context`. A YAML file is a list of words or of mappings with those keys, or a mapping:

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

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from guard.errors import InputError, suggest
from guard.text import cache, listing
from guard.text.listing import ListFault, Series, Table, read_list, read_rows, read_yaml

SEVERITIES = {"low": 0.5, "medium": 0.8, "high": 1.0}
VARIANTS = ("pinyin", "initials", "split", "homophones")
"""Ways of writing a Chinese word that are looked for only where a list asks."""

LONG = 100_000
"""Characters of a table from which on it is kept in the cache on disk."""

KEYS = ("word", "category", "severity", "language", "whole_words", "disguises", "needs_context")
"""What a list may say of a word."""
_FLAGS = ("whole_words", "needs_context")
_TRUTH = {"true": True, "yes": True, "false": False, "no": False}
_COMMENT = re.compile(r"\s#")
_CATEGORY = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")


@dataclass(frozen=True, slots=True)
class Entry:
    """One word of a list and how to look for it.

    `whole_words` and `needs_context` of `None` leave the choice to the filter. `line` is its line in a
    file, else its place in the list, counted from 1.
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
    """The word list in a file, by its suffix: `.csv`, `.yaml`, `.yml`; plain text is `.txt` or has none.

    Long tables are read once and then taken from the cache on disk, see `guard.text.cache`.
    Raises `InputError` naming the file and, where it is known, the line.
    """
    suffix = path.suffix.lower()
    if suffix == ".csv":
        return read_list(path, lambda text: _kept(text, b"csv", lambda: Lexicon(tuple(_from_csv(text)))))
    if suffix in (".yaml", ".yml"):
        return read_list(path, lambda text: _kept(text, b"yaml", lambda: _from_yaml(text)))
    if suffix not in ("", ".txt"):
        raise InputError(f"{path}: a word list is not read from {suffix}; save it as .txt, .csv or .yaml")
    return read_list(path, lambda text: Lexicon(tuple(_from_lines(text))))


def _kept(text: str, kind: bytes, parse: Callable[[], Lexicon]) -> Lexicon:
    if len(text) < LONG:
        return parse()
    try:
        readers = [Path(str(module)).read_bytes() for module in (__file__, listing.__file__)]
    except OSError:
        return parse()
    return _unpack(cache.kept((kind, *readers, text.encode()), lambda: _pack(parse())))


def _pack(lexicon: Lexicon) -> dict[str, Any]:
    """The list as JSON: what entries say beside word and line once, then each entry by the number of that."""
    kinds: dict[tuple[Any, ...], int] = {}
    entries = lexicon.entries
    numbers = [kinds.setdefault(_said(entry), len(kinds)) for entry in entries]
    words, lines = [entry.word for entry in entries], [entry.line for entry in entries]
    return {"kinds": list(kinds), "entries": [words, numbers, lines], "allow": lexicon.allow}


def _said(entry: Entry) -> tuple[Any, ...]:
    variants = tuple(sorted(entry.variants))
    return entry.category, entry.severity, entry.language, entry.whole_words, variants, entry.needs_context


def _unpack(packed: Mapping[str, Any]) -> Lexicon:
    kinds = [(*rest, frozenset(variants), context) for *rest, variants, context in packed["kinds"]]
    made = []
    for word, number, line in zip(*packed["entries"], strict=True):
        category, severity, language, whole, variants, needs_context = kinds[number]
        made.append(Entry(word, category, severity, language, whole, variants, line, needs_context))
    return Lexicon(tuple(made), tuple(packed["allow"]))


def _from_lines(text: str) -> Iterator[Entry]:
    for number, line in enumerate(text.splitlines(), 1):
        word = line.strip()
        if not word or word.startswith("#"):
            continue
        if _COMMENT.search(word):
            raise ListFault(
                "put the comment on a line of its own; a word that holds ' #' goes into a CSV or YAML list",
                number,
            )
        if "\t" in word:
            raise ListFault("a tab cannot stand in a word; put a table into a CSV list", number)
        yield Entry(word, line=number)


def _from_csv(text: str) -> Iterator[Entry]:
    for line, given in read_rows(text, _check_header):
        yield _entry(_from_cells({name: cell for name, cell in given.items() if cell}), {}, line)


def _check_header(names: Sequence[str]) -> None:
    if "word" not in names:
        raise ListFault("the header of a word list in CSV must name a column 'word'", 1)
    _check_keys(names, 1)
    if twice := [name for name in KEYS if names.count(name) > 1]:
        raise ListFault(f"the header names the column {twice[0]!r} twice", 1)


def _from_cells(given: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = dict(given)
    if "disguises" in values:
        values["disguises"] = given["disguises"].replace(",", " ").split()
    for name in _FLAGS:
        if name in values:
            values[name] = _TRUTH.get(given[name].lower(), given[name])
    return values


def _from_yaml(text: str) -> Lexicon:
    data = read_yaml(text)
    if isinstance(data, Series):
        return Lexicon(tuple(_entries(data, {})))
    if not isinstance(data, Table):
        raise ListFault("a word list must be a list of words, or a mapping with 'lists'")
    _check_keys(data, data.lines, ("lists", "allow"))
    groups, allow = data.get("lists") or [], data.get("allow") or []
    if not isinstance(groups, list) or not all(isinstance(group, Table) for group in groups):
        raise ListFault("'lists' must be a list of mappings, each with 'words'", data.lines["lists"])
    if not isinstance(allow, list) or not all(isinstance(word, str) for word in allow):
        raise ListFault("'allow' must be a list of texts", data.lines["allow"])
    return Lexicon(tuple(entry for group in groups for entry in _group(group)), tuple(allow))


def _group(group: Table) -> Iterator[Entry]:
    _check_keys(group, group.lines, (*KEYS[1:], "words"))
    words = group.get("words")
    if not isinstance(words, Series):
        raise ListFault("a list has 'words', which is a list of texts", group.lines.get("words", group.line))
    yield from _entries(words, group)


def _entries(words: Series, group: Mapping[str, Any]) -> Iterator[Entry]:
    for item, line in zip(words, words.lines, strict=True):
        given = item if isinstance(item, Table) else {"word": item}
        _check_keys(given, line)
        yield _entry(given, group, line)


def _check_keys(given: Iterable[Any], at: int | Mapping[Any, int], known: Iterable[str] = KEYS) -> None:
    """Refuses a key that is not known; `at` is the line of all keys, or of each."""
    for key in given:
        if key not in known:
            line = at if isinstance(at, int) else at[key]
            raise ListFault(f"unknown key {key!r}; {suggest(str(key), known)}", line)


def _entry(given: Mapping[str, Any], group: Mapping[str, Any], line: int) -> Entry:
    def value(key: str, default: Any) -> Any:
        return given.get(key, group.get(key, default))

    word, disguises = given.get("word"), value("disguises", [])
    if not isinstance(word, str) or not word.strip():
        raise ListFault("a word must be a text; put quotes around numbers and yes, no, on, off", line)
    whole, needs_context = (_flag(name, value(name, None), line) for name in _FLAGS)
    if not isinstance(disguises, list):
        raise ListFault("'disguises' must be a list", line)
    for name in disguises:
        if name not in VARIANTS:
            raise ListFault(f"no disguise {name!r}; {suggest(str(name), VARIANTS)}", line)
    return Entry(
        word.strip(), _category(value("category", "match"), line), _severity(value("severity", 1.0), line),
        str(value("language", "")), whole, frozenset(disguises), line, needs_context,
    )  # fmt: skip


def _flag(name: str, given: Any, line: int) -> bool | None:
    if given is not None and not isinstance(given, bool):
        raise ListFault(f"{name!r} must be true or false", line)
    return given


def _category(name: Any, line: int) -> str:
    if not isinstance(name, str) or not _CATEGORY.fullmatch(name):
        raise ListFault(f"{name!r} is no category; use small letters, digits, _ and dots", line)
    return name


def _severity(given: Any, line: int) -> float:
    if isinstance(given, str) and given in SEVERITIES:
        return SEVERITIES[given]
    try:
        number = -1.0 if isinstance(given, bool) else float(given)
    except (TypeError, ValueError, OverflowError):
        number = -1.0
    if not 0 < number <= 1:
        raise ListFault(f"{given!r} is no severity; use low, medium, high, or a number up to 1", line)
    return number
