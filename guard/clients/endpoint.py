"""Reads what ERNIE endpoints answer beside the OpenAI shape: errors with status 200, safety flags.

FastDeploy and Qianfan report some errors in places that the openai package does not look at: an old
error body inside a stream is a chunk without choices, a JSON error in place of a stream is no chunk at
all. Here each raises `openai.APIError`, as every other error of an endpoint does.

Qianfan marks a choice with a `flag`: 1 and 2 may be shown, 3 must not be, 4 takes back what was shown.
What it says must not be shown is not shown: the policy's refusal stands in its place, the flag stays.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator, Mapping
from typing import Any

from guard.pipeline.shape import refused

WITHHELD = (3, 4)
"""The flags of Qianfan that forbid showing the text."""


def check(answer: Any, request: Any = None) -> Any:
    """The very completion or chunk; raises `openai.APIError` where it is none, or an error in disguise."""
    if getattr(answer, "choices", None) is not None:
        return answer
    if not hasattr(answer, "model_dump"):
        raise no_completion(request, answer)
    body = answer.model_dump(exclude_unset=True)
    raise _error(message_of(body) or "the endpoint answered without choices", request, body)


def no_completion(request: Any = None, body: object = None) -> Exception:
    """The error for an answer of another kind, such as the web page of an address that is none of an API."""
    return _error("the endpoint did not answer with a chat completion; check base_url", request, body)


def message_of(body: Any) -> str:
    """What an error body says, in any of the shapes that ERNIE endpoints use; '' if it is none.

    `{"error": {"message"}}`, `{"error": "…"}`, `{"object": "error", "message"}`, `{"detail"}` and
    `{"error_code", "error_msg"}`.
    """
    if not isinstance(body, Mapping):
        return ""
    inner = body.get("error") or body.get("detail")
    if isinstance(inner, Mapping):
        return message_of(inner) or str(inner.get("message") or dict(inner))
    return str(
        inner or body.get("error_msg") or (body.get("message") if body.get("object") == "error" else "") or ""
    )


def withhold(answer: Any, refusal: str) -> Any:
    """The completion or chunk with the refusal in place of every text that its flag forbids to show."""
    flagged = _flagged(answer)
    return refused(answer, refusal, flagged) if flagged else answer


def _flagged(answer: Any) -> list[int]:
    return [choice.index for choice in answer.choices if getattr(choice, "flag", None) in WITHHELD]


class _Shown:
    """The chunks of a stream of the openai package, with a refusal where they end for a forbidding flag."""

    def __init__(self, stream: Any, refusal: str) -> None:
        self._stream = stream
        self._refusal = refusal
        self._chunks: Any = self._read()

    def _read(self) -> Any:
        """Generates the chunks."""
        raise NotImplementedError

    def taken_back(self, chunk: Any) -> list[int]:
        """The choices of a chunk of which nothing that is still held may be shown."""
        return _flagged(chunk)

    def _shown(self, chunk: Any) -> Any:
        return withhold(check(chunk, self._stream.response.request), self._refusal)


class Chunks(_Shown):
    """The chunks of an `openai.Stream`; closing this closes it, read or not. Ends after a forbidding flag.

    Raises `openai.APIError` for a stream that is an error or empty.
    """

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        return next(self._chunks)

    def close(self) -> None:
        """Ends the stream and its connection."""
        with self._stream:
            self._chunks.close()

    def _read(self) -> Generator[Any]:
        with self._stream as stream:
            if not _is_events(stream.response):
                raise _no_stream(stream.response, stream.response.read())
            nothing = True
            for chunk in stream:
                nothing = False
                shown = self._shown(chunk)
                yield shown
                if shown is not chunk:
                    return
            if nothing:
                raise _empty(stream.response)


class AsyncChunks(_Shown):
    """The chunks of an `openai.AsyncStream`, like `Chunks`."""

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        return await anext(self._chunks)

    async def aclose(self) -> None:
        """Ends the stream and its connection."""
        async with self._stream:
            await self._chunks.aclose()

    async def _read(self) -> AsyncGenerator[Any]:
        async with self._stream as stream:
            if not _is_events(stream.response):
                raise _no_stream(stream.response, await stream.response.aread())
            nothing = True
            async for chunk in stream:
                nothing = False
                shown = self._shown(chunk)
                yield shown
                if shown is not chunk:
                    return
            if nothing:
                raise _empty(stream.response)


def _is_events(response: Any) -> bool:
    """Whether the answer may hold server-sent events; some servers name no type at all."""
    kind = str(response.headers.get("content-type", ""))
    return "json" not in kind and "html" not in kind


def _no_stream(response: Any, raw: bytes) -> Exception:
    import json

    try:
        body = json.loads(raw)
    except ValueError:
        body = None
    if not isinstance(body, Mapping):
        return no_completion(response.request, body)
    said = message_of(body) or "no message"
    return _error(f"the endpoint answered with JSON in place of a stream: {said}", response.request, body)


def _empty(response: Any) -> Exception:
    return _error("the endpoint ended the stream without a single chunk", response.request, None)


def _error(message: str, request: Any, body: object) -> Exception:
    import openai

    return openai.APIError(message, request=request, body=body)
