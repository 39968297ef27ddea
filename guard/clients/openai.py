"""The openai package, guarded: any ERNIE endpoint that speaks its protocol.

    client = wrap_openai(openai.OpenAI(base_url=…, api_key=…), "default")
    client.chat.completions.create(model="ernie-4.5-turbo-128k", messages=[…], sources=[…])

Qianfan V2, FastDeploy, vLLM and SGLang are such endpoints. Only `chat.completions.create` generates, whole
or streamed, with `OpenAI` and with `AsyncOpenAI`; what would go past the guard raises `GuardError`.
"""

from __future__ import annotations

import contextlib
import json
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, overload

from guard.clients import endpoint
from guard.engine import reply
from guard.errors import GuardError, InputError, MissingExtra
from guard.pipeline.guard import Guard
from guard.pipeline.judge import language_of
from guard.pipeline.refusal import RefusedStream, carrying
from guard.pipeline.shape import FINISH
from guard.pipeline.stream import AsyncStream, SyncStream
from guard.types import Decision, Exchange, Policy

if TYPE_CHECKING:
    from openai import AsyncOpenAI, OpenAI
    from openai.types.chat import ChatCompletion, ChatCompletionChunk

    Chunks = SyncStream[ChatCompletionChunk] | RefusedStream[ChatCompletionChunk]
    AsyncChunks = AsyncStream[ChatCompletionChunk] | RefusedStream[ChatCompletionChunk]

C = TypeVar("C", "Completions", "AsyncCompletions")
PolicyLike = str | Path | Mapping[str, Any] | Policy | Guard

PASSES = frozenset(
    {
        "api_key",
        "auth_headers",
        "base_url",
        "close",
        "default_headers",
        "default_query",
        "embeddings",
        "files",
        "is_closed",
        "max_retries",
        "models",
        "moderations",
        "organization",
        "project",
        "timeout",
        "uploads",
        "user_agent",
        "vector_stores",
    }
)
"""What of a client generates no text and is handed through."""

INSTEAD = "use client.chat.completions.create(…), with stream=True for a stream"


@overload
def wrap_openai(client: OpenAI, policy: PolicyLike, **guard_options: Any) -> GuardedClient[Completions]: ...
@overload
def wrap_openai(
    client: AsyncOpenAI, policy: PolicyLike, **guard_options: Any
) -> GuardedClient[AsyncCompletions]: ...
def wrap_openai(client: Any, policy: PolicyLike, **guard_options: Any) -> GuardedClient[Any]:
    """A client like `client` (an `openai.OpenAI` or `openai.AsyncOpenAI`) whose chat calls are guarded.

    `policy` is whatever `Guard` takes, or a `Guard`; `guard_options` are those of `Guard`. Raises
    `InputError` for another kind of client and `MissingExtra` without the openai package.
    """
    openai = _package()
    if not isinstance(client, openai.OpenAI | openai.AsyncOpenAI):
        kind = type(client).__name__
        raise InputError(f"wrap_openai takes an openai.OpenAI or openai.AsyncOpenAI client, not {kind}")
    return GuardedClient(client, policy if isinstance(policy, Guard) else Guard(policy, **guard_options))


def connect(base_url: str, api_key: str, model: str) -> Callable[..., Any]:
    """A plain call of an endpoint, not guarded: `call(messages)` gives the answer's text.

    `call(messages, stream=True)` gives pieces of it; other keywords go to `chat.completions.create`.
    Raises `GuardError`, in one line, for whatever the endpoint or the network refuses.
    """
    openai = _package()
    client = openai.OpenAI(base_url=base_url, api_key=api_key)

    def call(messages: Any, *, stream: bool = False, **options: Any) -> Any:
        if isinstance(messages, str):
            messages = [{"role": "user", "content": messages}]
        if stream:
            return pieces(messages, options)
        with _one_line(base_url):
            answer = client.chat.completions.create(model=model, messages=messages, **options)
            answer = endpoint.withhold(endpoint.check(answer), "")
            if not answer.choices:
                raise endpoint.no_completion()
            return answer.choices[0].message.content or ""

    def pieces(messages: Any, options: Mapping[str, Any]) -> Iterator[str]:
        with _one_line(base_url):
            stream = client.chat.completions.create(model=model, messages=messages, stream=True, **options)
            for chunk in endpoint.Chunks(stream, ""):
                yield from (choice.delta.content for choice in chunk.choices if choice.delta.content)

    return call


class GuardedClient(Generic[C]):
    """A client of the openai package whose chat calls are guarded.

    Chat calls and what generates no text work as before; `copy` and `with_options` give guarded clients;
    everything else that the package offers raises `GuardError` as soon as it is reached for. Settings such as
    `api_key` can be set as on the package's client, and `guard` to another guard, for calls from then on.
    """

    chat: GuardedChat[C]

    def __init__(self, client: Any, guard: Guard) -> None:
        vars(self).update(_client=client, chat=GuardedChat(client, guard))

    @property
    def guard(self) -> Guard:
        """The guard around the calls."""
        return self.chat.completions.guard

    @guard.setter
    def guard(self, guard: Guard) -> None:
        if not isinstance(guard, Guard):
            raise InputError(f"client.guard must be a Guard, not {type(guard).__name__}")
        self.chat.completions.guard = guard

    def copy(self, **options: Any) -> GuardedClient[C]:
        """A guarded client with these options changed."""
        return GuardedClient(self._client.copy(**options), self.guard)

    with_options = copy

    def __getattr__(self, name: str) -> Any:
        client = object.__getattribute__(self, "_client")
        if name in PASSES:
            return getattr(client, name)
        raise _refusal_to_pass(client, "client", name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in PASSES:
            setattr(self._client, name, value)
        elif name == "guard":
            super().__setattr__(name, value)
        else:
            raise GuardError(
                f"client.{name} cannot be set on a guarded client; set it on the openai client and wrap that"
            )

    def __enter__(self) -> GuardedClient[C]:
        self._client.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._client.__exit__(*error)

    async def __aenter__(self) -> GuardedClient[C]:
        await self._client.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._client.__aexit__(*error)


class GuardedChat(Generic[C]):
    """The `chat` of a guarded client."""

    completions: C

    def __init__(self, client: Any, guard: Guard) -> None:
        is_async = isinstance(client, _package().AsyncOpenAI)
        completions: Any = (AsyncCompletions if is_async else Completions)(client.chat.completions, guard)
        self._chat = client.chat
        self.completions = completions

    def __getattr__(self, name: str) -> Any:
        raise _refusal_to_pass(object.__getattribute__(self, "_chat"), "client.chat", name)


class _Guarded:
    """What both kinds of `chat.completions` share."""

    def __init__(self, completions: Any, guard: Guard) -> None:
        self.guard = guard
        self._completions = completions

    def __getattr__(self, name: str) -> Any:
        own = object.__getattribute__(self, "_completions")
        raise _refusal_to_pass(own, "client.chat.completions", name)

    def _withheld(self, messages: Sequence[Any]) -> str:
        """What stands in place of a text that the endpoint forbids to show."""
        asked = [message for message in messages if isinstance(message, Mapping)]
        return reply(self.guard.policy, "refusal", language_of(Exchange.of(asked)))


class Completions(_Guarded):
    """The `chat.completions` of a guarded synchronous client."""

    @overload
    def create(
        self, *, messages: Iterable[Any], sources: Sequence[Any] = (), stream: Literal[True], **options: Any
    ) -> Chunks: ...
    @overload
    def create(
        self,
        *,
        messages: Iterable[Any],
        sources: Sequence[Any] = (),
        stream: Literal[False] | None = None,
        **options: Any,
    ) -> ChatCompletion: ...
    @overload
    def create(
        self, *, messages: Iterable[Any], sources: Sequence[Any] = (), stream: bool | None, **options: Any
    ) -> ChatCompletion | Chunks: ...
    def create(
        self, *, messages: Iterable[Any], sources: Sequence[Any] = (), **options: Any
    ) -> ChatCompletion | Chunks:
        """Like the package's own; `sources` are what the answer must stand on and are not sent.

        Nor is a `Vault` given as `conversation`, in which the values of a conversation are hidden.
        A refusal is a completion (or, with `stream=True`, a chunk) with the finish reason
        `content_filter` and the decision as its attribute `guard`. A stream can be closed and entered
        like the package's own and has the last decision as its attribute `decision`. Raises what the
        package raises, also for errors that it passes over, and `Blocked` where the guard was told to.
        """
        _check_body(options)

        def send(messages: Sequence[Any], **options: Any) -> Any:
            with _in_words():
                answer = self._completions.create(messages=messages, **options)
            if options.get("stream"):
                return endpoint.Chunks(answer, self._withheld(messages))
            return endpoint.withhold(endpoint.check(answer), self._withheld(messages))

        call = self.guard.wrap(send, shape=Refused(options.get("model")))
        answer: ChatCompletion | Chunks = call(_listed(messages), sources=sources, **options)
        return answer


class AsyncCompletions(_Guarded):
    """The `chat.completions` of a guarded asynchronous client."""

    @overload
    async def create(
        self, *, messages: Iterable[Any], sources: Sequence[Any] = (), stream: Literal[True], **options: Any
    ) -> AsyncChunks: ...
    @overload
    async def create(
        self,
        *,
        messages: Iterable[Any],
        sources: Sequence[Any] = (),
        stream: Literal[False] | None = None,
        **options: Any,
    ) -> ChatCompletion: ...
    @overload
    async def create(
        self, *, messages: Iterable[Any], sources: Sequence[Any] = (), stream: bool | None, **options: Any
    ) -> ChatCompletion | AsyncChunks: ...
    async def create(
        self, *, messages: Iterable[Any], sources: Sequence[Any] = (), **options: Any
    ) -> ChatCompletion | AsyncChunks:
        """Like `Completions.create`."""
        _check_body(options)

        async def send(messages: Sequence[Any], **options: Any) -> Any:
            with _in_words():
                answer = await self._completions.create(messages=messages, **options)
            if options.get("stream"):
                return endpoint.AsyncChunks(answer, self._withheld(messages))
            return endpoint.withhold(endpoint.check(answer), self._withheld(messages))

        call = self.guard.wrap(send, shape=Refused(options.get("model")))
        answer: ChatCompletion | AsyncChunks = await call(_listed(messages), sources=sources, **options)
        return answer


class Refused:
    """Makes the completion or chunk that stands for a call that was not made."""

    def __init__(self, model: Any) -> None:
        self._model = str(model or "")

    def __call__(self, decision: Decision, streams: bool) -> ChatCompletion | ChatCompletionChunk:
        from openai.types.chat import ChatCompletion, ChatCompletionChunk

        head = {"id": f"guard-{uuid.uuid4()}", "created": int(time.time()), "model": self._model}
        said = {"role": "assistant", "content": decision.text}
        place = "delta" if streams else "message"
        choice = {"index": 0, place: said, "finish_reason": FINISH, "logprobs": None}
        kind = ChatCompletionChunk if streams else ChatCompletion
        name = "chat.completion.chunk" if streams else "chat.completion"
        refusal: ChatCompletion | ChatCompletionChunk = carrying(
            kind.model_validate({**head, "object": name, "choices": [choice]}), decision
        )
        return refusal


def _package() -> Any:
    try:
        import openai
    except ImportError:
        raise MissingExtra("openai", "openai") from None
    return openai


def _refusal_to_pass(own: Any, path: str, name: str) -> Exception:
    """The error for an attribute of the package that is not handed through, or that it has not."""
    if hasattr(type(own), name):
        return GuardError(f"{path}.{name} would go past the guard; {INSTEAD}")
    return AttributeError(f"{path} has no attribute {name!r}")


def _check_body(options: Mapping[str, Any]) -> None:
    """Refuses raw fields of the request body that would replace what the guard has checked."""
    for name in ("messages", "stream"):
        if name in (options.get("extra_body") or {}):
            raise InputError(f"extra_body must not hold {name!r}: it would go past the guard")


def _listed(messages: Any) -> list[Any]:
    if isinstance(messages, str | bytes | Mapping) or not isinstance(messages, Iterable):
        raise InputError(f"messages must be a list of chat messages, not {type(messages).__name__}")
    return list(messages)


@contextlib.contextmanager
def _in_words() -> Iterator[None]:
    """Says in words that a request holds a lone surrogate, which JSON cannot, or that an answer is none."""
    try:
        yield
    except json.JSONDecodeError as error:
        raise endpoint.no_completion() from error
    except UnicodeEncodeError as error:
        raise InputError("a message holds half of a surrogate pair, which cannot be sent") from error


@contextlib.contextmanager
def _one_line(base_url: str) -> Iterator[None]:
    """Turns the package's errors into one line that says which endpoint it was."""
    try:
        with _in_words():
            yield
    except _package().OpenAIError as error:
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise GuardError(f"{base_url}: {first}") from error
