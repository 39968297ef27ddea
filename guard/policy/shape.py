"""The shapes that values of a policy take: each reads a node, and describes itself to an editor.

One declaration serves the validator, the JSON Schema and the error messages, so that the three
cannot disagree. `read` returns `None` after it has noted a fault.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from guard.policy.language import LANGUAGES, advise
from guard.policy.near import near
from guard.policy.node import Faults, Kind, Node
from guard.policy.punctuation import as_list
from guard.policy.source import misread
from guard.text.placeholder import FIELDS, fields


@dataclass(frozen=True)
class Shape:
    """What a value may be; `words` completes the sentence 'x must be …'."""

    words: str = "a value"

    def read(self, node: Node, name: str, faults: Faults) -> Any:
        """The Python value of the node, or `None` after a fault; `name` says what it is in messages."""
        raise NotImplementedError

    def schema(self) -> dict[str, Any]:
        """The shape as JSON Schema."""
        raise NotImplementedError

    def refuse(self, node: Node, name: str, faults: Faults, remedy: str = "") -> None:
        """Notes that the node is not of this shape."""
        if node.kind is Kind.BROKEN:
            return
        if node.kind is Kind.NOTHING:
            faults.add(node, f"{name} has no value; it must be {self.words}")
            return
        given = node.written if node.kind is Kind.FLAG and node.written else node.kind
        faults.add(node, f"{name} must be {self.words}{remedy or f', not {given}'}")


@dataclass(frozen=True)
class Text(Shape):
    """A text with at least one character that is not white space, unless `empty` is allowed."""

    words: str = "a text"
    empty: bool = False
    one_line: bool = False

    def read(self, node: Node, name: str, faults: Faults) -> str | None:
        if node.kind is not Kind.TEXT:
            remedy = f"; {misread(node)}" if node.written and node.kind is not Kind.NOTHING else ""
            self.refuse(node, name, faults, remedy)
            return None
        if not self.empty and not node.value.strip():
            faults.add(node, f"{name} is empty; it must be {self.words}")
            return None
        if self.one_line and len(node.value.splitlines()) > 1:
            faults.add(node, f"{name} must be {self.words}")
            return None
        return str(node.value)

    def schema(self) -> dict[str, Any]:
        if self.empty:
            return {"type": "string"}
        return {"type": "string", "pattern": r"^[^\r\n]*\S[^\r\n]*$" if self.one_line else r"\S"}


@dataclass(frozen=True)
class Template(Text):
    """A text with names in braces that are filled in."""

    def read(self, node: Node, name: str, faults: Faults) -> str | None:
        text = super().read(node, name, faults)
        known = [f"{{{field}}}" for field in FIELDS]
        for given in fields(text or ""):
            if given not in FIELDS:
                written = f"{{{given}}}"
                faults.add(node, f"no placeholder {written!r:.60} in {name}; {near(written, known)}")
        return text

    def schema(self) -> dict[str, Any]:
        other = rf"\{{(?!(?:{'|'.join(FIELDS)})\}})[A-Za-z_]+\}}"
        return {**super().schema(), "not": {"pattern": other}}


@dataclass(frozen=True)
class Flag(Shape):
    """True or false."""

    words: str = "true or false"

    def read(self, node: Node, name: str, faults: Faults) -> bool | None:
        if node.kind is Kind.FLAG:
            return bool(node.value)
        quoted = node.kind is Kind.TEXT and not node.written and node.value.lower() in _FLAG_WORDS
        self.refuse(node, name, faults, ", not a text; remove the quotes" if quoted else "")
        return None

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


_FLAG_WORDS = ("true", "false", "yes", "no", "on", "off")


@dataclass(frozen=True)
class Whole(Shape):
    """A whole number within bounds."""

    least: int = 0
    most: int = 0
    unit: str = ""

    def read(self, node: Node, name: str, faults: Faults) -> int | None:
        if node.kind is Kind.WHOLE and self.least <= node.value <= self.most:
            return int(node.value)
        given = f", not {node.written or node.value}" if node.kind in (Kind.WHOLE, Kind.NUMBER) else ""
        self.refuse(node, name, faults, given[:40] or self._in_milliseconds(node) or _unquote(node))
        return None

    def _in_milliseconds(self, node: Node) -> str:
        """The remedy for a time with its unit where milliseconds are meant: 2s is 2000."""
        match = _TIME.fullmatch(node.value) if node.kind is Kind.TEXT else None
        if match is None or self.unit != "milliseconds":
            return ""
        return f", not {node.value}; did you mean {float(match[1]) * _IN_MS[match[2]]:.0f}?"

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


_IN_MS = {"ms": 1, "s": 1000, "min": 60_000}
_TIME = re.compile(r"(\d{1,6}(?:\.\d{1,3})?) ?(ms|s|min)")


def whole(least: int, most: int, unit: str = "") -> Whole:
    """A whole number from `least` to `most`, counted in `unit`."""
    words = f"a whole number{f' of {unit}' if unit else ''} from {least} to {most}"
    return Whole(words if least < most else str(least), least, most, unit)


LEAST_MISPLACED, LEAST_PERCENT = 2, 11
"""From here on a number that should be from 0 to 1 was likely meant as tenths, or as a percentage."""


@dataclass(frozen=True)
class Share(Shape):
    """A number from 0 to 1."""

    words: str = "a number from 0 to 1"

    def read(self, node: Node, name: str, faults: Faults) -> float | None:
        if node.kind in (Kind.WHOLE, Kind.NUMBER) and 0 <= node.value <= 1:
            return float(node.value)
        self.refuse(node, name, faults, self._remedy(node))
        return None

    def _remedy(self, node: Node) -> str:
        number = node.value if node.kind in (Kind.WHOLE, Kind.NUMBER) else None
        parts = 10 if number is not None and number < LEAST_PERCENT else 100
        if node.kind is Kind.TEXT and node.value.endswith("%"):
            number = _number(node.value[:-1].strip())
        if number is not None and LEAST_MISPLACED <= number <= 100:
            given = node.written or str(node.value).strip()
            return f", not {given}; did you mean {number / parts:g}?"
        if number is not None:
            return f", not {str(node.written or node.value)[:20]}"
        return _unquote(node) or _with_point(node)

    def schema(self) -> dict[str, Any]:
        return {"type": "number", "minimum": 0, "maximum": 1}


def _with_point(node: Node) -> str:
    """The remedy for a text that is no number: a decimal comma or a word such as high."""
    if node.kind is not Kind.TEXT:
        return ""
    number = _number(node.value.translate(_POINTS))
    write = f"{number:g}" if number is not None and 0 <= number <= 1 else "a number such as 0.8"
    return f", not {node.value!r:.20}; write {write}"


_POINTS = dict.fromkeys(map(ord, ",，．。·"), ".")


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _unquote(node: Node) -> str:
    """The remedy for a number that YAML took for a text."""
    number = _number(node.value) if node.kind is Kind.TEXT else None
    if number is None:
        return ""
    if node.written:
        return f"; YAML reads {node.written} as a text: write {number:f}".rstrip("0").rstrip(".")
    return ", not a text; remove the quotes"


@dataclass(frozen=True)
class Choice(Shape):
    """One of a set of names; `known` is asked when needed, because plug-ins may add to it."""

    what: str = ""
    known: Callable[[], Iterable[str]] = tuple
    where: str = ""

    def read(self, node: Node, name: str, faults: Faults) -> str | None:
        # What YAML took for a number or for true and false was still meant as a name.
        given = node.value if node.kind is Kind.TEXT else node.written
        if not given or node.kind is Kind.NOTHING:
            self.refuse(node, name, faults)
            return None
        known = list(self.known())
        if given in known:
            return str(given)
        faults.add(node, f"no {self.what} {given!r:.60}; {near(given, known, self.where)}")
        return None

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.known())}


@dataclass(frozen=True)
class Code(Shape):
    """A language code of ISO 639-1."""

    words: str = "a language code such as zh or en"

    def read(self, node: Node, name: str, faults: Faults) -> str | None:
        if node.kind is not Kind.TEXT:
            remedy = f"; {misread(node)}" if node.written and node.kind is not Kind.NOTHING else ""
            self.refuse(node, name, faults, remedy)
        elif node.value in LANGUAGES:
            return str(node.value)
        else:
            faults.add(node, f"no language {node.value!r:.60}; {advise(node.value)}")
        return None

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": sorted(LANGUAGES)}


@dataclass(frozen=True)
class Listing(Shape):
    """A list of one shape; with `single`, one item may stand without its brackets."""

    item: Shape = field(default_factory=Shape)
    example: str = ""
    empty: bool = False
    single: bool = False

    def read(self, node: Node, name: str, faults: Faults) -> tuple[Any, ...] | None:
        if self.single and node.kind is Kind.TEXT:
            nodes: tuple[Node, ...] = (node,)
        elif node.kind is Kind.LIST:
            nodes = node.items
        else:
            meant = as_list(node.value) if node.kind is Kind.TEXT else ""
            write = f"; write {meant or self.example}" if meant or self.example else ""
            self.refuse(node, name, faults, f", not {node.kind}{write}")
            return None
        if not nodes and not self.empty:
            faults.add(node, f"{name} is an empty list; name at least one, or leave it out")
            return None
        return self._items(nodes, name, faults)

    def _items(self, nodes: tuple[Node, ...], name: str, faults: Faults) -> tuple[Any, ...]:
        read = [self.item.read(node, f"each of {name}", faults) for node in nodes]
        seen: set[Any] = set()
        for node in nodes:
            if node.kind is Kind.TEXT:
                if node.value in seen:
                    faults.add(node, f"{node.value!r:.60} stands twice in {name}; remove one")
                seen.add(node.value)
        return tuple(value for value in read if value is not None)

    def schema(self) -> dict[str, Any]:
        items = self.item.schema()
        listed: dict[str, Any] = {"type": "array", "items": items}
        if not self.empty:
            listed["minItems"] = 1
        return {"anyOf": [items, listed]} if self.single else listed


@dataclass(frozen=True)
class Key:
    """One key of a mapping: its shape and what it is for."""

    name: str
    shape: Shape
    description: str
    required: bool = False


@dataclass(frozen=True)
class Record(Shape):
    """A mapping with known keys; any other key is a fault."""

    what: str = ""
    keys: tuple[Key, ...] = ()

    def read(self, node: Node, name: str, faults: Faults) -> dict[str, Any] | None:
        if node.kind is not Kind.MAPPING:
            self.refuse(node, name, faults)
            return None
        known = {key.name: key for key in self.keys}
        values: dict[str, Any] = {}
        for given, (at, value) in node.pairs.items():
            if given not in known:
                faults.add(at, f"unknown key {given!r:.60} in {self.what}; {near(given, known)}")
                continue
            read = known[given].shape.read(value, f"'{given}'", faults)
            if read is not None:
                values[given] = read
        for key in self.keys:
            if key.required and key.name not in node.pairs and not node.torn:
                faults.add(node, f"{self.what} needs {key.name!r}: {key.shape.words}")
        return values

    def schema(self) -> dict[str, Any]:
        properties = {key.name: {**key.shape.schema(), "description": key.description} for key in self.keys}
        found: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
        required = [key.name for key in self.keys if key.required]
        if required:
            found["required"] = required
        return found


@dataclass(frozen=True)
class Table(Shape):
    """A mapping whose keys the author chooses."""

    key: Shape = field(default_factory=Shape)
    value: Shape = field(default_factory=Shape)
    empty: bool = False

    def read(self, node: Node, name: str, faults: Faults) -> dict[str, Any] | None:
        if node.kind is not Kind.MAPPING:
            self.refuse(node, name, faults)
            return None
        if not (node.pairs or node.torn or self.empty):
            faults.add(node, f"{name} is empty; it must be {self.words}")
        values: dict[str, Any] = {}
        for given, (at, value) in node.pairs.items():
            good = self.key.read(at, f"a key of {name}", faults)
            read = self.value.read(value, f"{given!r} in {name}", faults)
            if good is not None and read is not None:
                values[given] = read
        return values

    def schema(self) -> dict[str, Any]:
        return {
            "type": "object",
            "propertyNames": self.key.schema(),
            "additionalProperties": self.value.schema(),
            "minProperties": 0 if self.empty else 1,
        }


@dataclass(frozen=True)
class Either(Shape):
    """A short form for simple cases and a long one: the node's kind tells which is meant.

    With `switch`, true and false may stand too.
    """

    short: Shape = field(default_factory=Shape)
    long: Shape = field(default_factory=Shape)
    long_kind: Kind = Kind.MAPPING
    switch: bool = False

    def read(self, node: Node, name: str, faults: Faults) -> Any:
        if node.kind is self.long_kind:
            return self.long.read(node, name, faults)
        if node.kind is Kind.TEXT:
            return self.short.read(node, name, faults)
        if self.switch and node.kind is Kind.FLAG:
            return bool(node.value)
        self.refuse(node, name, faults)
        return None

    def schema(self) -> dict[str, Any]:
        switch = [{"type": "boolean"}] if self.switch else []
        return {"anyOf": [*switch, self.short.schema(), self.long.schema()]}


@dataclass(frozen=True)
class Own(Shape):
    """A value that another part of the loader reads; here it is handed on as its node."""

    kind: Kind = Kind.MAPPING
    inner: Mapping[str, Any] = field(default_factory=dict)

    def read(self, node: Node, name: str, faults: Faults) -> Node | None:
        if node.kind is self.kind:
            return node
        dashed = self.kind is Kind.LIST and node.kind is Kind.MAPPING
        self.refuse(node, name, faults, f", not {node.kind}; begin each with '- '" if dashed else "")
        return None

    def schema(self) -> dict[str, Any]:
        return dict(self.inner)
