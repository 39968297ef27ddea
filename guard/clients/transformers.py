"""ERNIE run in this process by transformers: guarded, streaming, stopped in mid-generation.

    model, tokenizer = load_transformers("models/ERNIE-4.5-0.3B-PT")
    ask = wrap_transformers(model, tokenizer, "default")
    ask("介绍一下西湖")
    for piece in ask([{"role": "user", "content": "介绍一下西湖"}], stream=True): ...

What a message holds cannot pass for the chat template's own marks: see `guard.clients.template`.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Generator, Iterator, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal, overload

from guard.clients.generation import Generation
from guard.clients.template import Messages, Template
from guard.clients.thinking import MARKS, Splitter
from guard.errors import InputError, ModelError
from guard.pipeline.guard import Guard
from guard.pipeline.refusal import Refusal
from guard.types import Decision, Policy

LONGEST_CHARACTER = 16
"""Tokens after which bytes that are still no character are given out as they are."""

MAX_NEW_TOKENS = 1024
"""The longest answer, in tokens, unless the caller names another limit."""


def load_transformers(folder: str | Path, *, device: str = "") -> tuple[Any, Any]:
    """The model and tokenizer in a folder of transformers weights; nothing is fetched, no code is run.

    `device` is a torch device such as `cuda:0`; by default a GPU if there is one. Raises `InputError`
    for something that is no such folder and `ModelError` for weights that cannot be loaded.
    """
    if not (Path(folder) / "config.json").is_file():
        raise InputError(f"{folder}: no folder of transformers weights (it has no config.json)")
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        model = AutoModelForCausalLM.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False, use_safetensors=True, dtype="auto"
        )
    except (OSError, ValueError, KeyError, ImportError, RuntimeError) as error:
        first = (str(error).splitlines() or [""])[0]
        raise ModelError(f"{folder}: cannot be loaded: {type(error).__name__}: {first}") from error
    place = device or ("cuda" if torch.cuda.is_available() else "cpu")
    return model.eval().to(place), tokenizer


def wrap_transformers(
    model: Any,
    tokenizer: Any,
    policy: str | Path | Mapping[str, Any] | Policy | Guard,
    **generate_options: Any,
) -> GuardedErnie:
    """A guarded call of the model: `ask(messages)` gives a text, `ask(messages, stream=True)` pieces.

    `policy` is whatever `Guard` takes, or a `Guard`; `generate_options` go to `model.generate`. The
    reasoning of a thinking model is judged like its answer, and not part of the text.
    """
    ernie = LocalErnie(model, tokenizer, **generate_options)
    return GuardedErnie(ernie, policy if isinstance(policy, Guard) else Guard(policy))


class GuardedErnie:
    """A model in this process behind a guard."""

    def __init__(self, ernie: LocalErnie, guard: Guard) -> None:
        self.guard = guard

        def complete(messages: Messages, **options: Any) -> Any:
            return _object(ernie.complete(messages, **options))

        def chunks(messages: Messages, **options: Any) -> Generator[Any]:
            yield from _objects(ernie.chunks(messages, **options))

        self._complete = guard.wrap(complete)
        self._chunks = guard.wrap(chunks)

    @overload
    def __call__(
        self,
        messages: Messages,
        *,
        stream: Literal[False] = False,
        sources: Sequence[Any] = (),
        **options: Any,
    ) -> str: ...

    @overload
    def __call__(
        self, messages: Messages, *, stream: Literal[True], sources: Sequence[Any] = (), **options: Any
    ) -> Iterator[str]: ...

    def __call__(
        self, messages: Messages, *, stream: bool = False, sources: Sequence[Any] = (), **options: Any
    ) -> str | Iterator[str]:
        """The answer, or pieces of it; a refusal is a text that carries its `decision`.

        `sources` are what the answer must stand on; `options` go to `model.generate`, but for
        `chat_template_kwargs`. A blocked stream stops the model at its next token.
        """
        if stream:
            return _texts(self._chunks(messages, sources=sources, **options))
        answer: Any = self._complete(messages, sources=sources, **options)
        return _text(answer.choices[0].message.content, answer)


class LocalErnie:
    """Generation by a model in this process, not guarded: text, or chat-completion shape."""

    def __init__(self, model: Any, tokenizer: Any, **generate_options: Any) -> None:
        """`generate_options` go to every `model.generate` (`max_new_tokens`, `do_sample`, …)."""
        self.model = model
        self.tokenizer = tokenizer
        self.template = Template(tokenizer)
        self._options = generate_options
        self._hidden = {number for number, text in self.template.reserved.items() if text not in MARKS}

    @overload
    def __call__(self, messages: Messages, *, stream: Literal[False] = False, **options: Any) -> str: ...

    @overload
    def __call__(self, messages: Messages, *, stream: Literal[True], **options: Any) -> Iterator[str]: ...

    def __call__(self, messages: Messages, *, stream: bool = False, **options: Any) -> str | Iterator[str]:
        """The answer as text, or as pieces of it, without the reasoning of a thinking model.

        Closing the iterator stops the model. Options are those of `chunks`.
        """
        if stream:
            return _texts(_objects(self.chunks(messages, **options)))
        return str(self.complete(messages, **options)["choices"][0]["message"]["content"])

    def complete(self, messages: Messages, **options: Any) -> dict[str, Any]:
        """The answer in chat-completion shape, `reasoning_content` and `tool_calls` included."""
        message: dict[str, Any] = {"role": "assistant", "content": ""}
        choice: dict[str, Any] = {"index": 0, "message": message}
        head: dict[str, Any] = {}
        for chunk in self.chunks(messages, **options):
            [part] = chunk["choices"]
            for name, value in part["delta"].items():
                message[name] = message.get(name, type(value)()) + value if name != "role" else value
            choice["finish_reason"] = part["finish_reason"]
            head |= chunk
        return head | {"object": "chat.completion", "choices": [choice]}

    def chunks(
        self, messages: Messages, *, chat_template_kwargs: Mapping[str, Any] | None = None, **options: Any
    ) -> Generator[dict[str, Any]]:
        """The answer in chat-completion chunks; closing the iterator stops the model.

        `chat_template_kwargs` go to the chat template (`tools`, `enable_thinking`), all other options
        to `model.generate`. Raises `InputError` for messages that the template or the model's window
        does not take.
        """
        ids, ending = self.template.encode(messages, **(chat_template_kwargs or {}))
        window = getattr(self.model.config, "max_position_embeddings", None)
        if window and len(ids) >= window:
            raise InputError(f"the prompt has {len(ids)} tokens, but the model's window is {window}")
        options = {"max_new_tokens": MAX_NEW_TOKENS, **self._options, **options}
        if window:
            options["max_new_tokens"] = min(options["max_new_tokens"], window - len(ids))
        generation = Generation(self.model, ids, options)
        try:
            yield from self._shape(generation, ending.rstrip().endswith("<think>"))
        finally:
            generation.stop()

    def _shape(self, generation: Generation, thinks: bool) -> Iterator[dict[str, Any]]:
        calls = ""
        for channel, text in self._channels(generation, thinks):
            if channel == "tool_call":
                calls += text
            else:
                yield _chunk({"reasoning_content" if channel == "reasoning" else "content": text})
        tool_calls = _tool_calls(calls)
        if tool_calls:
            yield _chunk({"tool_calls": tool_calls})
        reason = "tool_calls" if tool_calls else generation.finish_reason
        yield _chunk({"role": "assistant", "content": ""}, reason, usage=generation.usage)

    def _channels(self, generation: Generation, thinks: bool) -> Iterator[tuple[str, str]]:
        pieces = self._pieces(generation)
        if not thinks:
            yield from (("content", piece) for piece in pieces)
            return
        splitter = Splitter()
        for piece in pieces:
            yield from splitter.feed(piece)
        yield from splitter.end()

    def _pieces(self, tokens: Iterator[int]) -> Iterator[str]:
        """The text of the tokens, as soon as whole characters are there.

        A token may hold part of a character, and its text may depend on the one before it: each is
        therefore decoded together with the last piece given out.
        """
        ids: list[int] = []
        told = 0
        for token in tokens:
            if token in self._hidden:
                continue
            ids.append(token)
            before, now = self._decode(ids[:told]), self._decode(ids)
            whole = not now.endswith("\ufffd") or len(ids) - told > LONGEST_CHARACTER
            if whole and len(now) > len(before):
                yield now[len(before) :]
                ids, told = ids[told:], len(ids) - told
        rest = self._decode(ids)[len(self._decode(ids[:told])) :]
        if rest:
            yield rest

    def _decode(self, ids: Sequence[int]) -> str:
        return str(self.tokenizer.decode(ids, skip_special_tokens=False, clean_up_tokenization_spaces=False))


def _texts(chunks: Generator[Any]) -> Iterator[str]:
    """The content of chunks, empty pieces left out; closing it closes the chunks."""
    with contextlib.closing(chunks):
        for chunk in chunks:
            for choice in chunk.choices:
                if getattr(choice.delta, "content", ""):
                    yield _text(choice.delta.content, chunk)


def _text(content: str, answer: Any) -> str:
    """The text, which carries the decision if it is a refusal."""
    decision = getattr(answer, "guard", None)
    return Refusal(content, decision) if isinstance(decision, Decision) else content


def _objects(chunks: Generator[Any]) -> Generator[Any]:
    """The chunks as objects, so that a refusal among them can carry its decision."""
    with contextlib.closing(chunks):
        yield from map(_object, chunks)


def _object(data: Any) -> Any:
    if isinstance(data, dict):
        return SimpleNamespace(**{name: _object(value) for name, value in data.items()})
    return [_object(item) for item in data] if isinstance(data, list) else data


def _chunk(delta: Mapping[str, Any], reason: str | None = None, **more: Any) -> dict[str, Any]:
    choice = {"index": 0, "delta": dict(delta), "finish_reason": reason}
    return {"object": "chat.completion.chunk", "choices": [choice], **more}


def _tool_calls(text: str) -> list[dict[str, Any]]:
    """Tool calls from the JSON objects that the model wrote; what is no JSON stays as arguments."""
    calls: list[dict[str, Any]] = []
    text = text.strip()
    while text:
        name, arguments, text = _tool_call(text)
        calls.append(
            {
                "index": len(calls),
                "id": f"call_{len(calls)}",
                "type": "function",
                "function": {"name": name, "arguments": arguments},
            }
        )
    return calls


def _tool_call(text: str) -> tuple[str, str, str]:
    try:
        call, end = json.JSONDecoder().raw_decode(text)
    except ValueError:
        return "", text, ""
    if not isinstance(call, dict):
        return "", text[:end], text[end:].lstrip()
    arguments = call.get("arguments", {})
    written = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
    return str(call.get("name", "")), written, text[end:].lstrip()
