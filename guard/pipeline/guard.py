"""The front door: a policy, ready to check texts and to stand around generation calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from guard.errors import InputError, suggest
from guard.pipeline.door import in_thread
from guard.pipeline.judge import STAGES, Judge
from guard.pipeline.onion import OnDecision, Shape
from guard.pipeline.source import read_sources
from guard.pipeline.thread import Threads
from guard.pipeline.wrap import wrap
from guard.policy.load import load
from guard.types import Decision, Exchange, Message, Policy, Response, Source, Stage, ToolCall

SourceLike = str | Mapping[str, Any] | Source


class Guard:
    """A policy at work.

        guard = Guard("default")
        guard.check("我的电话是13800138000").text
        ask = guard.wrap(call)

    Safe to use from several threads at once, within itself, and inside a running event loop.
    """

    def __init__(
        self,
        policy: str | Path | Mapping[str, Any] | Policy,
        *,
        on_decision: OnDecision | None = None,
        raise_on_block: bool = False,
        key: bytes | str | None = None,
    ) -> None:
        """Loads the policy (a file, a shipped name, a mapping, or one already loaded) and its filters.

        `on_decision` is called with every decision made, `allow` included. With `raise_on_block` a
        wrapped call raises `Blocked` instead of answering with a refusal. `key`, at least 16 bytes, is for
        the hashes in masks; without it the environment's `GUARD_KEY` is. Raises `PolicyError` with all
        faults of the policy, `ModelError` for a model that cannot be loaded, `InputError` without a key
        where a mask needs one.
        """
        self.policy = policy if isinstance(policy, Policy) else load(policy)
        self.raise_on_block = raise_on_block
        self.on_decision = on_decision
        self.judging = Judge(self.policy, key)
        self._threads = Threads()

    def judge(self, exchange: Exchange, stages: Sequence[Stage] = STAGES) -> Decision:
        """The policy's decision on these stages of the exchange; tells nobody else."""
        return self.judging.judge(exchange, stages)

    def check(
        self,
        exchange: Exchange | str,
        *,
        stage: Stage | str | None = Stage.INPUT,
        sources: Sequence[SourceLike] = (),
    ) -> Decision:
        """The decision on an exchange, or on a text that stands alone at the stage.

        `stage=None` judges every stage that the exchange has. Raises `InputError` for an unknown
        stage or something that is neither a text nor an exchange.
        """
        at = None if stage is None else _stage(stage)
        whole = _exchange(exchange, at or Stage.INPUT, sources)
        stages = [at] if at else [each for each in Stage if _has(whole, each)]
        decision = self.judge(whole, stages)
        if self.on_decision:
            self.on_decision(decision)
        return decision

    def wrap(
        self, call: Callable[..., Any], *, on_decision: OnDecision | None = None, shape: Shape | None = None
    ) -> Callable[..., Any]:
        """The generation call with this guard around it; of the same kind and with the same signature.

        `call(messages, **kwargs)` is a function, a coroutine function, a generator or asynchronous
        generator, or anything that behaves like one. What is asked is its parameter `messages` or `prompt`,
        else the only chat messages or, without any, the only text that it is given, settings such as the
        model aside; several raise `InputError`. `sources=` may be given to the result, and reaches the call
        only if it has a parameter of that name; so does a `Vault` as `conversation=`, in which the values of
        a whole conversation are hidden rather than in one of each call's own. Also a decorator.

        `on_decision` hears of this call's decisions in place of the guard's own. `shape(decision,
        streams)` makes the answer to a call that was not made, a chunk if `streams`; without it, that is
        a text that also reads as a chat completion. To a type checker, what comes back may be anything.
        """
        listener = on_decision or self.on_decision
        wrapped: Callable[..., Any] = wrap(
            call,
            self.judging,
            on_decision=listener,
            raise_on_block=self.raise_on_block,
            shape=shape,
            threads=self._threads,
        )
        return wrapped

    async def acheck(
        self,
        exchange: Exchange | str,
        *,
        stage: Stage | str | None = Stage.INPUT,
        sources: Sequence[SourceLike] = (),
    ) -> Decision:
        """Like `check`, in another thread, so that the event loop goes on."""
        return await in_thread(partial(self.check, exchange, stage=stage, sources=sources))


def _stage(name: Stage | str) -> Stage:
    try:
        return Stage(name)
    except ValueError:
        raise InputError(f"no stage {str(name)!r}; {suggest(str(name), map(str, Stage))}") from None


def _exchange(given: Exchange | str, stage: Stage, sources: Sequence[SourceLike]) -> Exchange:
    if isinstance(given, Exchange):
        return _with_sources(given, sources)
    if not isinstance(given, str):
        raise InputError(f"check takes a text or an Exchange, not {type(given).__name__}")
    known = read_sources(sources)
    match stage:
        case Stage.INPUT:
            return Exchange((Message("user", (given,)),), known)
        case Stage.TOOL_RESULT:
            return Exchange((Message("tool", (given,)),), known)
        case Stage.SOURCES:
            return Exchange(sources=(Source(given), *known))
        case Stage.OUTPUT:
            return Exchange(sources=known, response=Response(given))
        case Stage.TOOL_CALL:
            return Exchange(sources=known, response=Response(tool_calls=(ToolCall("", given),)))


def _with_sources(exchange: Exchange, sources: Sequence[SourceLike]) -> Exchange:
    more = read_sources(sources)
    return replace(exchange, sources=exchange.sources + more) if more else exchange


def _has(exchange: Exchange, stage: Stage) -> bool:
    return any(True for _ in exchange.parts(stage)) or any(True for _ in exchange.unread(stage))
