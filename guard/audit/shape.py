"""Recognises a logged call in the shapes in which people keep them.

Chat messages, prompt and response pairs under many names, and request and response bodies of
OpenAI-compatible and Qianfan endpoints all become `Exchange`s. Everything under a known name is read:
texts that stand side by side are joined, and every answer is kept.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from guard.types import Exchange, Message, Response, ToolCall

IDS = ("id", "custom_id", "request_id", "log_id", "trace_id", "record_id", "编号", "序号")
"""The fields that may name a record, in order of preference."""

PROMPTS = (
    "prompt", "input", "question", "query", "instruction", "user_input", "user_message", "text",
    "提示词", "提示", "问题", "提问", "用户输入", "用户问题", "用户提问", "输入",
)  # fmt: skip
RESPONSES = (
    "response", "output", "answer", "completion", "reply", "result", "generation", "model_output",
    "assistant", "assistant_message",
    "回答", "回复", "答案", "模型回答", "模型回复", "模型输出", "输出", "响应",
)  # fmt: skip
REASONING = ("reasoning_content", "reasoning", "thinking", "思考", "思考过程", "推理过程")
CALLS = ("tool_calls", "function_call")
MESSAGES = ("messages", "conversations", "conversation", "turns", "dialogue")
HISTORY = ("history", "chat_history", "历史", "历史对话")
SOURCES = (
    "sources", "documents", "context", "contexts", "passages", "references", "资料", "参考资料", "来源",
)  # fmt: skip
SAMPLES = ("samples", "其他回答")
SYSTEM = ("system",)
REQUESTS = ("request", "request_body", "req", "body")
RESULTS = ("response", "response_body", "resp", "result", "body")
NOTES = ("lang", "language", "tags")
"""Fields that describe a record and are passed over."""
METADATA = ("user", "user_id", "audience", "domain", "locale", "model", "session", "session_id")

TEXTS = frozenset((
    *PROMPTS, *RESPONSES, *REASONING, *CALLS, *MESSAGES, *HISTORY, *SOURCES, *SAMPLES, *SYSTEM,
    *REQUESTS, *RESULTS, "choices",
))  # fmt: skip
"""Every field of a record whose texts are read."""

ROLES = {"human": "user", "gpt": "assistant", "bot": "assistant", "ai": "assistant", "model": "assistant"}
"""Role names of other conventions, such as ShareGPT's, in chat-completion words."""

UNKNOWN = (
    "no messages, no prompt and no response; "
    "name the fields 'messages', or 'prompt' and 'response' ('提问' and '回答')"
)


class ShapeError(ValueError):
    """A record whose shape cannot be recognised; the message never quotes its texts."""


def exchanges(raw: Any) -> list[Exchange]:
    """The exchanges of one record: one, or one per answer where there are several.

    Raises `ShapeError` when the record is none of the known shapes.
    """
    if not isinstance(raw, Mapping):
        raise ShapeError(f"not a record but {_kind(raw)}")
    try:
        return _exchanges(raw)
    except RecursionError:
        raise ShapeError("nested too deeply") from None


def _exchanges(raw: Mapping[str, Any]) -> list[Exchange]:
    asked, answers = _asked(raw), _answers(raw)
    if asked is None and not answers:
        raise ShapeError(UNKNOWN)
    messages = asked or []
    if asked is None and isinstance(raw.get("user"), str):  # beside `assistant` it is what the user said
        messages = [_user(raw["user"])]
    if not answers:
        messages, answers = _split(messages)
    metadata = {name: raw[name] for name in METADATA if isinstance(raw.get(name), str | int)}
    common = Exchange.of(messages, sources=_sources(raw), samples=_samples(raw), metadata=metadata)
    return [replace(common, response=answer) for answer in _complete(raw, answers)] or [common]


def _asked(raw: Mapping[str, Any]) -> list[Message] | None:
    """What was sent to the model, by the record itself and by its request; None if neither says."""
    found = _messages_of(raw)
    for name in REQUESTS:
        body = _request(raw, name)
        if name in RESULTS and found is not None and body.keys().isdisjoint(MESSAGES):
            continue  # the body of the response
        if (messages := _messages_of(body)) is not None:
            found = _before(messages, found or [])
    return found


def _request(raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The body of a request; a plain text under a name that only requests have is a prompt."""
    value = raw.get(name)
    body = _body(value)
    if body is None and isinstance(value, str) and value and name not in RESULTS:
        return {"prompt": value}
    return body or {}


def _before(earlier: Iterable[Message], later: list[Message]) -> list[Message]:
    """Both lists of messages; what stands in both is kept in its later place."""
    return [message for message in earlier if message not in later] + later


def _messages_of(place: Mapping[str, Any]) -> list[Message] | None:
    """System text, history, prompt and messages of a record or request; None if it has none of them."""
    found: list[Message] | None = None
    for name in MESSAGES:
        if place.get(name) is not None:
            found = _before(_chat(place[name], name), found or [])
    prompts = _prompts(place)
    if prompts is not None and (found is None or any(each.text for each in prompts)):
        found = _before(prompts, found or [])
    history = [turn for name in HISTORY for turn in _history(place.get(name))]
    if history:
        found = _before(history, found or [])
    system = [_user(text, "system") for name in SYSTEM if isinstance(text := place.get(name), str) and text]
    return found if found is None else _before(system, found)


def _prompts(place: Mapping[str, Any]) -> list[Message] | None:
    prompts = {name: place[name] for name in PROMPTS if place.get(name) not in (None, "")}
    if all(isinstance(prompt, str) for prompt in prompts.values()):
        known = not place.keys().isdisjoint(PROMPTS)
        return [_user("\n".join(dict.fromkeys(prompts.values())))] if known else None
    if len(prompts) > 1:
        raise ShapeError(f"{' and '.join(prompts)} are not all texts")
    ((name, prompt),) = prompts.items()
    return _messages_of(prompt) if isinstance(prompt, Mapping) else _chat(prompt, name)


def _user(text: str, role: str = "user") -> Message:
    return Message(role, (text,))


def _chat(raw: Any, name: str) -> list[Message]:
    raw = _unpacked(raw)
    if not isinstance(raw, list):
        raise ShapeError(f"{name} is {_kind(raw)}, not a list of messages")
    return [_message(item, f"message {number}") for number, item in enumerate(raw, 1)]


def _history(raw: Any) -> list[Message]:
    """Earlier turns: messages, pairs of texts, records of a question and an answer; else plain texts."""
    return [message for turn in _listed(raw) for message in _turn(turn)]


def _turn(raw: Any) -> list[Message]:
    if isinstance(raw, list) and all(isinstance(text, str | None) for text in raw):
        pair = [_user(text or "", "assistant" if number % 2 else "user") for number, text in enumerate(raw)]
        return [message for message in pair if message.text]
    if isinstance(raw, Mapping):
        if "role" in raw or "from" in raw:
            return [_message(raw, "a message of the history")]
        answers = _complete(raw, _answers(raw))
        said = [
            Message("assistant", (each.content,), each.reasoning, each.tool_calls, each.unread)
            for each in answers
        ]
        if turn := [*(_messages_of(raw) or []), *said]:
            return turn
    return [_user(_written(raw))]


def _message(raw: Any, where: str) -> Message:
    """One chat message with its types checked; ShareGPT's `from` and `value` are understood."""
    if not isinstance(raw, Mapping):
        raise ShapeError(f"{where} is {_kind(raw)}")
    role, content = raw.get("role", raw.get("from")), raw.get("content", raw.get("value"))
    if not isinstance(role, str):
        raise ShapeError(f"{where} has no role")
    if content is not None and not isinstance(content, str | list):
        raise ShapeError(f"the content of {where} is {_kind(content)}")
    message = Message.of({"role": ROLES.get(role, role), "content": content})
    return replace(message, reasoning=_reasoning(raw), tool_calls=_calls(raw))


def _reasoning(raw: Mapping[str, Any]) -> str:
    """The reasoning of a message, body or record."""
    return "\n".join(dict.fromkeys(_written(raw[name]) for name in REASONING if raw.get(name)))


def _calls(raw: Mapping[str, Any]) -> tuple[ToolCall, ...]:
    """The tool calls of a message, body or record."""
    return tuple(_call(call) for name in CALLS for call in _listed(raw.get(name)))


def _call(raw: Any) -> ToolCall:
    """One tool call; where its arguments stand under no known name, all of it is read as arguments."""
    function = raw.get("function", raw) if isinstance(raw, Mapping) else None
    if not isinstance(function, Mapping) or function.get("arguments") is None:
        return ToolCall("", _written(raw))
    id = raw.get("id") or ""
    return ToolCall(_written(function.get("name") or ""), _written(function["arguments"]), _written(id))


def _written(raw: Any) -> str:
    """A text as it is, anything else as its JSON, as it travels on the wire."""
    return raw if isinstance(raw, str) else json.dumps(raw, ensure_ascii=False)


def _split(messages: list[Message]) -> tuple[list[Message], list[Response]]:
    """The messages before the answer, and the answer: the last message if the assistant wrote it."""
    if messages and messages[-1].role == "assistant":
        return messages[:-1], [_response(messages[-1])]
    return messages, []


def _response(message: Message) -> Response:
    return Response(message.text, message.reasoning, message.tool_calls, unread=message.unread)


def _answers(raw: Mapping[str, Any]) -> list[Response]:
    """Each answer of a record; texts and bodies under several names are all answers.

    What is no answer is a fault only where there is no other answer.
    """
    found, faults = _choices(raw.get("choices")), []
    for name in dict.fromkeys((*RESPONSES, *RESULTS)):
        try:
            found += _answer(raw[name], name) if raw.get(name) is not None else []
        except ShapeError as fault:
            faults.append(fault)
    if faults and not found:
        raise faults[0]
    return list(dict.fromkeys(found))


def _complete(raw: Mapping[str, Any], answers: list[Response]) -> list[Response]:
    """The answers; the first one has the reasoning and the tool calls that stand beside them all."""
    reasoning, calls = _reasoning(raw), _calls(raw)
    if not reasoning and not calls:
        return answers
    first = answers[0] if answers else Response()
    texts = dict.fromkeys(text for text in (first.reasoning, reasoning) if text)
    more = tuple(call for call in calls if call not in first.tool_calls)
    return [replace(first, reasoning="\n".join(texts), tool_calls=first.tool_calls + more), *answers[1:]]


def _answer(raw: Any, name: str) -> list[Response]:
    """The answers in a response: a text, an assistant message, or the body of an endpoint."""
    body = _body(raw)
    if body is None:
        if not isinstance(raw, str):
            raise ShapeError(f"{name} is {_kind(raw)}, not a text or a response body")
        return [Response(raw)]
    found = _choices(body.get("choices"))
    for said in (body.get("result"), body.get("content"), body.get("text")):
        if isinstance(said, str | list):
            found.append(_response(_message({"role": "assistant", "content": said}, name)))
    if name not in REQUESTS:
        for chat in (each for each in MESSAGES if body.get(each) is not None):
            found += _split(_chat(body[chat], chat))[1]
    found = _complete(body, list(dict.fromkeys(found)))
    if found or not body.keys().isdisjoint(("error", "error_code", "choices", *MESSAGES)):
        return found
    if "content" in body:
        return [Response()]
    if name in REQUESTS and _messages_of(body) is not None:
        return []
    raise ShapeError(f"{name} is an object without choices, result, content or text")


def _body(raw: Any) -> Mapping[str, Any] | None:
    """A request or response body: an object, its JSON text, or what a log wraps around it.

    A text is a body only if it holds choices or messages: a model may answer in JSON, too.
    """
    if isinstance(raw, str):
        known = raw.lstrip()[:1] == "{" and ('"choices"' in raw or '"messages"' in raw)
        raw = _parse(raw) if known else None
    if not isinstance(raw, Mapping):
        return None
    inner = raw.get("body")
    return _body(inner) if inner is not None else raw


def _choices(raw: Any) -> list[Response]:
    if not isinstance(raw, list | None):
        raise ShapeError(f"choices is {_kind(raw)}, not a list")
    return [_choice(choice, f"choice {number}") for number, choice in enumerate(raw or [], 1)]


def _choice(raw: Any, where: str) -> Response:
    if not isinstance(raw, Mapping):
        raise ShapeError(f"{where} is {_kind(raw)}")
    if isinstance(raw.get("message"), Mapping):
        return _response(_message({"role": "assistant", **raw["message"]}, where))
    if not isinstance(raw.get("text"), str):
        raise ShapeError(f"{where} has neither a message nor a text")
    return Response(raw["text"])


def _sources(raw: Mapping[str, Any]) -> list[Any]:
    found: list[Any] = []
    for name in SOURCES:
        for item in _items(raw.get(name), name):
            if item and item not in found:
                found.append(item)
    return found


def _items(raw: Any, name: str) -> list[Any]:
    if raw is None:
        return []
    if isinstance(raw, str):
        raw = _parse(raw) if raw.lstrip()[:2] in ('["', "[{") else [raw]
    if isinstance(raw, Mapping):
        raw = [raw]
    if not isinstance(raw, list) or not all(isinstance(item, str | Mapping) for item in raw):
        raise ShapeError(f"{name} is not a list of texts or of objects with a text")
    return raw


def _samples(raw: Mapping[str, Any]) -> list[str]:
    """The other answers to the same prompt, each a text or an object with one."""
    found: list[str] = []
    for name in SAMPLES:
        given = _unpacked(raw.get(name)) or []
        texts = [_text(item) for item in given] if isinstance(given, list) else [None]
        if not all(isinstance(text, str) for text in texts):
            raise ShapeError(f"{name} is not a list of texts or of objects with a text")
        found += [text for text in texts if text and text not in found]
    return found


def _text(item: Any) -> Any:
    return item.get("content", item.get("text")) if isinstance(item, Mapping) else item


def _unpacked(raw: Any) -> Any:
    """A list that a log or a table keeps as its JSON text; everything else as it is."""
    return _parse(raw) if isinstance(raw, str) and raw.lstrip()[:1] == "[" else raw


def _listed(raw: Any) -> list[Any]:
    """A list, the list whose JSON a text is, or a list of what else is there."""
    with contextlib.suppress(ShapeError):  # a text may begin with a bracket and be no JSON
        raw = _unpacked(raw)
    return raw if isinstance(raw, list) else [raw] if raw else []


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ShapeError("a field that looks like JSON is not") from None


def _kind(raw: Any) -> str:
    """What a JSON value is, in words."""
    if raw is None or isinstance(raw, bool):
        return "null" if raw is None else "true or false"
    names = {str: "a text", int: "a number", float: "a number", list: "a list"}
    return names.get(type(raw), "an object")
