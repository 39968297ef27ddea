"""From a file to nodes: bytes, characters, YAML, and kind words for what is not YAML.

YAML 1.1 as PyYAML reads it. Lines and columns are counted from 1 in characters, lines as editors
count them. Aliases are bounded, so that a small file cannot unfold into a huge policy.
"""

from __future__ import annotations

import bisect
import codecs
import re
from pathlib import Path
from typing import Any

import yaml

from guard.policy.node import LARGEST, MOST_LEVELS, MOST_NODES, TOO_LARGE, Faults, Kind, Node
from guard.types import Mark

MOST_BYTES = 1_000_000
"""A policy is written by hand; long lists belong in files that its options name."""


def read(path: str, faults: Faults) -> Node | None:
    """The node tree of a policy file, or `None` after a fault that leaves nothing to check."""
    data = _bytes(path, faults)
    if data is None:
        return None
    text = _decode(path, data, faults)
    return None if text is None else parse(path, text, faults)


def _bytes(path: str, faults: Faults) -> bytes | None:
    start = Mark(path, 1, 1)
    try:
        if Path(path).is_dir():
            faults.at(start, "this is a folder; name a policy file in it")
            return None
        with open(path, "rb") as file:
            data = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        faults.at(start, "no such file")
    except (OSError, ValueError) as error:
        faults.at(start, f"cannot read this file: {getattr(error, 'strerror', None) or error}")
    else:
        if len(data) <= MOST_BYTES:
            return data
        faults.at(start, f"larger than {MOST_BYTES:,} bytes; move long lists into files of their own")
    return None


def _decode(path: str, data: bytes, faults: Faults) -> str | None:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        faults.at(Mark(path, 1, 1), "saved as UTF-16; save it as UTF-8")
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        good = data[: error.start].decode("utf-8-sig", errors="replace")
        line, column = _Lines(good).place(len(good))
        faults.at(Mark(path, line, column), "not UTF-8 from here on; save the file as UTF-8")
        return None


def parse(path: str, text: str, faults: Faults) -> Node | None:
    """The node tree of YAML text; `path` is where faults are said to stand."""
    lines = _Lines(text)
    try:
        loader = _Loader(text)
        root = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        index, message = _explain(error)
        faults.at(Mark(path, *lines.place(index)), message)
        return None
    except yaml.reader.ReaderError as error:
        message = f"the character U+{error.character:04X} cannot stand in YAML; remove it"
        faults.at(Mark(path, *lines.place(error.position)), message)
        return None
    if root is None:
        faults.at(Mark(path, 1, 1), "this policy is empty; it needs at least 'rules'")
        return None
    try:
        return _Converter(path, lines, loader, faults).convert(root)
    except _Unfit as error:
        faults.at(error.mark, str(error))
        return None


class _Unfit(Exception):
    """Raised where going on would take for ever, or say the same fault a thousand times."""

    def __init__(self, mark: Mark, message: str) -> None:
        self.mark = mark
        super().__init__(message)


class _Lines:
    """Where each line starts; PyYAML's own count takes characters for line ends that editors do not."""

    def __init__(self, text: str) -> None:
        self.starts = [0, *(match.end() for match in re.finditer(r"\r\n|\r|\n", text))]

    def place(self, index: int) -> tuple[int, int]:
        line = bisect.bisect_right(self.starts, index)
        return line, index - self.starts[line - 1] + 1


class _Loader(yaml.SafeLoader):
    """A safe loader that refuses deep nesting before Python's own stack does."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.level = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.level > MOST_LEVELS:
            message = f"nested deeper than {MOST_LEVELS} levels"
            raise yaml.composer.ComposerError(None, None, message, self.peek_event().start_mark)  # type: ignore[no-untyped-call]
        self.level += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self.level -= 1


class _Converter:
    """Turns PyYAML's nodes into ours, noting what a policy may not hold."""

    def __init__(self, path: str, lines: _Lines, loader: _Loader, faults: Faults) -> None:
        self.path, self.lines, self.loader, self.faults = path, lines, loader, faults
        self.count = 0

    def convert(self, raw: yaml.Node, level: int = 0) -> Node:
        self.count += 1
        mark = Mark(self.path, *self.lines.place(raw.start_mark.index))
        if level > MOST_LEVELS:
            raise _Unfit(mark, "this holds an alias to itself, or is nested too deep")
        if self.count > MOST_NODES:
            message = f"the aliases of this policy unfold into more than {MOST_NODES:,} values"
            raise _Unfit(Mark(self.path, 1, 1), message)
        tag = raw.tag.removeprefix("tag:yaml.org,2002:")
        if tag not in _TAGS:
            return self._broken(mark, f"the tag {_shown_tag(raw.tag)} is not allowed; remove it")
        if isinstance(raw, yaml.MappingNode):
            return self._mapping(raw, mark, level)
        if isinstance(raw, yaml.SequenceNode):
            return Node(Kind.LIST, tuple(self.convert(item, level + 1) for item in raw.value), mark)
        return self._scalar(raw, tag, mark)

    def _broken(self, mark: Mark, message: str) -> Node:
        self.faults.at(mark, message)
        return Node(Kind.BROKEN, None, mark)

    def _mapping(self, raw: yaml.MappingNode, mark: Mark, level: int) -> Node:
        own: dict[str, tuple[Node, Node]] = {}
        merged: dict[str, tuple[Node, Node]] = {}
        torn = False
        for raw_key, raw_value in raw.value:
            if raw_key.tag == "tag:yaml.org,2002:merge":
                merged = {**self._merge(raw_value, level), **merged}
                continue
            key = self._key(raw_key, own, level)
            value = self.convert(raw_value, level + 1)
            if key is None:
                torn = True
            else:
                own[key.value] = (key, value)
        return Node(Kind.MAPPING, {**merged, **own}, mark, torn=torn)

    def _key(self, raw: yaml.Node, taken: dict[str, tuple[Node, Node]], level: int) -> Node | None:
        """The key as a node, or `None` after a fault."""
        if not isinstance(raw, yaml.ScalarNode):
            mark = Mark(self.path, *self.lines.place(raw.start_mark.index))
            self.faults.at(mark, "a key must be a text; put a text that starts with { or [ in quotes")
            return None
        key = self.convert(raw, level + 1)
        if key.kind is not Kind.TEXT and key.kind is not Kind.BROKEN:
            self.faults.add(key, f"a key must be a text; {misread(key)}")
        elif key.kind is Kind.TEXT and key.value in taken:
            first = taken[key.value][0].mark.line
            self.faults.add(key, f"the key {key.value!r} stands here a second time; first on line {first}")
        else:
            return key if key.kind is Kind.TEXT else None
        return None

    def _merge(self, raw: yaml.Node, level: int) -> dict[str, tuple[Node, Node]]:
        nodes = raw.value if isinstance(raw, yaml.SequenceNode) else [raw]
        merged: dict[str, tuple[Node, Node]] = {}
        for node in nodes:
            value = self.convert(node, level + 1)
            if value.kind not in (Kind.MAPPING, Kind.BROKEN):
                self.faults.add(value, f"'<<' takes in mappings, not {value.kind}")
            merged = {**value.pairs, **merged}
        return merged

    def _scalar(self, raw: yaml.Node, tag: str, mark: Mark) -> Node:
        written = raw.value if getattr(raw, "style", None) is None else ""
        kind, value = _read_scalar(self.loader, raw, tag)
        if kind is Kind.WHOLE and abs(value) > LARGEST:
            return self._broken(mark, TOO_LARGE)
        return Node(kind, value, mark, written)


def _read_scalar(loader: yaml.SafeLoader, raw: Any, tag: str) -> tuple[Kind, Any]:
    written: str = raw.value
    if tag == "null":
        return Kind.NOTHING, None
    # 12:30 is a text to everyone but YAML 1.1, which reads it as a number to the base of 60.
    if tag == "str" or tag not in _SCALAR_KINDS or ":" in written:
        return Kind.TEXT, written
    try:
        value = getattr(loader, f"construct_yaml_{tag}")(raw)
    except (ValueError, KeyError):
        return Kind.TEXT, written
    return _SCALAR_KINDS[tag], value


_SCALAR_KINDS = {"bool": Kind.FLAG, "int": Kind.WHOLE, "float": Kind.NUMBER}
_TAGS = {"str", "null", "timestamp", "value", "merge", "seq", "map", *_SCALAR_KINDS}


def _shown_tag(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!")


def misread(node: Node) -> str:
    """Why YAML took what was written for something else than a text, and the way out."""
    if node.kind is Kind.NOTHING:
        return "there is none here"
    if not node.written:
        return f"this is {node.kind}"
    words = {Kind.FLAG: str(node.value).lower()}.get(node.kind, node.kind)
    return f"YAML reads {node.written} as {words}: put it in quotes"


def _explain(error: yaml.MarkedYAMLError) -> tuple[int, str]:
    """The index of the character to point at, and what is wrong in words for who writes no YAML daily."""
    problem, context = error.problem or "", error.context or ""
    for pattern, message, at_context in _SYNTAX:
        match = re.search(pattern, f"{context}: {problem}")
        if match:
            mark = (at_context and error.context_mark) or error.problem_mark or error.context_mark
            return _index(mark), message.format(*match.groups())
    return _index(error.problem_mark or error.context_mark), f"this is not YAML: {problem or context}"


def _index(mark: yaml.Mark | None) -> int:
    return mark.index if mark is not None else 0


_SYNTAX = (
    ("(nested deeper than .*)", "{0}", False),
    (r"found character '\\t'", "a tab cannot indent YAML; use spaces", False),
    (
        r"mapping values are not allowed",
        "a colon cannot stand here; put a text that holds ': ' in quotes, or mind the indentation",
        False,
    ),
    (
        r"scanning a (?:double-)?quoted scalar: found unexpected end",
        "the quote that opens here is never closed",
        True,
    ),
    (r"could not find expected ':'", "this key has no colon; write 'key: value'", True),
    (
        r"flow sequence: expected ',' or '\]'",
        "the list that opens with [ here lacks a comma or its ]",
        True,
    ),
    (
        r"flow mapping: expected ',' or '\}'",
        "the mapping that opens with {{ here lacks a comma or its }}",
        True,
    ),
    (
        r"expected <block end>",
        "this line is not indented like the lines that it belongs to",
        False,
    ),
    (
        r"found undefined alias '(.+)'|found undefined alias (.+)",
        "no anchor of this name; a text that starts with * needs quotes",
        False,
    ),
    (r"scanning an (alias|anchor): ", "a text that starts with * or & needs quotes", True),
    (r"found character '(.)'", "a text that starts with {0} needs quotes", False),
    (r"expected chomping or indentation", "a text that starts with > or | needs quotes", True),
    (
        r"found unknown escape character '(.)'",
        "\\{0} is no escape in double quotes; put patterns in single quotes",
        False,
    ),
    (r"expected a single document", "a policy is one document; remove the second '---'", False),
    (
        r"sequence entries are not allowed",
        "a list item cannot start here; put '- ' on a line of its own",
        False,
    ),
)
