"""The words of the house as types: what is guarded, what is found, what is decided.

Everything here is frozen and imports nothing else of the package. An `Exchange` goes in,
filters yield `Finding`s over its `Part`s, a `Policy` of `Rule`s turns them into a `Decision`.
"""

from __future__ import annotations

import enum
import functools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


class Stage(enum.StrEnum):
    """Where in a guarded call a filter looks."""

    INPUT = "input"
    SOURCES = "sources"
    TOOL_RESULT = "tool_result"
    OUTPUT = "output"
    TOOL_CALL = "tool_call"


BEFORE_CALL = (Stage.INPUT, Stage.SOURCES, Stage.TOOL_RESULT)
AFTER_CALL = (Stage.OUTPUT, Stage.TOOL_CALL)


@functools.total_ordering
class Action(enum.Enum):
    """What the pipeline does, from weakest to strongest; the strongest of all rules wins."""

    ALLOW = "allow"
    FLAG = "flag"
    REDACT = "redact"
    RETRY = "retry"
    BLOCK = "block"

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, Action):
            return NotImplemented
        return _ACTION_ORDER[self] < _ACTION_ORDER[other]

    def __str__(self) -> str:
        return str(self.value)


_ACTION_ORDER = {action: order for order, action in enumerate(Action)}


class OnError(enum.StrEnum):
    """What a rule does about text that it could not judge."""

    BLOCK = "block"
    ALLOW = "allow"


class Extent(enum.StrEnum):
    """How much a redaction takes: the very characters found, or the whole sentence around them."""

    FINDING = "finding"
    SENTENCE = "sentence"


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One function call that the model asks for; `arguments` is the JSON text as it came."""

    name: str
    arguments: str
    id: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One chat message.

    `texts` holds the text of each content part in order: one entry for plain content, several for
    multimodal content. `unread` names the parts that hold no text (such as `image_url`). `name` is the
    speaker's; what a tool's message has there is none.
    """

    role: str
    texts: tuple[str, ...] = ()
    reasoning: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    unread: tuple[str, ...] = ()
    name: str = ""

    @property
    def text(self) -> str:
        """All text parts joined by a newline."""
        return "\n".join(self.texts)

    @classmethod
    def of(cls, raw: Mapping[str, Any] | Message) -> Message:
        """The message in chat-completion shape: `{"role", "content", "tool_calls", …}`."""
        if isinstance(raw, Message):
            return raw
        texts, unread = _content_parts(raw.get("content"))
        refusal = raw.get("refusal")
        # Some servers send the same reasoning in two fields.
        thoughts = dict.fromkeys(str(raw[name]) for name in _THOUGHT if raw.get(name))
        calls = [*(raw.get("tool_calls") or ()), *filter(None, [raw.get("function_call")])]
        return cls(
            role=str(raw.get("role", "user")),
            texts=(*texts, refusal) if isinstance(refusal, str) and refusal else texts,
            reasoning="\n".join(thoughts),
            tool_calls=tuple(_tool_call(call) for call in calls),
            unread=(*unread, *(name for name in _WORDLESS if raw.get(name))),
            name=speaker(raw.get("role"), raw.get("name")),
        )


def speaker(role: Any, name: Any) -> str:
    """The name of a message that is its speaker's, be there one."""
    return name if isinstance(name, str) and role not in TOOL_ROLES else ""


TOOL_ROLES = ("tool", "function")

_THOUGHT = ("reasoning_content", "reasoning", "thinking", "reasoning_details", "thinking_blocks")
_WORDLESS = ("images", "audio", "multimodal_content")


def _content_parts(content: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if content is None:
        return (), ()
    if isinstance(content, str):
        return (content,), ()
    texts, unread = [], []
    for item in content if isinstance(content, Sequence) else [content]:
        if isinstance(item, str):
            texts.append(item)
        elif isinstance(item, Mapping) and isinstance(item.get("text"), str):
            texts.append(item["text"])
        else:
            kind = item.get("type") if isinstance(item, Mapping) else type(item).__name__
            unread.append(str(kind))
    return tuple(texts), tuple(unread)


def _tool_call(raw: Mapping[str, Any] | ToolCall) -> ToolCall:
    if isinstance(raw, ToolCall):
        return raw
    function = raw.get("function") or raw.get("custom") or raw
    arguments = function.get("arguments") or function.get("input") or ""
    return ToolCall(
        name=str(function.get("name") or ""),
        arguments=arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False),
        id=str(raw.get("id") or ""),
    )


SOURCE_TEXTS = ("text", "content", "page_content", "snippet")
"""Fields of a document that hold its text."""


@dataclass(frozen=True, slots=True)
class Source:
    """One retrieved document that the answer must stand on."""

    text: str
    id: str = ""
    title: str = ""
    url: str = ""

    @classmethod
    def of(cls, raw: str | Mapping[str, Any] | Source) -> Source:
        """A source from its text, or from `{"text", "id", "title", "url"}`; see `SOURCE_TEXTS`."""
        if isinstance(raw, Source):
            return raw
        if isinstance(raw, str):
            return cls(text=raw)
        texts = dict.fromkeys(str(raw[name]) for name in SOURCE_TEXTS if raw.get(name))
        names = {name: str(raw[name]) for name in ("id", "title", "url") if raw.get(name)}
        return cls(text="\n".join(texts), **names)


@dataclass(frozen=True, slots=True)
class Token:
    """One token of an answer: which characters of the content it is, and how likely it was.

    `logprob` is the natural logarithm of its probability, `top` those of the likeliest tokens at its place,
    where the endpoint tells them.
    """

    start: int
    end: int
    logprob: float
    top: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Response:
    """What the model answered: content, reasoning and tool calls.

    `tokens` are those of the content, where the endpoint tells their probabilities. `unread` names the
    parts that hold no text (such as `image_url`).
    """

    content: str = ""
    reasoning: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    tokens: tuple[Token, ...] = ()
    unread: tuple[str, ...] = ()

    @classmethod
    def of(cls, raw: str | Mapping[str, Any] | Response) -> Response:
        """A response from its text, or from an assistant message in chat-completion shape."""
        if isinstance(raw, Response):
            return raw
        if isinstance(raw, str):
            return cls(content=raw)
        message = Message.of(raw)
        return cls(message.text, message.reasoning, message.tool_calls, unread=message.unread)


@dataclass(frozen=True, slots=True)
class Part:
    """One text of an exchange that a filter scans.

    `path` says where it stands, such as `messages[0].content`, `messages[0].name`, `sources[2].text`,
    `response.reasoning` or `response.tool_calls[0].arguments`.
    """

    stage: Stage
    path: str
    text: str
    role: str = ""

    @property
    def is_name(self) -> bool:
        """Whether it names who speaks, and is no speech that could lack anything."""
        return self.path.endswith(".name")


Ask = Callable[[Sequence[Message]], str]
"""Puts another question to the wrapped call and gives the text of its answer; raises `CallError`."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One guarded call: what was asked, what it must stand on, what was answered.

    `samples` are other answers to the same prompt; `shortfall` says why fewer came than were asked for.
    `metadata` holds audience, domain, locale, user and whatever else a filter may want to know. `ask` puts
    another question to the same call, from a filter's thread; it is None where there is no call, as in
    an audit.
    """

    messages: tuple[Message, ...] = ()
    sources: tuple[Source, ...] = ()
    response: Response | None = None
    samples: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    shortfall: str = ""
    ask: Ask | None = field(default=None, compare=False, repr=False)

    @classmethod
    def of(
        cls,
        messages: str | Sequence[Mapping[str, Any] | Message] = (),
        *,
        sources: Sequence[str | Mapping[str, Any] | Source] = (),
        response: str | Mapping[str, Any] | Response | None = None,
        samples: Sequence[str] = (),
        metadata: Mapping[str, Any] | None = None,
    ) -> Exchange:
        """An exchange from plain Python: a string stands for one user message."""
        if isinstance(messages, str):
            messages = [{"role": "user", "content": messages}]
        return cls(
            messages=tuple(Message.of(message) for message in messages),
            sources=tuple(Source.of(source) for source in sources),
            response=None if response is None else Response.of(response),
            samples=tuple(samples),
            metadata=dict(metadata or {}),
        )

    def parts(self, stage: Stage) -> Iterator[Part]:
        """The texts of one stage, empty ones left out.

        System and developer messages are the operator's own words and belong to no stage; every
        other message, the assistant's earlier turns included, may have been written by the caller
        and is input.
        """
        for path, text, role in self._texts(stage):
            if text:
                yield Part(stage, path, text, role)

    def unread(self, stage: Stage) -> Iterator[tuple[str, str]]:
        """Path and kind of each content part of a stage that holds no text, such as an image."""
        for number, message in enumerate(self.messages):
            if _message_stage(message) is stage:
                for kind in message.unread:
                    yield f"messages[{number}].content", kind
        if stage is Stage.OUTPUT and self.response is not None:
            for kind in self.response.unread:
                yield "response.content", kind

    def _texts(self, stage: Stage) -> Iterator[tuple[str, str, str]]:
        if stage is Stage.SOURCES:
            for number, source in enumerate(self.sources):
                yield f"sources[{number}].text", source.text, ""
                yield f"sources[{number}].title", source.title, ""
        elif stage in AFTER_CALL:
            yield from self._response_texts(stage)
        else:
            for number, message in enumerate(self.messages):
                if _message_stage(message) is stage:
                    yield from _message_texts(number, message)

    def _response_texts(self, stage: Stage) -> Iterator[tuple[str, str, str]]:
        if self.response is None:
            return
        if stage is Stage.OUTPUT:
            yield "response.content", self.response.content, "assistant"
            yield "response.reasoning", self.response.reasoning, "assistant"
        else:
            for number, call in enumerate(self.response.tool_calls):
                yield f"response.tool_calls[{number}].arguments", call.arguments, "assistant"


def _message_stage(message: Message) -> Stage | None:
    if message.role in ("system", "developer"):
        return None
    return Stage.TOOL_RESULT if message.role in TOOL_ROLES else Stage.INPUT


def _message_texts(number: int, message: Message) -> Iterator[tuple[str, str, str]]:
    path = f"messages[{number}]"
    single = len(message.texts) == 1 and not message.unread
    yield f"{path}.name", message.name, message.role
    for index, text in enumerate(message.texts):
        yield (f"{path}.content" if single else f"{path}.content[{index}]"), text, message.role
    yield f"{path}.reasoning", message.reasoning, message.role
    for index, call in enumerate(message.tool_calls):
        yield f"{path}.tool_calls[{index}].arguments", call.arguments, message.role


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of characters somewhere in an exchange: `start` inclusive, `end` exclusive."""

    part: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a filter found.

    `start` and `end` count characters of the original text of `part`. `score` is between 0 and 1
    and calibrated: of findings scored 0.8 about 80 % are right. `reason` never quotes the text.
    `evidence` points at what the finding stands on elsewhere, such as the contradicting source.
    `rule` is empty until a policy has claimed the finding. `tier` says which of a filter's tiers decided,
    such as `rule`, `model` or `judge`, where it has several.
    """

    filter: str
    label: str
    start: int
    end: int
    score: float
    reason: str = ""
    part: str = ""
    rule: str = ""
    evidence: tuple[Place, ...] = ()
    tier: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The finding as JSON-ready data; `evidence` and `tier` only where there is any."""
        data: dict[str, Any] = {
            "rule": self.rule,
            "filter": self.filter,
            "label": self.label,
            "start": self.start,
            "end": self.end,
            "score": round(self.score, 6),
            "reason": self.reason,
            "part": self.part,
        }
        if self.evidence:
            data["evidence"] = [{"part": at.part, "start": at.start, "end": at.end} for at in self.evidence]
        if self.tier:
            data["tier"] = self.tier
        return data


@dataclass(frozen=True, slots=True)
class Spent:
    """What a filter spent on asking a model: calls, and about how many tokens went out and came back.

    `filter` is `retry` for a call whose answer a rule had made again, and `samples` for the other answers to
    the same prompt that rules asked for.
    """

    filter: str
    calls: int
    tokens_sent: int = 0
    tokens_received: int = 0

    def as_dict(self) -> dict[str, Any]:
        """The cost as JSON-ready data."""
        return {
            "filter": self.filter,
            "calls": self.calls,
            "tokens_sent": self.tokens_sent,
            "tokens_received": self.tokens_received,
        }


@dataclass(frozen=True, slots=True)
class Unjudged:
    """A text that was not judged, or only in part, and why.

    `action` is what the rule's `on_error` made of it; a filter leaves it at `ALLOW`. `missing` says
    that the exchange lacks what the filter needs, such as sources: nothing went wrong, the rule just
    does not apply, and `on_error` is not asked. `language` names the language that the filter does not
    cover, where that is the reason.
    """

    filter: str
    reason: str
    part: str = ""
    rule: str = ""
    action: Action = Action.ALLOW
    missing: bool = False
    language: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The text not judged as JSON-ready data."""
        return {
            "rule": self.rule,
            "filter": self.filter,
            "part": self.part,
            "reason": self.reason,
            "action": str(self.action),
        }


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a policy file, counted from 1."""

    path: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a policy: which filter looks where, from which score on, and what follows.

    `labels` are exact labels or their prefixes (`pii` covers `pii.email`); none means all labels
    of the filter. `languages` limits the rule to exchanges in these languages; none means all. `mask`
    replaces redacted characters: `{label}`, `{kind}`, `{number}` and `{hash}` in it are filled in, and a
    single character is repeated once per character that it hides. With `restore`, what was hidden before
    the call stands in the answer again where the model used the mask. `extent` says how much a redaction
    takes. A rule that flags puts its `marker`, by language, after each sentence of the answer that it found;
    no language means the built-in words, `None` no marker.
    """

    id: str
    filter: str
    stages: tuple[Stage, ...]
    action: Action
    labels: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    threshold: float = 0.5
    on_error: OnError = OnError.BLOCK
    timeout_ms: int = 2000
    options: Mapping[str, Any] = field(default_factory=dict)
    mask: str = "[{label}]"
    restore: bool = False
    extent: Extent = Extent.FINDING
    marker: Mapping[str, str] | None = None
    reply: str = "refusal"
    note: str = ""
    description: str = ""
    mark: Mark | None = None

    def covers(self, label: str) -> bool:
        """Whether the rule asks for this label."""
        if not self.labels:
            return True
        return any(label == own or label.startswith(own + ".") for own in self.labels)

    def speaks(self, language: str) -> bool:
        """Whether the rule is meant for exchanges in this language."""
        return not self.languages or language in self.languages

    @property
    def marks(self) -> bool:
        """Whether the rule puts a marker into the answer."""
        return self.marker is not None and self.action is Action.FLAG

    @property
    def widens(self) -> bool:
        """Whether a redaction by the rule takes whole sentences."""
        return self.extent is Extent.SENTENCE and self.action is Action.REDACT

    @property
    def drops(self) -> bool:
        """Whether the rule takes whole sentences out and leaves nothing in their place."""
        return self.widens and not self.mask


@dataclass(frozen=True, slots=True)
class PolicyTest:
    """One example that a policy carries and must satisfy."""

    stage: Stage
    exchange: Exchange
    action: Action | None
    labels: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    text: str | None = None
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """What the author wrote, validated and complete.

    `other_languages` decides about text that a filter's model does not cover, where the policy does not
    promise its language in `languages`. `sha256` is the hash of the policy as it applies: after
    `extends`, with defaults filled in and with the content of every file that its options name.
    """

    id: str
    rules: tuple[Rule, ...]
    languages: tuple[str, ...] = ()
    replies: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    tests: tuple[PolicyTest, ...] = ()
    other_languages: OnError = OnError.BLOCK
    retries: int = 2
    sha256: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class PolicyRef:
    """The policy that a decision was made under: its id and the hash of its content."""

    id: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What a policy makes of an exchange at some stages.

    `text` is what goes on: the text of the last part judged, redacted where rules say so, or the
    refusal on a block. `edits` maps the path of every part that was redacted or marked to its new text.
    `rule` is the rule that decided, empty on `allow`. `quotes` holds, on a retry and by rule, the sentences
    that the model is to mend, redacted as the text is. `spent` is what filters spent on asking a model
    and, in the last decision on an answer, what the tries before it have cost.
    `ms` is the time taken per filter, in milliseconds, with the sum under `total`.
    """

    action: Action
    text: str
    findings: tuple[Finding, ...]
    policy: PolicyRef
    rule: str = ""
    unjudged: tuple[Unjudged, ...] = ()
    edits: Mapping[str, str] = field(default_factory=dict)
    ms: Mapping[str, float] = field(default_factory=dict)
    language: str = ""
    quotes: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    spent: tuple[Spent, ...] = ()

    @property
    def blocked(self) -> bool:
        """Whether nothing but a refusal may go on."""
        return self.action is Action.BLOCK

    def as_dict(self) -> dict[str, Any]:
        """The decision as JSON-ready data: `action, text, findings, unjudged, policy, ms, …`.

        `ms` is the whole time in milliseconds, `timings` its share per filter.
        """
        return {
            "action": str(self.action),
            "rule": self.rule,
            "text": self.text,
            "findings": [found.as_dict() for found in self.findings],
            "unjudged": [item.as_dict() for item in self.unjudged],
            "edits": dict(self.edits),
            "language": self.language,
            "policy": {"id": self.policy.id, "sha256": self.policy.sha256},
            "ms": round(self.ms.get("total", 0.0), 3),
            "spent": [item.as_dict() for item in self.spent],
            "timings": {name: round(ms, 3) for name, ms in self.ms.items() if name != "total"},
        }
