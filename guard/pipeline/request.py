"""Reads what a generation call is asked, and rewrites it in the same shape.

The question is the parameter `messages` or `prompt`, else the argument that is a list of chat messages,
else the one that is a text and no setting, such as the model; retrieved documents travel in the keyword
`sources`, the conversation's vault in the keyword `conversation`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import Any

from guard.errors import InputError
from guard.pipeline.message import edit_message, noted, read_message
from guard.pipeline.shape import get
from guard.pipeline.source import edit_source, is_single, listed, read_sources
from guard.pipeline.vault import Vault
from guard.types import Exchange, Message

NAMES = ("messages", "prompt")
"""Keywords under which calls take the question."""

SETTINGS = frozenset(
    {
        "api_key", "base_url", "endpoint", "instructions", "lang", "language", "locale", "model",
        "model_name", "name", "reasoning_effort", "role", "service_tier", "session_id", "system",
        "system_prompt", "tool_choice", "url", "user", "user_id", "verbosity",
    }
)  # fmt: skip
"""Parameters whose texts are the operator's own, and not the question."""

SOURCES = "sources"
CONVERSATION = "conversation"

TOOLS = ("tools", "tool_choice", "parallel_tool_calls", "functions", "function_call")
"""Keywords that let the model call tools."""

BOUNDS = (
    "response_format", "text_format", "stop", "stop_sequences", "suffix", "prediction", "logit_bias",
    "logprobs", "top_logprobs", "guided_json", "guided_regex", "guided_choice", "guided_grammar",
    "structured_outputs", "web_search",
)  # fmt: skip
"""Keywords that bind an answer, or fetch something for it: not meant for another question."""

LIMITS = ("max_tokens", "max_completion_tokens", "max_output_tokens", "max_new_tokens")
LEAST_TOKENS = 2048
"""How many tokens the answer to a filter's question may have, at the least: about fifty verdicts."""
NESTED = "extra_body"
"""The keyword under which a client takes further keywords of its endpoint."""

Place = int | str
"""An argument: its position or its keyword."""


@dataclass(frozen=True)
class Request:
    """The arguments of one call; `asked` and `grounds` say which hold the question and the sources.

    `vault` is the conversation's, where the caller gave one.
    """

    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    asked: Place
    grounds: Place | None = None
    exchange: Exchange = field(default_factory=Exchange)
    vault: Vault | None = None

    @property
    def question(self) -> str | Sequence[Any]:
        """The chat messages or the text asked."""
        question: str | Sequence[Any] = self._at(self.asked)
        return question

    @property
    def streams(self) -> bool:
        """Whether the caller asks for a stream by the keyword `stream`."""
        return bool(self.kwargs.get("stream"))

    def edit(self, edits: Mapping[str, str]) -> Request:
        """The request with these parts of the exchange, named by their paths, changed."""
        if not edits:
            return self
        question = self.question
        if isinstance(question, str):
            question = edits.get("messages[0].content", question)
        else:
            question = _edit_each(question, "messages", edits, edit_message)
        changed = self._put(self.asked, question)
        if changed.grounds is not None and changed._at(changed.grounds):
            sources = listed(changed._at(changed.grounds))
            changed = changed._put(changed.grounds, _edit_each(sources, SOURCES, edits, edit_source))
        return replace(changed, exchange=_edit_exchange(self.exchange, edits))

    def with_note(self, note: str) -> Request:
        """The request with a note to the model at its end.

        The note joins the last user message rather than following it, since some models take no two
        messages of one role in a row.
        """
        question = self.question
        if isinstance(question, str):
            return self._put(self.asked, f"{question}\n\n{note}")
        if question and (last := noted(question[-1], note)) is not None:
            return self._put(self.asked, [*question[:-1], last])
        own: Any = (
            Message("user", (note,)) if _is_of_messages(question) else {"role": "user", "content": note}
        )
        return self._put(self.asked, [*question, own])

    def in_language(self, code: str) -> Request:
        """The request with its language noted, as redaction may leave too little to tell it by."""
        if not code:
            return self
        metadata = {**self.exchange.metadata, "language": code}
        return replace(self, exchange=replace(self.exchange, metadata=metadata))

    def send(self, call: Callable[..., Any]) -> Any:
        """Makes the call."""
        return call(*self.args, **self.kwargs)

    def whole(self, signature: inspect.Signature | None) -> Request:
        """The request for one answer in one piece, where the call streams by its parameter `stream`."""
        kwargs = {name: value for name, value in self.kwargs.items() if name != "stream_options"}
        request = replace(self, kwargs=kwargs)
        for name, value in (("stream", False), ("n", 1)):
            if (place := request._place(name, signature)) is not None:
                request = request._put(place, value)
        return request

    def varied(self, number: int, temperature: float | None, signature: inspect.Signature | None) -> Request:
        """The request for another answer: with a seed of its own and, where one is wanted, a temperature."""
        request = self
        seed = self._place("seed", signature)
        if seed is not None and isinstance(given := self._at(seed), int):
            request = request._put(seed, given + number + 1)
        if temperature is None:
            return request
        warmth = self._place("temperature", signature)
        if warmth is None and not _takes(signature, "temperature"):
            return request
        return request._put("temperature" if warmth is None else warmth, temperature)

    def asking(self, messages: Sequence[Message], signature: inspect.Signature | None) -> Request:
        """The request that puts another question to the same model, which answers freely and in words.

        Which model and how to reach it stay as they are; what binds the answer is left out, and limits on
        its tokens, those of the signature too, are raised.
        """
        given = list(signature.parameters.values()) if signature else []
        names = [each.name for each in given[: len(self.args)]]
        args = tuple(_raised(name, value) for name, value in zip_longest(names, self.args))
        limits = {each.name: each.default for each in given[len(args) :] if each.name in LIMITS}
        set_limits = {name: value for name, value in limits.items() if isinstance(value, int)}
        kwargs = _unbound({**set_limits, **self.kwargs})
        question: Any = self.question
        if isinstance(question, str):
            asked: Any = "\n\n".join(message.text for message in messages)
        elif _is_of_messages(question):
            asked = list(messages)
        else:
            asked = [{"role": message.role, "content": message.text} for message in messages]
        return replace(self, args=args, kwargs=kwargs)._put(self.asked, asked)

    def _place(self, name: str, signature: inspect.Signature | None) -> Place | None:
        """Where the call is given the parameter of this name, if it is."""
        if name in self.kwargs:
            return name
        names = _positional(signature)[: len(self.args)]
        return names.index(name) if name in names else None

    def _at(self, place: Place) -> Any:
        return self.args[place] if isinstance(place, int) else self.kwargs[place]

    def _put(self, place: Place, value: Any) -> Request:
        if isinstance(place, int):
            return replace(self, args=(*self.args[:place], value, *self.args[place + 1 :]))
        return replace(self, kwargs={**self.kwargs, place: value})


def read(signature: inspect.Signature | None, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Request:
    """The request in a call's arguments.

    `sources`, and a vault as `conversation`, are left out of what the call gets unless it has a parameter
    of this name. Raises `InputError` when no question is found or a message has no readable shape.
    """
    vault = kwargs.get(CONVERSATION)
    if isinstance(vault, Vault):
        return replace(_read_call(signature, args, _without(kwargs, CONVERSATION, signature)), vault=vault)
    return _read_call(signature, args, kwargs)


def _without(kwargs: Mapping[str, Any], name: str, signature: inspect.Signature | None) -> Mapping[str, Any]:
    """The keywords that the call gets: the named one only if it has such a parameter."""
    if signature is not None and name in signature.parameters:
        return kwargs
    return {other: value for other, value in kwargs.items() if other != name}


def _read_call(
    signature: inspect.Signature | None, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> Request:
    asked = _find(signature, args, kwargs)
    grounds = _find_sources(signature, args, kwargs)
    request = Request(args, kwargs, asked, grounds)
    sources: Sequence[Any] = ()
    if grounds is not None and (given := request._at(grounds)) is not None:
        sources = listed(given)
        # An iterator is read here, so the call gets the list in its place.
        request = request._put(grounds, given if is_single(given) else sources)
    exchange = Exchange(_read(request.question), read_sources(sources))
    passed = signature is not None and SOURCES in signature.parameters
    if not passed and grounds is not None:
        return Request(args, _without(kwargs, SOURCES, signature), asked, None, exchange)
    return replace(request, exchange=exchange)


def _unbound(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """The keywords without those that bind an answer, and with room enough for one."""
    kept = {name: _raised(name, value) for name, value in kwargs.items() if name not in {*TOOLS, *BOUNDS}}
    if isinstance(kept.get(NESTED), Mapping):
        kept[NESTED] = _unbound(kept[NESTED])
    return kept


def _raised(name: str | None, value: Any) -> Any:
    """A keyword's value; that of a limit is at least what an answer needs."""
    return max(value, LEAST_TOKENS) if name in LIMITS and isinstance(value, int) else value


def _positional(signature: inspect.Signature | None) -> list[str]:
    """The names of the parameters that are given by position, in their order."""
    by_position = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    given = signature.parameters.values() if signature else ()
    return [parameter.name for parameter in given if parameter.kind in by_position]


def _takes(signature: inspect.Signature | None, name: str) -> bool:
    """Whether a call may be given this keyword."""
    if signature is None:
        return True
    kinds = {parameter.name: parameter.kind for parameter in signature.parameters.values()}
    if inspect.Parameter.VAR_KEYWORD in kinds.values():
        return True
    return kinds.get(name) in (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def _find(signature: inspect.Signature | None, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Place:
    """Where the question stands; raises `InputError` where there is none, or several."""
    given = _given(signature, args, kwargs)
    filled = {place: value for place, (_, value) in given.items() if not _is_blank(value)}
    named = [place for place, (name, _) in given.items() if name in NAMES]
    texts = [place for place in filled if isinstance(filled[place], str) and given[place][0] not in SETTINGS]
    chats = [place for place in filled if _is_chat(filled[place])]
    # Chat messages go before a text, which may be something else.
    found = [place for place in named if place in filled] or chats or texts
    if len(several := list(dict.fromkeys([*found, *chats]))) > 1:
        names = ", ".join(given[place][0] or f"argument {place}" for place in several)
        raise InputError(
            f"the wrapped call was given several questions ({names}), of which only one would be judged; "
            f"give one, or name its parameter {' or '.join(map(repr, NAMES))}"
        )
    blank = [place for place in given if place not in filled]
    settings = [place for place in filled if isinstance(filled[place], str)]
    for place in (*found, *named, *blank, *settings):
        return place
    raise InputError("the wrapped call was given neither chat messages nor a text to ask")


def _given(
    signature: inspect.Signature | None, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> dict[Place, tuple[str, Any]]:
    """The arguments among which the question may be, with the names of their parameters."""
    by_position = zip_longest(_positional(signature)[: len(args)], args, fillvalue="")
    given: dict[Place, tuple[str, Any]] = {}
    for position, (name, value) in enumerate(by_position):
        # Under the name of another kind of value, only what can be asked counts.
        if name != SOURCES and (_is_chat(value) or _is_blank(value) or isinstance(value, str)):
            given[position] = (name, value)
    known = signature.parameters if signature else ()
    for name in (*NAMES, *(each for each in known if each not in NAMES)):
        if name in kwargs and name != SOURCES:
            value = kwargs[name]
            is_asked = value is not None if name in NAMES else _is_chat(value) or _is_blank(value)
            if is_asked or isinstance(value, str):
                given[name] = (name, value)
    return given


def _is_blank(value: Any) -> bool:
    """Whether a question would ask nothing."""
    return isinstance(value, str | list) and not value


def _find_sources(
    signature: inspect.Signature | None, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> Place | None:
    if SOURCES in kwargs:
        return SOURCES
    names = list(signature.parameters) if signature else []
    position = names.index(SOURCES) if SOURCES in names else len(args)
    return position if position < len(args) else None


def _is_chat(value: Any) -> bool:
    if not isinstance(value, list | tuple) or not value:
        return False
    return all(not isinstance(item, str) and get(item, "role") is not None for item in value)


def _read(question: Any) -> tuple[Message, ...]:
    if isinstance(question, str):
        return (Message("user", (question,)),)
    if not isinstance(question, list | tuple):
        raise InputError(f"messages must be a list of chat messages or a text, not {type(question).__name__}")
    return tuple(read_message(number, item) for number, item in enumerate(question))


def _edit_each(
    items: Sequence[Any], name: str, edits: Mapping[str, str], edit: Callable[[Any, Mapping[str, str]], Any]
) -> list[Any] | tuple[Any, ...]:
    """The items, each changed by the edits whose paths begin with its own; others are the very same."""
    own: dict[str, dict[str, str]] = {}
    for path, text in edits.items():
        at, _, rest = path.partition(".")
        own.setdefault(at, {})[rest] = text
    places = (f"{name}[{number}]" for number in range(len(items)))
    changed = [edit(item, own[at]) if at in own else item for at, item in zip(places, items, strict=True)]
    return tuple(changed) if isinstance(items, tuple) else changed


def _edit_exchange(exchange: Exchange, edits: Mapping[str, str]) -> Exchange:
    """The exchange as the model sees it, on which its answer is judged."""
    messages = _edit_each(exchange.messages, "messages", edits, edit_message)
    sources = _edit_each(exchange.sources, SOURCES, edits, edit_source)
    return replace(exchange, messages=tuple(messages), sources=tuple(sources))


def _is_of_messages(question: Sequence[Any]) -> bool:
    return bool(question) and isinstance(question[0], Message)
