"""Names the fields of a record that nothing was read from, so that no text is passed over in silence."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from guard.audit import day, shape
from guard.audit.mask import masker
from guard.types import Exchange, Stage

FRAME = frozenset((*shape.IDS, *shape.METADATA, *shape.NOTES, *day.NAMES))
"""Fields that name, date or describe a record."""

INNER = FRAME | {
    "role", "from", "type", "object", "name", "tool_call_id", "finish_reason", "url", "status", "method",
}  # fmt: skip
"""Fields inside of others that hold no words of a conversation."""

NAMED = 20
"""How many unread fields of a file are named."""

LONGEST = 60
"""Characters of a field's name that are shown."""

_TELLING = re.compile(r"\d{5,}|\S*@\S*")


class Unread:
    """The unread fields of one file, each named once."""

    def __init__(self) -> None:
        self._named: set[str] = set()

    def remark(self, raw: Any, found: Sequence[Exchange]) -> str | None:
        """A remark on the unread fields of a record that were not named before, if there are any."""
        if len(self._named) > NAMED:
            return None
        new = [name for name in unread(raw, found) if name not in self._named]
        self._named.update(new)
        if not new:
            return None
        text = f"fields that were not read: {', '.join(new[:NAMED])}"
        return text if len(self._named) <= NAMED else f"{text}; further ones are not named"


def unread(raw: Any, found: Sequence[Exchange]) -> list[str]:
    """The fields of a record that are in none of its exchanges, quoted, inner ones as `'outer.inner'`."""
    if not isinstance(raw, Mapping):
        return []
    read = _Texts(found)
    names: dict[str, None] = {}
    for name, value in raw.items():
        if name in shape.TEXTS:
            try:
                names |= dict.fromkeys(_inner(value, name, read))
            except RecursionError:
                names[name] = None
        elif name not in FRAME and value not in (None, "", [], {}):
            names[name] = None
    return list(dict.fromkeys(map(shown, names)))


def shown(name: str) -> str:
    """The name of a field in quotation marks, without what must be hidden, and not too long.

    >>> shown("orders of jo@example.com")
    "'orders of …'"
    """
    name = _TELLING.sub("…", masker().blank(name))
    return repr(name if len(name) <= LONGEST else f"{name[:LONGEST]}…")


def _inner(raw: Any, path: str, read: _Texts) -> Iterator[str]:
    """The paths of texts inside a field that were not read."""
    if isinstance(raw, Mapping):
        for name, value in raw.items():
            if name not in INNER:
                yield from _inner(value, f"{path}.{name}", read)
    elif isinstance(raw, list):
        for value in raw:
            yield from _inner(value, path, read)
    elif isinstance(raw, str) and raw.strip() and raw not in read:
        packed = _unpacked(raw)
        if packed is None:
            yield path
        else:
            yield from _inner(packed, path, read)


def _unpacked(text: str) -> Any:
    """What a text holds that is itself JSON, such as a request body in a log."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


class _Texts:
    """The texts of some exchanges; `in` says whether one of them has a text in it, as JSON or plain."""

    def __init__(self, found: Sequence[Exchange]) -> None:
        self._whole = "\0".join(dict.fromkeys(text for exchange in found for text in _texts(exchange)))

    def __contains__(self, text: str) -> bool:
        return text in self._whole or json.dumps(text, ensure_ascii=False)[1:-1] in self._whole


def _texts(exchange: Exchange) -> Iterator[str]:
    for stage in Stage:
        for part in exchange.parts(stage):
            yield part.text
    for message in exchange.messages:
        yield from message.texts  # those of the system as well, which belong to no stage
        yield from message.unread
        yield from (call.name for call in message.tool_calls)
    if exchange.response:
        yield from (call.name for call in exchange.response.tool_calls)
    yield from exchange.samples
