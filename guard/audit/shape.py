"""Recognises a logged call in the shapes in which people keep them.

Chat messages, prompt and response pairs under many names, and request and response bodies of
OpenAI-compatible and Qianfan endpoints all become `Exchange`s.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from guard.types import Exchange

PROMPTS = (
    "prompt", "input", "question", "query", "instruction", "user_input", "user_message", "text",
    "提示词", "提示", "问题", "提问", "用户输入", "用户问题", "用户提问", "输入",
)  # fmt: skip
RESPONSES = (
    "response", "output", "answer", "completion", "reply", "result", "generation", "model_output",
    "assistant", "assistant_message",
    "回答", "回复", "答案", "模型回答", "模型回复", "模型输出", "输出", "响应",
)  # fmt: skip
MESSAGES = ("messages", "conversations", "conversation", "turns", "dialogue")
SOURCES = (
    "sources",
    "documents",
    "context",
    "contexts",
    "passages",
    "references",
    "资料",
    "参考资料",
    "来源",
)
SAMPLES = ("samples", "其他回答")
REQUESTS = ("request", "request_body", "req", "body")
RESULTS = ("response", "response_body", "resp", "result", "body")
METADATA = ("user", "user_id", "audience", "domain", "locale", "model", "session", "session_id")

ROLES = {"human": "user", "gpt": "assistant", "bot": "assistant", "ai": "assistant", "model": "assistant"}
"""Role names of other conventions, such as ShareGPT's, in chat-completion words."""


class ShapeError(ValueError):
    """A record whose shape cannot be recognised; the message never quotes its texts."""


def exchanges(raw: Any) -> list[Exchange]:
    """The exchanges of one record: one, or one per choice where the model gave several answers.

    Raises `ShapeError` when the record is none of the known shapes.
    """
    if not isinstance(raw, Mapping):
        raise ShapeError(f"not a record but {_kind(raw)}")
    asked = _asked(raw)
    answers = _answers(raw)
    if asked is None and not answers:
        raise ShapeError("no messages, no prompt and no response")
    messages = asked or []
    if not answers:
        messages, answers = _split(messages)
    return [_exchange(raw, messages, answer) for answer in answers or [None]]


def _exchange(raw: Mapping[str, Any], messages: list[Any], answer: Any) -> Exchange:
    metadata = {name: raw[name] for name in METADATA if isinstance(raw.get(name), str | int)}
    return Exchange.of(
        messages,
        sources=_sources(raw),
        response=answer,
        samples=_samples(raw),
        metadata=metadata,
    )


def _asked(raw: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """What was sent to the model: the record's own messages or prompt, or those of its request."""
    for place in (raw, *(_body(raw.get(name)) for name in REQUESTS)):
        if place is not None and (found := _messages_of(place)) is not None:
            return found
    return None


def _messages_of(place: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    for name in MESSAGES:
        if place.get(name) is not None:
            return _system(place) + _chat(place[name], name)
    prompts = {name: place[name] for name in PROMPTS if place.get(name) not in (None, "")}
    if all(isinstance(prompt, str) for prompt in prompts.values()):
        known = not place.keys().isdisjoint(PROMPTS)
        content = "\n".join(dict.fromkeys(prompts.values()))
        return [*_system(place), {"role": "user", "content": content}] if known else None
    if len(prompts) > 1:
        raise ShapeError(f"{' and '.join(prompts)} are not all texts")
    ((name, prompt),) = prompts.items()
    return _messages_of(prompt) if isinstance(prompt, Mapping) else _chat(prompt, name)


def _system(place: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The system text that some endpoints take beside the messages."""
    system = place.get("system")
    return [{"role": "system", "content": system}] if isinstance(system, str) and system else []


def _chat(raw: Any, name: str) -> list[dict[str, Any]]:
    if isinstance(raw, str) and raw.lstrip()[:1] == "[":
        raw = _parse(raw)
    if not isinstance(raw, list):
        raise ShapeError(f"{name} is {_kind(raw)}, not a list of messages")
    return [_message(item, number) for number, item in enumerate(raw, 1)]


def _message(raw: Any, number: int) -> dict[str, Any]:
    """One chat message with its types checked; ShareGPT's `from` and `value` are understood."""
    if not isinstance(raw, Mapping):
        raise ShapeError(f"message {number} is {_kind(raw)}")
    role, content = raw.get("role", raw.get("from")), raw.get("content", raw.get("value"))
    if not isinstance(role, str):
        raise ShapeError(f"message {number} has no role")
    if content is not None and not isinstance(content, str | list):
        raise ShapeError(f"the content of message {number} is {_kind(content)}")
    return {**raw, "role": ROLES.get(role, role), "content": content, "tool_calls": _calls(raw, number)}


def _calls(raw: Mapping[str, Any], number: int) -> list[Any]:
    calls = _list(raw.get("tool_calls"))
    if isinstance(raw.get("function_call"), Mapping):
        calls = [*calls, {"function": raw["function_call"]}]
    for call in calls:
        if not isinstance(call, Mapping) or not isinstance(call.get("function", {}), Mapping):
            raise ShapeError(f"a tool call of message {number} is not an object")
    return [{**call, "function": _function(call)} for call in calls]


def _function(call: Mapping[str, Any]) -> dict[str, Any]:
    """The function of a call with its arguments as JSON text, as they travel on the wire."""
    function = dict(call.get("function") or call)
    if isinstance(function.get("arguments"), Mapping | list):
        function["arguments"] = json.dumps(function["arguments"], ensure_ascii=False)
    return function


def _split(messages: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[Any]]:
    """The messages before the answer, and the answer: the last message if the assistant wrote it."""
    if messages and messages[-1]["role"] == "assistant":
        return messages[:-1], messages[-1:]
    return messages, []


def _answers(raw: Mapping[str, Any]) -> list[Any]:
    """Each answer as text or assistant message; several texts under several names are all answers."""
    if "choices" in raw:
        return list(_choices(raw["choices"]))
    given = {name: raw[name] for name in dict.fromkeys((*RESPONSES, *RESULTS)) if raw.get(name) is not None}
    bodies = [name for name in given if not isinstance(given[name], str) or _body(given[name])]
    if bodies:
        return _answer(given[bodies[0]], bodies[0])
    return list(dict.fromkeys(given.values()))


def _answer(raw: Any, name: str) -> list[Any]:
    """The answers in a response: a text, an assistant message, or the body of an endpoint."""
    body = _body(raw)
    if body is None:
        if not isinstance(raw, str):
            raise ShapeError(f"{name} is {_kind(raw)}, not a text or a response body")
        return [raw]
    if "choices" in body:
        return list(_choices(body["choices"]))
    if isinstance(body.get("result"), str):  # the first Qianfan API
        return [_message({**body, "role": "assistant", "content": body["result"]}, 1)]
    if not body.keys().isdisjoint(("content", "reasoning_content", "tool_calls")):
        return [_message({**body, "role": "assistant"}, 1)]
    if isinstance(body.get("text"), str):
        return [body["text"]]
    if not body.keys().isdisjoint(("error", "error_code", *MESSAGES)):
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


def _choices(raw: Any) -> Iterator[Any]:
    if not isinstance(raw, list):
        raise ShapeError(f"choices is {_kind(raw)}, not a list")
    for number, choice in enumerate(raw, 1):
        if not isinstance(choice, Mapping):
            raise ShapeError(f"choice {number} is {_kind(choice)}")
        if isinstance(choice.get("message"), Mapping):
            yield _message({"role": "assistant", **choice["message"]}, number)
        elif isinstance(choice.get("text"), str):
            yield choice["text"]
        else:
            raise ShapeError(f"choice {number} has neither a message nor a text")


def _sources(raw: Mapping[str, Any]) -> list[Any]:
    name = next((name for name in SOURCES if raw.get(name) is not None), "")
    if not name:
        return []
    found = raw[name]
    if isinstance(found, str):
        found = _parse(found) if found.lstrip()[:2] in ('["', "[{") else [found]
    if isinstance(found, Mapping):
        found = [found]
    if not isinstance(found, list) or not all(isinstance(item, str | Mapping) for item in found):
        raise ShapeError(f"{name} is not a list of texts or of objects with a text")
    return [item for item in found if item]


def _samples(raw: Mapping[str, Any]) -> list[str]:
    """The other answers to the same prompt, each a text or an object with one."""
    name = next((name for name in SAMPLES if raw.get(name) not in (None, "")), "")
    found = raw[name] if name else []
    if isinstance(found, str) and found.lstrip()[:1] == "[":
        found = _parse(found)
    texts = [_text(item) for item in found] if isinstance(found, list) else [None]
    if not all(isinstance(text, str) for text in texts):
        raise ShapeError(f"{name} is not a list of texts or of objects with a text")
    return [text for text in texts if text]


def _text(item: Any) -> Any:
    return item.get("content", item.get("text")) if isinstance(item, Mapping) else item


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ShapeError("a field that looks like JSON is not") from None


def _list(raw: Any) -> Sequence[Any]:
    return raw if isinstance(raw, list) else []


def _kind(raw: Any) -> str:
    """What a JSON value is, in words."""
    if raw is None or isinstance(raw, bool):
        return "null" if raw is None else "true or false"
    names = {str: "a text", int: "a number", float: "a number", list: "a list"}
    return names.get(type(raw), "an object")
