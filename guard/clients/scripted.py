"""A stand-in for an ERNIE endpoint that answers from a script, for demonstrations without a network.

It is no model: it looks for a trigger in the last user message and gives the answer written for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from guard.types import Message

Messages = str | Sequence[Mapping[str, Any] | Message]

_WORD = re.compile(r"[A-Za-z0-9]+\s*|.", re.DOTALL)


class ScriptedErnie:
    """Answers chat messages from a script and keeps what it received.

        ernie = ScriptedErnie({"西湖": "西湖在杭州。"})
        ernie([{"role": "user", "content": "介绍一下西湖"}])

    `script` maps a trigger, looked for in the last user message, to the answer; the first trigger
    that occurs counts, `default` answers everything else. `received` holds the messages of each
    call in order, as they came: what the model would have seen.
    """

    def __init__(self, script: Mapping[str, str], default: str = "好的。") -> None:
        self.script = dict(script)
        self.default = default
        self.received: list[tuple[Message, ...]] = []

    def __call__(self, messages: Messages) -> str:
        """The whole answer."""
        return self._answer(messages)

    def stream(self, messages: Messages) -> Iterator[str]:
        """The answer piece by piece, about a token each."""
        for piece in _WORD.finditer(self._answer(messages)):
            yield piece.group()

    def _answer(self, messages: Messages) -> str:
        if isinstance(messages, str):
            messages = [{"role": "user", "content": messages}]
        said = tuple(Message.of(message) for message in messages)
        self.received.append(said)
        asked = next((message.text for message in reversed(said) if message.role == "user"), "")
        return next((answer for trigger, answer in self.script.items() if trigger in asked), self.default)
