"""Reads and edits what generation calls return, whatever its shape.

An answer or a chunk of a stream is a text; a chat completion (`choices[].message`, `choices[].delta` or
`choices[].text`); an answer of Qianfan's first interface (`result`); or a single message. Each may be a
mapping or an object, such as the models of the openai package. Every text inside is a `Slot`.

Reasoning stands in `reasoning_content` or, in newer vLLM, in `reasoning`; servers that send both send
the same text twice. What holds no text, such as an image, is told by `unread`.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from guard.errors import InputError
from guard.types import Response, Stage, ToolCall

Steps = tuple[str | int, ...]
"""The way from an answer to a node inside: keys, attribute names and indexes."""

MOST_TOOL_CALLS = 128
"""Tool calls that one answer may hold; an index beyond is taken for damage."""

SAID = ("content", "result", "text")
"""Fields of a message that hold what it says; a refusal stands in one of them."""

THOUGHT = ("reasoning_content", "reasoning", "thinking", "reasoning_details", "thinking_blocks")
"""Fields of a message that hold its reasoning."""

SPOKEN = ("multimodal_content", "audio")
"""Fields that say the content once more, or in its place."""

INNER = {"text": "", "refusal": "", "transcript": "", "content": "", "value": ""} | dict.fromkeys(
    ("thinking", "reasoning", "summary"), "reasoning"
)
"""Fields of a part of a message that hold text, and the channel of those that are not of the part's own."""

CALLED: tuple[Steps, ...] = (("function", "arguments"), ("custom", "input"), ("arguments",), ("args",))
"""Ways from a tool call to what the tool is called with."""

DEEPEST = 4
"""Steps from a field of a message down to a text in it."""

ECHOES = ("logprobs", "token_ids", "completion_token_ids", "completion_tokens", *SPOKEN)
"""Fields of a choice or message that repeat its text in another form: emptied where the text is edited."""

FINISH = "content_filter"
"""The finish reason of a refusal, as chat completions and Qianfan call it."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One text inside an answer or chunk.

    `channel` says what the text is part of, as in the path of a `Part` after `response.`: `content`,
    `reasoning`, `tool_calls[0].arguments`. `twins` lead to nodes that repeat the text.
    """

    choice: int
    channel: str
    steps: Steps
    text: str
    name: str = ""
    twins: tuple[Steps, ...] = ()

    @property
    def key(self) -> tuple[int, str]:
        """What tells the channels of all choices apart."""
        return self.choice, self.channel


def stage_of(channel: str) -> Stage:
    """The stage at which a channel's text is judged."""
    return Stage.TOOL_CALL if channel.startswith("tool_calls") else Stage.OUTPUT


def slots(answer: Any) -> list[Slot]:
    """All texts of an answer or chunk, in order.

    Raises `InputError` for something in which no text can be found, so that nothing passes unread.
    """
    if isinstance(answer, str):
        return [Slot(0, "content", (), answer)]
    found: list[Slot] = []
    for choice, steps, node in _messages(answer):
        found += _message_slots(choice, steps, node)
    return found


def unread(answer: Any) -> dict[int, tuple[str, ...]]:
    """The kinds of the parts that hold no text, such as `image_url`, of each choice that has any."""
    found: dict[int, tuple[str, ...]] = {}
    for choice, _, node in () if isinstance(answer, str) else _messages(answer):
        if kinds := tuple(_unread_kinds(node)):
            found[choice] = found.get(choice, ()) + kinds
    return found


def responses(
    found: Iterable[Slot], unread: Mapping[int, tuple[str, ...]] = MappingProxyType({})
) -> dict[int, Response]:
    """The response of each choice, by its index; `unread` names the parts without text."""
    texts: dict[tuple[int, str], str] = {}
    names: dict[tuple[int, str], str] = {}
    for slot in found:
        texts[slot.key] = texts.get(slot.key, "") + slot.text
        names[slot.key] = names.get(slot.key) or slot.name
    choices = dict.fromkeys([*(key[0] for key in texts), *unread])
    return {choice: response_of(choice, texts, names, unread.get(choice, ())) for choice in choices}


def response_of(
    choice: int,
    texts: Mapping[tuple[int, str], str],
    names: Mapping[tuple[int, str], str],
    unread: tuple[str, ...] = (),
) -> Response:
    """One choice's response from its channels' texts and the kinds of its parts without text."""
    tools = [channel for at, channel in texts if at == choice and channel.startswith("tool_calls")]
    count = max((_tool_index(channel) + 1 for channel in tools), default=0)
    keys = [(choice, _tool_channel(index)) for index in range(count)]
    return Response(
        texts.get((choice, "content"), ""),
        texts.get((choice, "reasoning"), ""),
        tuple(ToolCall(names.get(key, ""), texts.get(key, "")) for key in keys),
        unread=unread,
    )


def edit(answer: Any, texts: Mapping[Steps, str]) -> Any:
    """A copy of the answer with these texts in their slots; what else is in it is shared, not copied."""
    touched = {steps[:2] for steps in texts if steps[:1] == ("choices",)}
    own = [way for slot in slots(answer) for way in (slot.steps, *slot.twins)] if touched else []
    for steps, text in texts.items():
        answer = put(answer, steps, like(node_at(answer, steps), text))
    for steps in touched:
        answer = _silence(answer, steps, own)
    return answer


def node_at(node: Any, steps: Steps) -> Any:
    """What stands at the end of this way; None where there is nothing."""
    for step in steps:
        node = get(node, step)
    return node


def like(old: Any, text: str) -> Any:
    """A new text in the form of the old node: arguments that came as a mapping stay one."""
    if old is None or isinstance(old, str):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def replaced(answer: Any, found: Iterable[Slot], texts: Mapping[tuple[int, str], str]) -> Any:
    """A copy of the answer in which whole channels have new texts; the very answer if none has."""
    edits: dict[Steps, str] = {}
    seen: set[tuple[int, str]] = set()
    for slot in found:
        if slot.key in texts:
            text = "" if slot.key in seen else texts[slot.key]
            edits |= dict.fromkeys((slot.steps, *slot.twins), text)
            seen.add(slot.key)
    return edit(answer, edits) if edits else answer


def refused(answer: Any, text: str, choices: Iterable[int]) -> Any:
    """A copy of an answer or chunk in which these choices hold nothing but the refusal."""
    wanted = set(choices)
    for choice, steps, node in list(_messages(answer)):
        if choice in wanted:
            answer = _refuse(answer, steps, node, text)
    return answer


def choices_of(answer: Any) -> set[int]:
    """The choices of which an answer or chunk holds anything."""
    return {0} if isinstance(answer, str) else {choice for choice, _, _ in _messages(answer)}


def without(chunk: Any, choice: int) -> Any:
    """The chunk with nothing in this choice, the very chunk if it has none; None if that is all it has."""
    held = choices_of(chunk)
    if choice not in held:
        return chunk
    if held == {choice}:
        return None
    chunk = refused(chunk, "", [choice])
    for position, each in enumerate(get(chunk, "choices")):
        if _number(each, position) == choice:
            chunk = put(chunk, ("choices", position, "finish_reason"), None)
    return chunk


def alone(chunk: Any, choice: int) -> Any:
    """A copy of a chunk that holds this choice only, and once."""
    choices = None if isinstance(chunk, str) else get(chunk, "choices")
    if not choices:
        return chunk
    own = [each for position, each in enumerate(choices) if _number(each, position) == choice]
    return put(chunk, ("choices",), own[:1])


def get(node: Any, name: str | int) -> Any:
    """A field of a mapping or an object, an item of a sequence; None where there is none."""
    if isinstance(node, Mapping):
        return node.get(name)
    if isinstance(name, int):
        return node[name] if isinstance(node, list | tuple) and 0 <= name < len(node) else None
    return getattr(node, name, None)


def put(node: Any, steps: Steps, value: Any) -> Any:
    """A copy of a nest of mappings, objects and sequences with one value changed."""
    if not steps:
        return value
    first, rest = steps[0], steps[1:]
    return _with(node, first, put(get(node, first), rest, value))


def _with(node: Any, name: str | int, value: Any) -> Any:
    if isinstance(node, list | tuple):
        return type(node)(value if index == name else item for index, item in enumerate(node))
    changed = copy.copy(node)
    if isinstance(node, dict):
        changed[name] = value
    elif isinstance(node, Mapping):
        # A response of the qianfan package is a mapping over its `body`.
        changed.body = {**changed.body, name: value}
    else:
        _set(changed, str(name), value)
    return changed


def _set(node: Any, name: str, value: Any) -> None:
    try:
        setattr(node, name, value)
    except (AttributeError, ValueError):
        # Frozen: the copy is ours to write.
        object.__setattr__(node, name, value)


def _messages(answer: Any) -> Iterator[tuple[int, Steps, Any]]:
    """Choice, way and node of everything in the answer that is shaped like a message."""
    if isinstance(answer, bytes | bytearray | list | tuple | int | float | None):
        raise _unreadable(answer)
    if _has(answer, "choices"):
        yield from _choices(get(answer, "choices") or ())
    elif isinstance(get(answer, "message"), Mapping) or is_message(get(answer, "message")):
        yield 0, ("message",), get(answer, "message")
    elif _has(answer, "result") or is_message(answer):
        yield 0, (), answer
    elif not _is_error(answer):
        raise _unreadable(answer)


def _choices(choices: Iterable[Any]) -> Iterator[tuple[int, Steps, Any]]:
    for position, choice in enumerate(choices):
        number = _number(choice, position)
        for name in ("message", "delta"):
            if get(choice, name) is not None:
                yield number, ("choices", position, name), get(choice, name)
        if isinstance(get(choice, "text"), str):
            yield number, ("choices", position), choice


def _number(node: Any, position: int) -> int:
    """The index that a choice or tool call gives itself, else its position."""
    index = get(node, "index")
    return index if isinstance(index, int) else position


def _message_slots(choice: int, steps: Steps, node: Any) -> Iterator[Slot]:
    yield from text_slots(choice, steps, node, (*SAID, "refusal", *SPOKEN), "content")
    yield from text_slots(choice, steps, node, THOUGHT, "reasoning")
    yield from tool_slots(choice, steps, node)


def text_slots(choice: int, steps: Steps, node: Any, names: Iterable[str], channel: str) -> list[Slot]:
    """The texts in these fields of a message; what is said twice is one slot with a twin."""
    found: list[Slot] = []
    for name in names:
        leaves = list(_leaves(get(node, name), (*steps, name), channel, DEEPEST))
        own = [Slot(choice, at, way, text) for at, way, text in leaves]
        said = "".join(slot.text for slot in found)
        if not (name in SPOKEN and said and said == "".join(slot.text for slot in own)):
            found = _with_twins(found, own)
    return found


def _with_twins(found: list[Slot], more: Sequence[Slot]) -> list[Slot]:
    """The slots with another field's; a field that is one of these texts again is its twin."""
    for at, slot in enumerate(found):
        if len(more) == 1 and slot.text and (slot.channel, slot.text) == (more[0].channel, more[0].text):
            twin = replace(slot, twins=(*slot.twins, more[0].steps))
            return [*found[:at], twin, *found[at + 1 :]]
    return [*found, *more]


def _leaves(node: Any, steps: Steps, channel: str, depth: int) -> Iterator[tuple[str, Steps, str]]:
    """Channel, way and text of every text in a field of a message."""
    if isinstance(node, str):
        yield channel, steps, node
    elif node is None or callable(node) or not depth:
        return
    elif isinstance(node, list | tuple):
        for index, item in enumerate(node):
            yield from _leaves(item, (*steps, index), channel, depth - 1)
    else:
        for name, other in INNER.items():
            yield from _leaves(get(node, name), (*steps, name), other or channel, depth - 1)


def _unread_kinds(node: Any) -> Iterator[str]:
    for name in (*SAID, *SPOKEN, "images"):
        held = get(node, name)
        for item in held if isinstance(held, list | tuple) else [held]:
            if item and not callable(item) and not any(_leaves(item, (), "", DEEPEST)):
                yield str(get(item, "type") or (type(item).__name__ if name in SAID else name))


def tool_slots(choice: int, steps: Steps, node: Any) -> Iterator[Slot]:
    """The arguments of the tool calls of a message, and what was thought of each."""
    held = get(node, "tool_calls")
    calls = held if isinstance(held, list | tuple) else ()
    for position, call in enumerate(calls):
        number = _number(call, position)
        yield from _call_slots(choice, (*steps, "tool_calls", position), call, number)
    if get(node, "function_call") is not None:
        yield from _call_slots(choice, (*steps, "function_call"), get(node, "function_call"), len(calls))


def _call_slots(choice: int, steps: Steps, call: Any, number: int) -> Iterator[Slot]:
    if not 0 <= number < MOST_TOOL_CALLS:
        raise InputError(f"a message holds a tool call numbered {number}; at most {MOST_TOOL_CALLS} are read")
    if isinstance(get(call, "thoughts"), str):
        yield Slot(choice, "reasoning", (*steps, "thoughts"), get(call, "thoughts"))
    found: list[Slot] = []
    for way in CALLED:
        holder = call if len(way) == 1 else get(call, way[0])
        value = get(holder, way[-1]) if holder is not None else None
        if value is not None:
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
            name = str(get(holder, "name") or "")
            found = _with_twins(found, [Slot(choice, _tool_channel(number), (*steps, *way), text, name)])
    if not found and call is not None:
        # A call that begins with its name alone is one already.
        way, holder = next((way, held) for way in CALLED if (held := node_at(call, way[:-1])) is not None)
        name = str(get(holder, "name") or "")
        found = [Slot(choice, _tool_channel(number), (*steps, *way), "", name)]
    yield from [slot for slot in found if slot.text] or found[:1]


def _tool_channel(index: int) -> str:
    return f"tool_calls[{index}].arguments"


def _tool_index(channel: str) -> int:
    return int(channel.removeprefix("tool_calls[").partition("]")[0])


def _refuse(answer: Any, steps: Steps, node: Any, text: str) -> Any:
    said = [name for name in SAID if get(node, name) is not None and not callable(get(node, name))]
    place = min(said, key=lambda name: not get(node, name), default="content")
    answer = put(answer, (*steps, place), text)
    for name in (*SAID, "refusal", *THOUGHT, "tool_calls", "function_call", "images"):
        held = get(node_at(answer, steps), name)
        # A property that repeats the refusal needs no emptying.
        if name != place and held and held != text and not callable(held):
            empty: Any = [] if isinstance(held, list) else "" if isinstance(held, str) else None
            answer = put(answer, (*steps, name), None if name == "refusal" else empty)
    choice = steps[:2] if steps[:1] == ("choices",) else ()
    if choice or _has(answer, "finish_reason"):
        answer = put(answer, (*choice, "finish_reason"), FINISH)
    return _silence(answer, choice)


def _silence(answer: Any, choice: Steps, own: Sequence[Steps] = ()) -> Any:
    """The answer without the echoes of a choice's text; one with texts of its own loses but its sound."""
    for steps in (choice, (*choice, "message"), (*choice, "delta")):
        node = node_at(answer, steps)
        for name in ECHOES:
            at = (*steps, name)
            if node is None or get(node, name) is None or callable(get(node, name)):
                continue
            if not any(way[: len(at)] == at for way in own):
                answer = put(answer, at, None)
            elif get(get(node, name), "data") is not None:
                answer = put(answer, (*at, "data"), None)
    return answer


def _has(node: Any, name: str) -> bool:
    return name in node if isinstance(node, Mapping) else hasattr(node, name)


def is_message(node: Any) -> bool:
    """Whether something has a field that only messages have."""
    names = ("content", "reasoning_content", "tool_calls")
    return node is not None and not isinstance(node, str) and any(_has(node, name) for name in names)


def _is_error(answer: Any) -> bool:
    """Whether the answer is a server's error, which holds none of the model's words."""
    named = any(get(answer, name) is not None for name in ("error", "error_code", "error_msg"))
    return named or get(answer, "object") == "error"


def _unreadable(answer: Any) -> InputError:
    return InputError(
        f"the wrapped call returned {type(answer).__name__}, in which no text can be found to judge; "
        "let it return a text, a chat completion, or a stream of either"
    )
