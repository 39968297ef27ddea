"""Reads one chat message of a request, as answers are read, and rewrites it in the same shape.

A message is a mapping, an object or a `Message`. What it holds beyond texts that are read and the labels
that say what it is, such as a role or an id, is `unread`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from guard.errors import InputError
from guard.pipeline.shape import (
    SAID,
    SPOKEN,
    THOUGHT,
    Slot,
    Steps,
    get,
    is_message,
    like,
    node_at,
    put,
    text_slots,
    tool_slots,
)
from guard.types import Message, ToolCall, speaker

LABELS = frozenset(
    {
        "cache_control", "created", "created_at", "detail", "finish_reason", "format", "id", "index", "model",
        "name", "object", "partial", "prefix", "role", "status", "timestamp", "tool_call_id", "tool_name",
        "type", "updated_at", "weight",
    }
)  # fmt: skip
"""Fields that say what a message or a part of it is, and hold no words."""

NAMES = frozenset({"name", "tool_name"})
"""Labels that models are shown: names of tools, as no speaker's name is a label."""

_LABEL = re.compile(r"[\w.:+/=-]{0,256}", re.ASCII)
_NAME = re.compile(r"(?!.*[0-9]{9})[\w.:/-]{0,64}", re.ASCII)


@dataclass(frozen=True)
class Reading:
    """The slots of a message by what they are part of, in the order of the texts of a `Message`."""

    texts: list[Slot]
    thoughts: list[Slot]
    calls: list[Slot]

    @classmethod
    def of(cls, item: Any) -> Reading:
        """The slots of a message in any shape."""
        found = text_slots(0, (), item, (*SAID, "refusal"), "content")
        # What is said once more is a text of its own, so that it is edited as well.
        for name in SPOKEN:
            found += text_slots(0, (), item, (name,), "content")
        found += [*text_slots(0, (), item, THOUGHT, "reasoning"), *tool_slots(0, (), item)]
        return cls(
            [
                slot
                for slot in found
                if slot.channel == "content" and (slot.text or slot.steps[0] == "content")
            ],
            [slot for slot in found if slot.channel == "reasoning" and slot.text],
            [slot for slot in found if slot.channel.startswith("tool_calls")],
        )

    def ways(self) -> set[Steps]:
        """Where texts stand."""
        return {
            way for slot in (*self.texts, *self.thoughts, *self.calls) for way in (slot.steps, *slot.twins)
        }


def read_message(number: int, item: Any) -> Message:
    """The message at this place. Raises `InputError` for what is no message, or cannot be read."""
    if isinstance(item, Message):
        return item
    kind = type(item).__name__
    if get(item, "role") is None or isinstance(item, str):
        raise InputError(f"messages[{number}] is {kind} without a role, not a chat message")
    reading = Reading.of(item)
    name = speaker(get(item, "role"), get(item, "name"))
    unread = tuple(_beyond(item, (), "message", reading.ways() | ({("name",)} if name else set())))
    if not (reading.ways() or unread or isinstance(item, Mapping) or is_message(item)):
        raise InputError(
            f"messages[{number}] is {kind}, in which no text can be found to judge; "
            "write {'role': …, 'content': …} instead"
        )
    return Message(
        str(get(item, "role")),
        tuple(slot.text for slot in reading.texts),
        "\n".join(slot.text for slot in reading.thoughts),
        tuple(ToolCall(slot.name, slot.text, _id_of(item, slot)) for slot in reading.calls),
        unread,
        name,
    )


def edit_message(item: Any, edits: Mapping[str, str]) -> Any:
    """A copy of the message with these parts, named by their paths in it, changed."""
    if isinstance(item, Message):
        return _edit_read(item, edits)
    reading = Reading.of(item)
    for path, text in edits.items():
        if path == "reasoning":
            for order, slot in enumerate(reading.thoughts):
                item = _write(item, slot, "" if order else text)
        elif path == "name":
            item = put(item, ("name",), text)
        else:
            slots = reading.texts if path.startswith("content") else reading.calls
            item = _write(item, slots[_number(path)], text)
    return item


def noted(item: Any, note: str) -> Any:
    """A user message with a note at its end; None for one that takes none."""
    if get(item, "role") != "user":
        return None
    if isinstance(item, Message):
        single = len(item.texts) == 1 and not item.unread
        texts = (f"{item.text}\n\n{note}",) if single else (*item.texts, note)
        return replace(item, texts=texts)
    content = get(item, "content")
    if isinstance(content, str):
        return put(item, ("content",), f"{content}\n\n{note}")
    if isinstance(content, list):
        return put(item, ("content",), [*content, {"type": "text", "text": note}])
    return None


def _edit_read(message: Message, edits: Mapping[str, str]) -> Message:
    texts, calls = list(message.texts), list(message.tool_calls)
    for path, text in edits.items():
        if path.startswith("content"):
            texts[_number(path)] = text
        elif path.startswith("tool_calls"):
            calls[_number(path)] = replace(calls[_number(path)], arguments=text)
    reasoning, name = edits.get("reasoning", message.reasoning), edits.get("name", message.name)
    return replace(message, texts=tuple(texts), reasoning=reasoning, tool_calls=tuple(calls), name=name)


def _number(path: str) -> int:
    """Which text of its kind the path names; the only one has no number."""
    number = re.search(r"\[(\d+)\]", path)
    return int(number[1]) if number else 0


def _write(item: Any, slot: Slot, text: str) -> Any:
    for way in (slot.steps, *slot.twins):
        old = node_at(item, way)
        # A property that repeats another field has changed with it.
        if old != text:
            item = put(item, way, like(old, text))
    return item


def _id_of(item: Any, slot: Slot) -> str:
    return str(get(node_at(item, slot.steps[:2]), "id") or "") if slot.steps[0] == "tool_calls" else ""


def _beyond(node: Any, steps: Steps, name: str, ways: Collection[Steps]) -> Iterator[str]:
    """The kind of all that a node holds beyond texts at these ways, and labels."""
    if steps in ways or _is_empty(node) or (name in LABELS and _is_label(node, name)):
        return
    if isinstance(node, list | tuple):
        for index, item in enumerate(node):
            yield from _beyond(item, (*steps, index), name, ways)
    elif not isinstance(node, str | bytes) and any(way[: len(steps)] == steps for way in (*ways, ())):
        for own, value in _fields(node).items():
            yield from _beyond(value, (*steps, own), own, ways)
    else:
        yield _kind(node, name)


def _is_empty(node: Any) -> bool:
    if isinstance(node, str | bytes | list | tuple | Mapping):
        return not node
    return node is None or isinstance(node, bool) or callable(node)


def _is_label(node: Any, name: str = "") -> bool:
    if isinstance(node, Mapping):
        return all(_is_empty(value) or _is_label(value) for value in node.values())
    if name in NAMES:
        return isinstance(node, str) and _NAME.fullmatch(node) is not None
    return isinstance(node, int | float) or (isinstance(node, str) and _LABEL.fullmatch(node) is not None)


def _fields(node: Any) -> dict[str, Any]:
    """The fields of a mapping, or those of an object that are open to all."""
    if isinstance(node, Mapping):
        return dict(node)
    slots = [getattr(kind, "__slots__", ()) for kind in type(node).__mro__]
    names = [name for each in slots for name in ([each] if isinstance(each, str) else each)]
    names += [*getattr(node, "__dict__", ()), *(getattr(node, "model_extra", None) or ())]
    return {name: get(node, name) for name in names if not name.startswith("_")}


def _kind(node: Any, name: str) -> str:
    """What a thing calls itself, else the name of the field that it stands in."""
    own = get(node, "type")
    if isinstance(own, str) and own and _LABEL.fullmatch(own):
        return own
    if name in SAID:
        return type(node).__name__
    return name if _LABEL.fullmatch(name) else "unnamed"
