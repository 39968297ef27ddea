"""A policy as a tree of nodes, each of which knows its place in the file."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from guard.errors import Fault
from guard.types import Mark

DATA = "<policy>"
"""What stands for the file's name where a policy came as Python data."""

MOST_NODES = 50_000
MOST_LEVELS = 40

LARGEST = 2**63 - 1
TOO_LARGE = "this number is too large"


class Kind(enum.StrEnum):
    """What a node is, in plain words."""

    TEXT = "a text"
    WHOLE = "a whole number"
    NUMBER = "a number"
    FLAG = "true or false"
    NOTHING = "empty"
    LIST = "a list"
    MAPPING = "a mapping"
    BROKEN = "broken"
    """Already reported; nothing more is said about it."""


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One value of a policy.

    `value` is a tuple of nodes for a list, a dict of `name -> (key node, value node)` for a mapping,
    the Python value otherwise. `written` holds the characters of a scalar without quotes, which tell
    how YAML came to read it so. `at` is the dotted place inside Python data, empty for files. A `torn`
    mapping has lost keys that were faults. `slip` is what was likely typed amiss if the node is not
    what it should be. `comment` is said of a comment behind a text that may have been meant to go on.
    """

    kind: Kind
    value: Any
    mark: Mark
    written: str = ""
    at: str = ""
    torn: bool = False
    slip: Fault | None = None
    comment: Fault | None = None

    @property
    def items(self) -> tuple[Node, ...]:
        """The items of a list; none for anything else."""
        return self.value if self.kind is Kind.LIST else ()

    @property
    def pairs(self) -> dict[str, tuple[Node, Node]]:
        """The keys and values of a mapping; none for anything else."""
        return self.value if self.kind is Kind.MAPPING else {}

    def get(self, name: str) -> Node | None:
        """The value under a key of a mapping, or `None`."""
        pair = self.pairs.get(name)
        return None if pair is None else pair[1]

    def text(self, name: str) -> str:
        """The text under a key of a mapping, empty where there is none."""
        node = self.get(name)
        return node.value if node is not None and node.kind is Kind.TEXT else ""

    def plain(self) -> Any:
        """The value as plain Python data."""
        if self.kind is Kind.LIST:
            return [item.plain() for item in self.items]
        if self.kind is Kind.MAPPING:
            return {name: value.plain() for name, (_, value) in self.pairs.items()}
        return self.value


@dataclass(slots=True)
class Faults:
    """Collects what is wrong with a policy while it is read."""

    found: list[Fault] = field(default_factory=list)

    def add(self, node: Node, message: str) -> None:
        """Notes a fault at the node's place, or the slip of the pen behind it."""
        self.found.append(node.slip or Fault.at(node.mark, f"{node.at}: {message}" if node.at else message))

    def at(self, mark: Mark, message: str) -> None:
        """Notes a fault at a place that has no node."""
        self.found.append(Fault.at(mark, message))

    def in_order(self) -> list[Fault]:
        """All faults once, by file, line and column."""
        return sorted(dict.fromkeys(self.found), key=lambda fault: (fault.path, fault.line, fault.column))


def from_data(data: Any, faults: Faults) -> Node:
    """The node tree of a policy given as Python data."""
    return _Builder(faults).build(data, "", 0)


class _Builder:
    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.count = 0

    def build(self, data: Any, at: str, level: int) -> Node:
        self.count += 1
        if isinstance(data, enum.Enum):
            data = data.value
        if isinstance(data, Path):
            data = str(data)
        if level > MOST_LEVELS or self.count > MOST_NODES:
            return self._broken(at, "the policy is too large, or nested in itself")
        if isinstance(data, Mapping):
            return self._mapping(data, at, level)
        if isinstance(data, Sequence | frozenset | set) and not isinstance(data, str | bytes | bytearray):
            items = (self.build(item, f"{at}[{n}]", level + 1) for n, item in enumerate(data))
            return self._node(Kind.LIST, tuple(items), at)
        return self._scalar(data, at)

    def _mapping(self, data: Mapping[Any, Any], at: str, level: int) -> Node:
        pairs, torn = {}, False
        for key, value in data.items():
            if not isinstance(key, str):
                self._broken(at, f"a key must be a text, not {_brief(key)}")
                torn = True
                continue
            inside = f"{at}.{key}" if at else key
            # The key as a node stands at the mapping's own place, where it is reported when unknown.
            pairs[key] = (self._node(Kind.TEXT, key, at), self.build(value, inside, level + 1))
        return replace(self._node(Kind.MAPPING, pairs, at), torn=torn)

    def _scalar(self, data: Any, at: str) -> Node:
        if isinstance(data, int) and abs(data) > LARGEST:
            return self._broken(at, TOO_LARGE)
        for kind, types in _SCALARS:
            if isinstance(data, types):
                return self._node(kind, data, at)
        return self._broken(at, f"a policy cannot hold a {type(data).__name__}")

    def _node(self, kind: Kind, value: Any, at: str) -> Node:
        return Node(kind, value, Mark(DATA, 1, 1), at=at)

    def _broken(self, at: str, message: str) -> Node:
        node = self._node(Kind.BROKEN, None, at)
        self.faults.add(node, message)
        return node


def _brief(key: Any) -> str:
    return repr(key) if isinstance(key, bool | int | float | None) else f"a {type(key).__name__}"


# bool before int: in Python true is a whole number too.
_SCALARS: tuple[tuple[Kind, type | tuple[type, ...]], ...] = (
    (Kind.TEXT, str),
    (Kind.FLAG, bool),
    (Kind.WHOLE, int),
    (Kind.NUMBER, float),
    (Kind.NOTHING, type(None)),
)
