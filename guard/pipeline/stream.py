"""Guards a stream of answers: nothing leaves before it is known to be allowed.

Pieces wait in a queue until all text in them is settled; untouched ones go on as the very objects that
came. On a block the source is closed and a refusal of the same kind is the last piece. Originals are put
back in what has been allowed, as the last thing before it goes on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import replace
from typing import Any

from guard.cut import Hidden
from guard.errors import InputError
from guard.pipeline.aside import open_to_questions
from guard.pipeline.door import END, AsyncUpstream, Upstream, drive, must_be_awaited, upstream_of
from guard.pipeline.hold import Channel, Look, Lookout, shifted
from guard.pipeline.logprob import Tokens, read_tokens
from guard.pipeline.onion import Onion
from guard.pipeline.request import Request
from guard.pipeline.restore import Restorer
from guard.pipeline.sample import Samples
from guard.pipeline.shape import Slot, Steps, alone, edit, response_of, slots, stage_of
from guard.pipeline.veil import Veil
from guard.types import AFTER_CALL, Action, Decision, Exchange, Response, ToolCall

Key = tuple[int, str]
"""Choice and channel."""


class Stream:
    """What both kinds of guarded streams share: the source behind and the last decision made.

    Whatever else the source's own object offers is reached through it.
    """

    def __init__(self, flow: Flow, source: Any) -> None:
        self._flow = flow
        self._source = source

    @property
    def decision(self) -> Decision | None:
        """The last decision on the stream; on the whole of it once it has ended."""
        return self._flow.decision

    def __getattr__(self, name: str) -> Any:
        return getattr(object.__getattribute__(self, "_source"), name)


class SyncStream(Stream):
    """A guarded iterator; closes its source when closed."""

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        piece = drive(self._flow.advance())
        if piece is END:
            raise StopIteration
        return piece

    def close(self) -> None:
        """Ends the stream and its source."""
        drive(self._flow.close())

    def __enter__(self) -> SyncStream:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncStream(Stream):
    """A guarded asynchronous iterator; closes its source when closed."""

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        piece = await self._flow.advance()
        if piece is END:
            raise StopAsyncIteration
        return piece

    async def aclose(self) -> None:
        """Ends the stream and its source."""
        await self._flow.close()

    close = aclose

    async def __aenter__(self) -> AsyncStream:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


def guarded(
    onion: Onion, request: Request, samples: Samples, veil: Veil, upstream: Upstream, tries_left: int
) -> Stream:
    """A guarded stream of the same kind as the source."""
    flow = Flow(onion, request, samples, veil, upstream, tries_left)
    kind = AsyncStream if isinstance(upstream, AsyncUpstream) else SyncStream
    return kind(flow, upstream.source)


class Flow:
    """The stream itself, written once for both kinds: pulls, holds, judges, lets go."""

    def __init__(
        self,
        onion: Onion,
        request: Request,
        samples: Samples,
        veil: Veil,
        upstream: Upstream,
        tries_left: int,
    ) -> None:
        self.decision: Decision | None = None
        self._onion = onion
        self._request = request
        self._others = samples
        self._is_open = False
        self._veil = veil
        self._tries_left = tries_left
        self._sampled = {rule.id for rule in onion.judge.policy.rules if onion.judge.is_sampled(rule)}
        self._lookouts = {stage: Lookout.of(onion.judge, stage) for stage in AFTER_CALL}
        self._ready: deque[Any] = deque()
        self._said: dict[int, str] = {}
        self._has_begun = False
        self._failure: Exception | None = None
        self._over = False
        self._begin(upstream)

    def _begin(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._restorer = Restorer(self._veil.restorable(), is_json=self._request.wants_json)
        self._channels: dict[Key, Channel] = {}
        self._names: dict[Key, str] = {}
        self._pieces: dict[int, Any] = {}
        self._tokens: dict[int, Tokens] = {}
        self._queue: deque[tuple[Any, list[tuple[Slot, int, int]]]] = deque()

    async def advance(self) -> Any:
        """The next piece that may go on, or `END`."""
        while not self._ready:
            if self._failure or self._over:
                self._ready.extend(self._restorer.end())
            if self._ready:
                break
            if self._failure:
                failure, self._failure = self._failure, None
                self._end()
                raise failure
            if self._over:
                return END
            try:
                await self._pull()
            except BaseException:
                # Whatever ends the reading, the source hears of it.
                await self.close()
                raise
        return self._ready.popleft()

    async def close(self) -> None:
        """Ends the stream and tells the source."""
        self._end()
        self._ready.clear()
        self._queue.clear()
        self._restorer = Restorer({})
        await self._upstream.close()

    def _open(self) -> None:
        """Begins what needs the event loop in which the stream is read, if it is read in one."""
        offload = self._upstream.offload
        self._request = open_to_questions(self._onion, self._request, offload)
        self._others.begin(offload)
        self._is_open = True

    async def _pull(self) -> None:
        if not self._is_open:
            self._open()
        try:
            piece = await self._upstream.pull()
        except Exception as error:
            # It is raised again once all that was settled before it has gone on.
            self._failure, piece = error, None
        if self._failure:
            await self._settle(force=True)
        elif piece is END:
            await self._finish()
        else:
            self._take(piece)
            await self._settle()

    def _hide(self, hidden: Hidden) -> str:
        return self._veil.hide(hidden, str(self._request.exchange.metadata.get("language", "")))

    def _take(self, piece: Any) -> None:
        places = []
        found = slots(piece)
        read_tokens(piece, found, self._tokens)
        for slot in found:
            if slot.key not in self._channels:
                lookout = self._lookouts[stage_of(slot.channel)]
                self._channels[slot.key] = Channel(slot.channel, lookout, self._hide)
            self._names[slot.key] = self._names.get(slot.key) or slot.name
            self._pieces[slot.choice] = piece
            places.append((slot, *self._channels[slot.key].add(slot.text)))
        self._queue.append((piece, places))

    async def _settle(self, *, force: bool = False) -> None:
        if not await self._is_stopped(force=force):
            self._release()

    async def _is_stopped(self, *, force: bool) -> bool:
        """Judges what can be judged by now; whether that ended the stream."""
        for key, channel in self._channels.items():
            for look in channel.looks(force=force, ended=self._is_over(key)):
                judge = self._onion.judge.judge
                exchange = await self._with_samples(self._partial(key, look), look.rules)
                stages = (channel.lookout.stage,)
                decision = await self._upstream.offload(judge, exchange, stages, look.rules)
                decision = shifted(decision, look.start, f"response.{channel.name}")
                if channel.take(look, decision):
                    if decision.action is Action.RETRY:
                        # Every rule redacts what is quoted to the model, not only those asked here.
                        args = exchange, stages, None, self._veil
                        whole = await self._upstream.offload(judge, *args)
                        decision = replace(decision, quotes=whole.quotes)
                    await self._stop(decision, key[0])
                    return True
        return False

    def _is_over(self, key: Key) -> bool:
        """Whether this is reasoning from which the answer has gone on to its content or a tool call.

        Its end would otherwise stay open, and hold up the content behind it, until the stream ends.
        """
        choice, name = key
        others = (channel for other, channel in self._channels.items() if other[0] == choice)
        return name == "reasoning" and any(other.length and other.name != name for other in others)

    async def _with_samples(self, exchange: Exchange, rules: Iterable[str]) -> Exchange:
        """The exchange with the samples where any of these rules looks at them; waits for them."""
        is_asked = not self._sampled.isdisjoint(rules) and exchange.response is not None
        return await self._others.fill(exchange) if is_asked else exchange

    def _partial(self, key: Key, look: Look) -> Exchange:
        """The exchange with nothing but a stretch of one channel for an answer."""
        choice, channel = key
        text = look.text
        if channel == "content":
            tokens = self._tokens[choice].between(look.start, look.end) if choice in self._tokens else ()
            response = Response(text, tokens=tokens)
        elif channel == "reasoning":
            response = Response(reasoning=text)
        else:
            response = Response(tool_calls=(ToolCall(self._names[key], text),))
        return replace(self._request.exchange, response=response)

    async def _finish(self) -> None:
        """Judges each choice's whole answer, which decides about what is still held."""
        if await self._is_stopped(force=True):
            return
        texts = {key: channel.text for key, channel in self._channels.items()}
        for choice in dict.fromkeys(key[0] for key in texts) or [0]:
            response = response_of(choice, texts, self._names) if texts else None
            if response and choice in self._tokens:
                response = replace(response, tokens=self._tokens[choice].between(0, len(response.content)))
            exchange = replace(self._request.exchange, response=response)
            if response and response.content:
                exchange = await self._with_samples(exchange, self._sampled)
            judge = self._onion.judge.judge
            decision = await self._upstream.offload(judge, exchange, AFTER_CALL, None, self._veil)
            if decision.action >= Action.RETRY:
                return await self._stop(decision, choice)
            self.decision = self._onion.settle(decision, self._tries_left)
            for (own, name), channel in self._channels.items():
                if own == choice:
                    channel.finish(decision, f"response.{name}")
        self._release()
        self._end()

    def _end(self) -> None:
        """Nothing more comes, and nobody waits for samples."""
        self._over = True
        self._others.close()

    def _release(self) -> None:
        while self._queue and self._is_settled(self._queue[0][1]):
            piece, places = self._queue.popleft()
            self._let_go(piece, places)
        for channel in self._channels.values():
            channel.forget()

    def _is_settled(self, places: list[tuple[Slot, int, int]]) -> bool:
        return all(end <= self._channels[slot.key].settled for slot, _, end in places)

    def _let_go(self, piece: Any, places: list[tuple[Slot, int, int]]) -> None:
        edits: dict[Steps, str] = {}
        for slot, start, end in places:
            channel = self._channels[slot.key]
            channel.gone, text = end, channel.carve(start, end, slot.text)
            if text != slot.text:
                edits |= dict.fromkeys((slot.steps, *slot.twins), text)
            self._has_begun = self._has_begun or text != ""
            if slot.channel == "content" and text:
                self._said[slot.choice] = text
        piece = edit(piece, edits) if edits else piece
        if piece != "" or not edits:
            self._ready.extend(self._restorer.put(piece))

    async def _stop(self, decision: Decision, choice: int) -> None:
        """Ends the stream with a refusal, or begins it anew where another try is asked for and left."""
        is_too_late = self._has_begun or self._failure is not None
        self.decision = self._onion.settle(decision, 0 if is_too_late else self._tries_left)
        await self._upstream.close()
        if self.decision.action is Action.RETRY:
            return await self._restart(self.decision)
        lead = "\n" if self._said.get(choice, "\n")[-1:] != "\n" else ""
        sample = alone(self._pieces[choice], choice)
        self._ready.extend(self._restorer.end())
        self._ready.append(self._onion.refuse(sample, self.decision, choice, lead))
        self._queue.clear()
        self._end()

    async def _restart(self, decision: Decision) -> None:
        self._tries_left -= 1
        self._request = self._onion.again(self._request, decision)
        answer = self._request.send(self._onion.call)
        upstream = upstream_of(await answer if must_be_awaited(answer) else answer)
        if upstream is None:
            raise InputError("the wrapped call gave a stream first and none on another try")
        self._begin(upstream)
