"""The shapes that values of a policy take: each reads a node, and describes itself to an editor.

One declaration serves the validator, the JSON Schema and the error messages, so that the three
cannot disagree. `read` returns `None` after it has noted a fault.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from guard.policy.language import LANGUAGES, advise
from guard.policy.near import closest, misspelt, near
from guard.policy.node import Faults, Kind, Node
from guard.policy.punctuation import QUOTES, as_list
from guard.policy.remedy import flag_remedy, number, unquote, with_point
from guard.policy.source import misread
from guard.text.placeholder import FIELDS


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
class Name(Text):
    """A text of one line that is a name, and so stands in no quotes but YAML's own."""

    words: str = "a text of one line"
    one_line: bool = True

    def read(self, node: Node, name: str, faults: Faults) -> str | None:
        text = super().read(node, name, faults)
        plain = (text or "").strip(QUOTES)
        if text and plain != text:
            faults.add(node, f"{text!r:.60} has quotes in it, which are none to YAML; write {plain:.60}")
        return plain or text

    def schema(self) -> dict[str, Any]:
        return {**super().schema(), "not": {"pattern": f"^[{QUOTES}]|[{QUOTES}]$"}}


@dataclass(frozen=True)
class Template(Text):
    """A text with names in braces that are filled in."""

    def read(self, node: Node, name: str, faults: Faults) -> str | None:
        text = super().read(node, name, faults)
        for written in re.findall(_OTHER_BRACES, text or ""):
            inner = written.strip("{}").strip()
            meant = closest(inner, FIELDS)
            advice = f"did you mean '{{{meant}}}'?" if meant else f"one of: {_BRACED}"
            if written.endswith("}"):
                faults.add(node, f"no placeholder {written!r:.60} in {name}; {advice}")
            else:
                faults.add(node, f"a brace in {name} is not closed at {written!r:.60}; {advice}")
        return text

    def schema(self) -> dict[str, Any]:
        return {**super().schema(), "not": {"pattern": _OTHER_BRACES}}


_BRACED = ", ".join(f"{{{field}}}" for field in FIELDS)
_OTHER_BRACES = rf"\{{(?!(?:{'|'.join(FIELDS)})\}})[^{{}}]*(?:\}}|$)"
"""A brace that opens no placeholder, up to the one that closes it; one around placeholders is a bracket."""


@dataclass(frozen=True)
class Flag(Shape):
    """True or false."""

    words: str = "true or false"

    def read(self, node: Node, name: str, faults: Faults) -> bool | None:
        if node.kind is Kind.FLAG:
            return bool(node.value)
        self.refuse(
            node, name, faults, f", not {node.kind}{flag_remedy(node)}" if node.kind is Kind.TEXT else ""
        )
        return None

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


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
        self.refuse(node, name, faults, given[:40] or self._in_milliseconds(node) or unquote(node))
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
        given = node.value if node.kind in (Kind.WHOLE, Kind.NUMBER) else None
        parts = 10 if given is not None and given < LEAST_PERCENT else 100
        if node.kind is Kind.TEXT and node.value.endswith("%"):
            given = number(node.value[:-1].strip())
        if given is not None and LEAST_MISPLACED <= given <= 100:
            written = node.written or str(node.value).strip()
            return f", not {written}; did you mean {given / parts:g}?"
        if given is not None:
            return f", not {str(node.written or node.value)[:20]}"
        return unquote(node) or with_point(node)

    def schema(self) -> dict[str, Any]:
        return {"type": "number", "minimum": 0, "maximum": 1}


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
        given_or_meant = {*node.pairs, *misspelt(node.pairs, known)}
        for key in self.keys:
            if key.required and key.name not in given_or_meant and not node.torn:
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
