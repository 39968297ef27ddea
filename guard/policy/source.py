"""From a file to nodes: bytes, characters, YAML, and kind words for what is not YAML.

YAML 1.1 as PyYAML reads it. Lines and columns are counted from 1 in characters, lines as editors
count them. Aliases are bounded, so that a small file cannot unfold into a huge policy.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from guard.errors import Fault
from guard.policy.node import LARGEST, MOST_LEVELS, MOST_NODES, TOO_LARGE, Faults, Kind, Node
from guard.policy.slip import Slip, in_collection, in_scalar, rest_of_line, undashed
from guard.policy.syntax import explain
from guard.text.surrogate import HALF, join
from guard.text.utf8 import foreign
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
    if fault := foreign(data):
        faults.at(Mark(path, 1, 1), fault)
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
        index, message = explain(text, error)
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
        return _Converter(path, text, lines, loader, faults).convert(root)
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

    def __init__(self, path: str, text: str, lines: _Lines, loader: _Loader, faults: Faults) -> None:
        self.path, self.text, self.lines, self.loader, self.faults = path, text, lines, loader, faults
        self.count = 0

    def convert(self, raw: yaml.Node, level: int = 0, *, key: bool = False, listed: bool = False) -> Node:
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
            return self._mapping(raw, mark, level, listed=listed and not raw.flow_style)
        if isinstance(raw, yaml.SequenceNode):
            items = tuple(self.convert(item, level + 1, listed=True) for item in raw.value)
            return Node(Kind.LIST, items, mark, slip=self._slip(in_collection, raw))
        return self._scalar(raw, tag, mark, key=key)

    def _slip(self, look: Callable[..., Slip | None], raw: yaml.Node, **how: bool) -> Fault | None:
        found = look(self.text, raw.start_mark.index, raw.end_mark.index, **how)
        return found and Fault.at(Mark(self.path, *self.lines.place(found.at)), found.message)

    def _broken(self, mark: Mark, message: str) -> Node:
        self.faults.at(mark, message)
        return Node(Kind.BROKEN, None, mark)

    def _mapping(self, raw: yaml.MappingNode, mark: Mark, level: int, *, listed: bool) -> Node:
        own: dict[str, tuple[Node, Node]] = {}
        merged: dict[str, tuple[Node, Node]] = {}
        torn = False
        for raw_key, raw_value in raw.value:
            if listed and self._begins_next(raw_key, own):
                torn = True
                break
            if raw_key.tag == "tag:yaml.org,2002:merge":
                merged = {**self._merge(raw_value, level), **merged}
                continue
            key = self._key(raw_key, own, level)
            value = self.convert(raw_value, level + 1)
            if key is None:
                torn = True
            else:
                own[key.value] = (key, value)
        slip = self._slip(in_collection, raw) or _misplaced(own)
        return Node(Kind.MAPPING, {**merged, **own}, mark, torn=torn, slip=slip)

    def _begins_next(self, raw: yaml.Node, taken: dict[str, tuple[Node, Node]]) -> bool:
        """Whether a key is the first of a list's item again: then the next item lacks its dash, a fault."""
        first = next(iter(taken.values()), None)
        if first is None or raw.value != first[0].value:
            return False
        index = raw.start_mark.index
        advice = undashed(rest_of_line(self.text, index))
        message = (
            f"the key {raw.value!r} stands here a second time, first on line {first[0].mark.line}; {advice}"
        )
        self.faults.at(Mark(self.path, *self.lines.place(index)), message)
        return True

    def _key(self, raw: yaml.Node, taken: dict[str, tuple[Node, Node]], level: int) -> Node | None:
        """The key as a node, or `None` after a fault."""
        if not isinstance(raw, yaml.ScalarNode):
            mark = Mark(self.path, *self.lines.place(raw.start_mark.index))
            self.faults.at(mark, "a key must be a text; put a text that starts with { or [ in quotes")
            return None
        key = self.convert(raw, level + 1, key=True)
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

    def _scalar(self, raw: yaml.Node, tag: str, mark: Mark, *, key: bool) -> Node:
        try:
            raw.value = join(raw.value)
        except ValueError:
            return self._broken(mark, HALF)
        written = raw.value if getattr(raw, "style", None) is None else ""
        kind, value = _read_scalar(self.loader, raw, tag)
        if kind is Kind.WHOLE and abs(value) > LARGEST:
            return self._broken(mark, TOO_LARGE)
        plain = kind is Kind.TEXT and written
        slip = self._slip(in_scalar, raw, key=key) if plain else None
        comment = None if key or getattr(raw, "style", None) is not None else self._comment(raw, kind)
        if kind is Kind.NOTHING:
            return Node(kind, value, mark, written, slip=comment)
        return Node(kind, value, mark, written, slip=slip, comment=comment)

    def _comment(self, raw: yaml.Node, kind: Kind) -> Fault | None:
        """What is said of a comment that was likely meant as text: one without a blank behind its `#`."""
        found = _COMMENT.match(self.text, raw.end_mark.index)
        if found is None or kind not in (Kind.TEXT, Kind.NOTHING):
            return None
        ends = "a text that starts with # needs quotes" if kind is Kind.NOTHING else "put the text in quotes"
        message = f"YAML takes what stands from this # on for a comment; {ends}"
        return Fault.at(Mark(self.path, *self.lines.place(found.end() - 1)), message)


_COMMENT = re.compile(r"[ \t]+#(?=[^\s#])")


def _misplaced(pairs: dict[str, tuple[Node, Node]]) -> Fault | None:
    """The slip by which a mapping has wrong keys, or lost one to the text of the line above."""
    for key, value in pairs.values():
        if key.slip is not None:
            return key.slip
        if value.slip is not None and value.slip.line > value.mark.line:
            return value.slip
    return None


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
