"""Runs a transformers model in a thread of its own, to be read token by token and stopped at any.

The model waits for its reader: it is never more than a few tokens ahead, so that a stream which a policy
stops costs no more than those.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from queue import Empty, Full, Queue
from typing import Any

AHEAD = 8
"""How many tokens the model may be ahead of the reader; a stopped stream wastes no more than these."""


class Generation:
    """One run of `model.generate` in a thread of its own, read token by token."""

    def __init__(self, model: Any, ids: Sequence[int], options: Mapping[str, Any]) -> None:
        self._model = model
        self._ids = list(ids)
        self._options = dict(options)
        self._queue: Queue[int | None] = Queue(AHEAD)
        self._stopped = threading.Event()
        self._error: BaseException | None = None
        self._last = -1
        self.count = -1
        self._thread = threading.Thread(target=self._run, name="guard-generate", daemon=True)

    def __iter__(self) -> Iterator[int]:
        return self

    def __next__(self) -> int:
        if self._thread.ident is None:
            self._thread.start()
        token = self._queue.get()
        if token is not None:
            return token
        self._thread.join()
        if self._error:
            raise self._error
        raise StopIteration

    def stop(self) -> None:
        """Ends the generation at its next step and waits for that."""
        self._stopped.set()
        while self._thread.is_alive():
            try:
                self._queue.get(timeout=0.01)
            except Empty:
                continue

    @property
    def finish_reason(self) -> str:
        """Why the model ended: `stop`, or `length` when it ran into its limit."""
        ends = self._options.get("eos_token_id", self._model.generation_config.eos_token_id)
        return "stop" if self._last in (ends if isinstance(ends, list | tuple) else [ends]) else "length"

    @property
    def usage(self) -> dict[str, int]:
        """Tokens of the prompt and of the answer so far."""
        asked = len(self._ids)
        return {
            "prompt_tokens": asked,
            "completion_tokens": self.count,
            "total_tokens": asked + self.count,
        }

    def _run(self) -> None:
        import torch

        own = list(self._options.pop("stopping_criteria", ()) or ())
        try:
            ids = torch.tensor([self._ids], device=self._model.device)
            self._model.generate(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                streamer=self,
                stopping_criteria=[*own, self._stops],
                **self._options,
            )
        # Whatever goes wrong in this thread belongs to the reader, who gets it raised.
        except BaseException as error:
            self._error = error
        finally:
            self._hand(None)

    def _stops(self, input_ids: Any, scores: Any, **_: Any) -> Any:
        """The stopping criterion: true for all once the reader has gone."""
        import torch

        return torch.full(
            (input_ids.shape[0],), self._stopped.is_set(), dtype=torch.bool, device=input_ids.device
        )

    def put(self, value: Any) -> None:
        """Takes tokens from `generate`, as a streamer does: first the prompt, then each new one."""
        self.count += 1
        if self.count:
            self._last = int(value.reshape(-1)[-1])
            self._hand(self._last)

    def end(self) -> None:
        """Closes the streamer; the end is announced once `generate` has returned."""

    def _hand(self, token: int | None) -> None:
        while not self._stopped.is_set():
            try:
                self._queue.put(token, timeout=0.1)
                return
            except Full:
                continue
