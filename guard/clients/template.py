"""Turns chat messages into a model's prompt so that no message can pass for the template's own marks.

Chat templates escape nothing: `</s>` or a line `Assistant: …` inside a message would read like the
end of a turn or the start of another. Here a special token inside a message becomes ordinary
characters (nothing is lost), and a line that begins like a turn is quoted (`> Assistant: …`) unless
the operator wrote it. What a template drops in silence, such as the role `tool`, is an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from guard.errors import InputError
from guard.types import Message

Messages = str | Sequence[Mapping[str, Any] | Message]

OPERATOR = ("system", "developer")
_LINE = "(^|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029])"
_TURN = re.compile(r"\W*([^\W\d_]+)[ \t]*[:：]\s*$")


class Template:
    """The chat template of a tokenizer, safe against what messages contain."""

    def __init__(self, tokenizer: Any) -> None:
        """Raises `InputError` for a tokenizer that has no chat template."""
        if not getattr(tokenizer, "chat_template", None):
            raise InputError("the tokenizer has no chat template; give it one: tokenizer.chat_template = …")
        self._tokenizer = tokenizer
        self.reserved = _reserved(tokenizer)

    def encode(self, messages: Messages, **options: Any) -> tuple[list[int], str]:
        """The prompt's token ids, and the text that it ends with, after the last message.

        `options` go to the tokenizer's `apply_chat_template` (such as `tools`, `enable_thinking`).
        Raises `InputError` for a message that the template drops or refuses, or that holds no text.
        """
        plain = list(_plain(messages))
        frames = self._frames(plain, options)
        turns = _turns(self._bare(frame) for frame in frames)
        texts = [_quote(message, turns) for message in plain]
        ids: list[int] = self._ids(frames[0])
        for text, frame in zip(texts, frames[1:], strict=True):
            ids += self._inert(text) + self._ids(frame)
        whole = self._ids("".join(part for pair in zip(frames, [*texts, ""], strict=True) for part in pair))
        # In one piece is how the model was trained; it holds as long as no message adds a special token.
        unharmed = self._special(whole) == self._special(ids)
        return (whole if unharmed else ids), frames[-1]

    def _frames(self, plain: Sequence[dict[str, Any]], options: Mapping[str, Any]) -> list[str]:
        """The template's own text around each message's content."""
        marks = [f"\ue0f0{number}\ue0f1" for number in range(len(plain))]
        marked = [message | {"content": mark} for message, mark in zip(plain, marks, strict=True)]
        rest = self._render(marked, options)
        frames = []
        for number, mark in enumerate(marks):
            frame, found, rest = rest.partition(mark)
            if not found or mark in rest:
                fault = "repeats" if found else "drops"
                role = plain[number]["role"]
                raise InputError(f"messages[{number}]: this model's chat template {fault} the role {role!r}")
            frames.append(frame)
        self._check_calls(marked, options, len(self._render(marked, options)))
        return [*frames, rest]

    def _check_calls(self, marked: Sequence[dict[str, Any]], options: Mapping[str, Any], length: int) -> None:
        for number, message in enumerate(marked):
            if not message.get("tool_calls"):
                continue
            without = [*marked[:number], {**message, "tool_calls": None}, *marked[number + 1 :]]
            if len(self._render(without, options)) == length:
                raise InputError(f"messages[{number}]: this model's chat template drops tool calls")
            if any(token in str(message["tool_calls"]) for token in self.reserved.values()):
                raise InputError(f"messages[{number}]: special tokens inside a tool call")

    def _render(self, messages: Sequence[dict[str, Any]], options: Mapping[str, Any]) -> str:
        from jinja2 import TemplateError

        try:
            text = self._tokenizer.apply_chat_template(
                list(messages), tokenize=False, add_generation_prompt=True, **options
            )
        except TemplateError as error:
            raise InputError(f"this model's chat template refuses the messages: {error}") from error
        return str(text)

    def _ids(self, text: str) -> list[int]:
        return list(self._tokenizer(text, add_special_tokens=False)["input_ids"])

    def _inert(self, text: str) -> list[int]:
        """The ids of a text with every special token in it cut in two, so that none is read as one."""
        ids: list[int] = []
        for piece in _cut(text, self.reserved.values()):
            ids += self._ids(piece)
        if self._special(ids):
            raise InputError(
                "a message holds special tokens of the model in a form that cannot be made inert"
            )
        return ids

    def _special(self, ids: Sequence[int]) -> list[int]:
        return [each for each in ids if each in self.reserved]

    def _bare(self, frame: str) -> str:
        for token in self.reserved.values():
            frame = frame.replace(token, "")
        return frame


def _plain(messages: Messages) -> Iterator[dict[str, Any]]:
    """Messages with their content as one string; lone surrogates, which no tokenizer takes, replaced."""
    if isinstance(messages, str):
        messages = [{"role": "user", "content": messages}]
    for number, raw in enumerate(messages):
        message = Message.of(raw)
        if message.unread:
            raise InputError(
                f"messages[{number}]: {message.unread[0]} content, but this model reads text only"
            )
        calls = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in message.tool_calls
        ]
        more = {"tool_calls": calls} if calls else {}
        content = message.text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        yield {"role": message.role, "content": content, **more}


def _reserved(tokenizer: Any) -> dict[int, str]:
    """Tokens that mean something to the model beyond their characters, by id."""
    return {
        number: str(token.content)
        for number, token in tokenizer.added_tokens_decoder.items()
        if token.special or str(token.content).startswith("<")
    }


def _turns(frames: Iterator[str]) -> list[str]:
    """The words with which the template begins a turn, such as `User` and `Assistant`."""
    lasts = (frame.splitlines()[-1:] for frame in frames)
    found = (_TURN.match(last[0]) for last in lasts if last)
    return sorted({match.group(1) for match in found if match})


def _quote(message: Mapping[str, Any], turns: Sequence[str]) -> str:
    text = str(message["content"])
    if not turns or message["role"] in OPERATOR:
        return text
    names = "|".join(re.escape(turn) for turn in turns)
    return re.sub(rf"{_LINE}([ \t]*(?:{names})[ \t]*[:：])", r"\1> \2", text, flags=re.IGNORECASE)


def _cut(text: str, tokens: Iterable[str]) -> list[str]:
    """The text in pieces, none of which holds any of the tokens."""
    names = "|".join(re.escape(token) for token in tokens if len(token) > 1)
    cuts = [match.start() + 1 for match in re.finditer(f"(?={names})", text)] if names else []
    return [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True) if start < end]
