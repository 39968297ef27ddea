"""The flow behind a guarded stream: nothing leaves before it is known to be allowed.

Pieces wait in a queue until all text in them is settled; untouched ones go on as the very objects that
came. On a block a refusal of the same kind is the last piece of a choice, and with that of the last choice
the source is closed. Originals are put back in what has been allowed, as the last thing before it goes on.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from guard.cut import Hidden
from guard.engine import main_part
from guard.errors import InputError
from guard.pipeline.aside import open_to_questions
from guard.pipeline.door import END, Upstream, must_be_awaited, to_its_end, upstream_of
from guard.pipeline.hold import Channel, Look, Lookout, shifted
from guard.pipeline.logprob import Tokens, read_tokens
from guard.pipeline.onion import Onion
from guard.pipeline.reading import Reading
from guard.pipeline.refusal import Refusal, RefusedStream
from guard.pipeline.request import Request
from guard.pipeline.restore import Restorer
from guard.pipeline.sample import Samples
from guard.pipeline.shape import (
    Slot,
    Steps,
    alone,
    choices_of,
    edit,
    get,
    response_of,
    slots,
    stage_of,
    unread,
    without,
)
from guard.pipeline.tries import Tries
from guard.pipeline.veil import Veil
from guard.types import (
    AFTER_CALL,
    Action,
    Decision,
    Exchange,
    Part,
    Response,
    Spent,
    Stage,
    ToolCall,
    Unjudged,
)

Key = tuple[int, str]
"""Choice and channel."""


class Flow:
    """The pieces of one stream, of either kind: pulls, holds, judges, lets go."""

    def __init__(
        self,
        onion: Onion,
        request: Request,
        samples: Samples,
        veil: Veil,
        upstream: Upstream,
        tries: Tries,
    ) -> None:
        self.decision: Decision | None = None
        self._onion = onion
        self._request = request
        self._others = samples
        self._is_open = False
        self._veil = veil
        self._tries = tries
        self._sampled = {rule.id for rule in onion.judge.policy.rules if onion.judge.is_sampled(rule)}
        self._lookouts = {stage: Lookout.of(onion.judge, stage) for stage in AFTER_CALL}
        self._ready: deque[Any] = deque()
        self._said: dict[int, str] = {}
        self._spent: list[Spent] = []
        self._begun: set[int] = set()
        self._failure: Exception | None = None
        self._over = False
        self._begin(upstream)

    def _begin(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._decided: set[int] = set()
        self._refused: set[int] = set()
        self._restorer = Restorer(self._veil.restorable())
        self._channels: dict[Key, Channel] = {}
        self._names: dict[Key, str] = {}
        self._reasoned: dict[int, int] = {}
        self._unjudged: dict[int, list[Unjudged]] = {}
        self._pieces: dict[int, Any] = {}
        self._unread: dict[int, tuple[str, ...]] = {}
        self._tokens: dict[int, Tokens] = {}
        self._usage: Any = None
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
        try:
            await self._conclude()
        finally:
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
            await self._conclude()
            # The source has failed: that is what the reader hears of, whatever comes of closing it.
            with suppress(Exception):
                await self._upstream.close()
        elif piece is END:
            await self._finish()
        else:
            await self._read(piece)

    async def _read(self, piece: Any) -> None:
        for choice in self._refused:
            piece = piece if piece is None else without(piece, choice)
        if piece is None:
            return
        taken_back = getattr(self._upstream.source, "taken_back", None)
        for choice in taken_back(piece) if taken_back else ():
            piece = self._take_back(choice, piece)
        self._take(piece)
        if not await self._is_unreadable(piece):
            await self._settle()

    def _take_back(self, choice: int, piece: Any) -> Any:
        """Forgets what is held of a choice; the piece that comes in its place, set off from what was said."""
        self._drop(choice)
        self._restorer.drop(choice)
        self._tokens.pop(choice, None)
        for (own, _), channel in self._channels.items():
            if own == choice:
                channel.drop()
        said = [slot for slot in slots(piece) if slot.key == (choice, "content") and slot.text]
        lead = self._lead(choice)
        edits = {way: lead + slot.text for slot in said[:1] for way in (slot.steps, *slot.twins)}
        return edit(piece, edits) if lead and edits else piece

    def _hide(self, hidden: Hidden) -> str:
        return self._veil.hide(hidden, str(self._request.exchange.metadata.get("language", "")))

    def _take(self, piece: Any) -> None:
        places = []
        found = slots(piece)
        self._pieces |= dict.fromkeys(choices_of(piece), piece)
        read_tokens(piece, found, self._tokens)
        self._usage = get(piece, "usage") or self._usage
        for slot in found:
            if slot.key not in self._channels:
                lookout = self._lookouts[stage_of(slot.channel)]
                self._channels[slot.key] = Channel(slot.channel, lookout, self._hide)
            self._names[slot.key] = self._names.get(slot.key) or slot.name
            places.append((slot, *self._channels[slot.key].add(slot.text)))
        self._note_reasoned([slot for slot in found if slot.text])
        self._queue.append((piece, places))

    def _note_reasoned(self, found: list[Slot]) -> None:
        """Notes how far a choice had reasoned when its answer first went on without reasoning."""
        reasoning = {slot.choice for slot in found if slot.channel == "reasoning"}
        for choice in {slot.choice for slot in found} - reasoning:
            channel = self._channels.get((choice, "reasoning"))
            self._reasoned.setdefault(choice, channel.length if channel else 0)

    async def _is_unreadable(self, piece: Any) -> bool:
        """Judges the parts of a piece that hold no text before it goes on; whether one ended the stream."""
        for choice, kinds in unread(piece).items():
            known = self._unread.get(choice, ())
            self._unread[choice] = tuple(dict.fromkeys((*known, *kinds)))
            if self._unread[choice] != known:
                exchange = replace(self._request.exchange, response=Response(unread=kinds))
                judge = self._onion.judge.judge
                decision = await self._upstream.offload(judge, exchange, (Stage.OUTPUT,), None)
                if decision.blocked and await self._stop(decision, choice):
                    return True
        return False

    async def _settle(self, *, force: bool = False) -> None:
        if not await self._is_stopped(force=force):
            self._release()

    async def _is_stopped(self, *, force: bool) -> bool:
        """Judges what can be judged by now; whether that ended the stream."""
        for key in self._channels:
            if key[0] not in self._refused and await self._is_stopped_at(key, force=force):
                return True
        return False

    async def _is_stopped_at(self, key: Key, *, force: bool) -> bool:
        """Judges what can be judged of one channel."""
        channel = self._channels[key]
        for look in channel.looks(force=force, ended=self._is_over(key)):
            judge = self._onion.judge.judge
            exchange = await self._with_samples(self._partial(key, look), look.rules)
            stages = (channel.lookout.stage,)
            args = exchange, stages, look.rules, None, not self._may_retry, look.read
            decision = await self._upstream.offload(judge, *args)
            decision = shifted(decision, look.start, f"response.{channel.name}")
            if channel.take(look, decision):
                if decision.action is Action.RETRY and self._may_retry:
                    # Every rule redacts what is told and quoted to the model, not only those asked here.
                    every = exchange, stages, None, self._veil, False, look.read
                    whole = await self._upstream.offload(judge, *every)
                    decision = _retold(decision, shifted(whole, look.start, f"response.{channel.name}"))
                return await self._stop(decision, key[0])
            self._spent += decision.spent
            self._unjudged.setdefault(key[0], []).extend(
                item for item in decision.unjudged if not item.missing
            )
        return False

    @property
    def _may_retry(self) -> bool:
        """Whether another try is left and not too late."""
        return self._tries.left > 0 and not self._begun and self._failure is None

    def _is_over(self, key: Key) -> bool:
        """Whether this is reasoning from which the answer has gone on to its content or a tool call.

        Its end would otherwise stay open, and hold up the content behind it, until the stream ends. Reasoning
        that goes on after that is held as any text is.
        """
        choice, name = key
        return name == "reasoning" and self._reasoned.get(choice) == self._channels[key].length

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
        choices = dict.fromkeys([*(key[0] for key in texts), *self._unread]) or [0]
        decisions = {
            choice: await self._judge_whole(texts, choice)
            for choice in choices
            if choice not in self._refused
        }
        # Nothing is told or goes on of one before all are judged: each may ask for another try of all.
        for choice in sorted(decisions, key=lambda choice: decisions[choice].action):
            if decisions[choice].action >= Action.RETRY and await self._stop(decisions[choice], choice):
                return
        for choice, decision in decisions.items():
            if choice not in self._refused:
                for (own, name), channel in self._channels.items():
                    if own == choice:
                        channel.finish(decision, f"response.{name}")
                self._tell(self._as_told(decision, texts, choice), choice)
        self._release()
        self._end()

    async def _judge_whole(self, texts: Mapping[Key, str], choice: int) -> Decision:
        exchange = self._whole(texts, choice)
        if exchange.response and exchange.response.content:
            exchange = await self._with_samples(exchange, self._sampled)
        channels = {f"response.{name}": each for (own, name), each in self._channels.items() if own == choice}

        def read(part: Part) -> Reading:
            return Reading(part, channels[part.path].sheet)

        args = exchange, AFTER_CALL, None, self._veil, not self._may_retry, read
        decision: Decision = await self._upstream.offload(self._onion.judge.judge, *args)
        return decision

    async def _conclude(self) -> None:
        """Tells the decision on what has gone out of each choice that breaks off, unless one was told.

        Whoever leaves, and however hastily, it is told.
        """
        choices = self._begun - self._decided
        # When the interpreter exits there are no threads left to judge in.
        if choices and not sys.is_finalizing():
            self._decided |= choices
            await to_its_end(self._tell_what_went(choices), self._upstream.offload)

    async def _tell_what_went(self, choices: Iterable[int]) -> None:
        """Judges what has gone out of these choices, without what rules would ask of the model."""
        judge = self._onion.judge
        late = [rule for rule in judge.policy.rules if judge.asks_further(rule)]
        rules = {rule.id for rule in judge.policy.rules} - {rule.id for rule in late}
        skipped = [Unjudged(rule.filter, "the stream broke off", "", rule.id, missing=True) for rule in late]
        texts = {
            key: channel.text[: channel.gone] for key, channel in self._channels.items() if channel.has_gone
        }
        for choice in sorted(choices):
            exchange = self._whole(texts, choice)
            decision = await self._upstream.offload(judge.judge, exchange, AFTER_CALL, rules, self._veil)
            if decision.action < Action.RETRY:
                decision = self._as_told(decision, texts, choice)
            self._tell(replace(decision, unjudged=(*decision.unjudged, *skipped)), choice)

    def _whole(self, texts: Mapping[Key, str], choice: int) -> Exchange:
        """The exchange with all of a choice's texts for an answer."""
        kinds = self._unread.get(choice, ())
        response = response_of(choice, texts, self._names, kinds) if texts or kinds else None
        if response and choice in self._tokens:
            response = replace(response, tokens=self._tokens[choice].between(0, len(response.content)))
        return replace(self._request.exchange, response=response)

    def _as_told(self, decision: Decision, texts: Mapping[Key, str], choice: int) -> Decision:
        """The decision with the choice's texts as they go on, of which some may have gone before it."""
        told = {
            f"response.{name}": self._channels[own, name].told(len(text))
            for (own, name), text in texts.items()
            if own == choice
        }
        exchange = self._whole(texts, choice)
        parts = [part for stage in AFTER_CALL for part in exchange.parts(stage)]
        edits = {part.path: told[part.path] for part in parts if told[part.path] != part.text}
        return replace(decision, text=told[main_part(parts).path] if parts else "", edits=edits)

    def _tell(self, decision: Decision, choice: int) -> Decision:
        """Settles a decision, with what the looks before it left unjudged and what was spent on them."""
        unjudged = dict.fromkeys((*decision.unjudged, *self._unjudged.get(choice, ())))
        spent = (*self._spent, *decision.spent)
        self._spent = []
        tries_left = self._tries.left if self._may_retry else 0
        self._decided.add(choice)
        decision = replace(decision, unjudged=tuple(unjudged), spent=spent)
        if decision.action is not Action.RETRY or not tries_left:
            decision = self._tries.charge(self._others.charge(decision))
        decision = self._onion.settle(decision, tries_left)
        if decision.blocked or not self._refused:
            self.decision = decision
        return decision

    def _end(self) -> None:
        """Nothing more comes, and nobody waits for samples."""
        self._over = True
        self._others.close()

    def _release(self) -> None:
        while self._queue and all(self._channels[slot.key].may_go(end) for slot, _, end in self._queue[0][1]):
            piece, places = self._queue.popleft()
            self._let_go(piece, places)
        for channel in self._channels.values():
            channel.forget()

    def _let_go(self, piece: Any, places: list[tuple[Slot, int, int]]) -> None:
        edits: dict[Steps, str] = {}
        for slot, start, end in places:
            channel = self._channels[slot.key]
            text = channel.let_go(start, end, slot.text)
            if text != slot.text:
                edits |= dict.fromkeys((slot.steps, *slot.twins), text)
            if text or stage_of(slot.channel) is Stage.TOOL_CALL:
                self._begun.add(slot.choice)
            if slot.channel == "content" and text:
                self._said[slot.choice] = text
        if self._unread:
            self._begun.update(unread(piece))
        piece = edit(piece, edits) if edits else piece
        if piece != "" or not edits:
            self._ready.extend(self._restorer.put(piece))

    async def _stop(self, decision: Decision, choice: int) -> bool:
        """Ends a choice with a refusal, or begins the stream anew where another try is asked for and left.

        Says whether the stream as it was is over: begun anew, or no other choice goes on.
        """
        settled = self._tell(decision, choice)
        if settled.action is Action.RETRY:
            await self._upstream.close()
            await self._restart(settled)
            return True
        self._refused.add(choice)
        self._drop(choice)
        is_last = self._refused.issuperset(self._pieces)
        if is_last:
            await self._upstream.close()
            self._queue.clear()
        self._ready.extend(self._restorer.end(choice))
        sample = alone(self._pieces[choice], choice)
        refusal = self._onion.refuse(sample, settled, choice, self._lead(choice))
        self._begun.add(choice)
        self._ready.extend(self._restorer.put(refusal))
        if is_last:
            self._end()
        return is_last

    def _lead(self, choice: int) -> str:
        """What sets a refusal off from what was said."""
        return "\n" if self._said.get(choice, "\n")[-1:] != "\n" else ""

    def _drop(self, choice: int) -> None:
        """Forgets what is still held of a choice."""
        held = [(without(piece, choice), places) for piece, places in self._queue]
        self._queue = deque(
            (piece, [place for place in places if place[0].choice != choice])
            for piece, places in held
            if piece is not None
        )

    async def _restart(self, decision: Decision) -> None:
        texts = {key: channel.text for key, channel in self._channels.items()}
        choices = dict.fromkeys(choice for choice, _ in texts)
        said = [response_of(choice, texts, self._names) for choice in choices]
        self._tries.fail(self._request.exchange, said, self._usage)
        answer = self._onion.again(self._request, decision).send(self._onion.call)
        answer = await answer if must_be_awaited(answer) else answer
        if isinstance(answer, Refusal | RefusedStream):
            self._ready.extend([answer] if isinstance(answer, Refusal) else answer)
            self._queue.clear()
            return self._end()
        upstream = upstream_of(answer)
        if upstream is None:
            raise InputError("the wrapped call gave a stream first and none on another try")
        self._begin(upstream)


def _retold(decision: Decision, whole: Decision) -> Decision:
    """A look's decision with the texts and quotes of that of all rules, and what both spent."""
    spent = (*decision.spent, *whole.spent)
    return replace(decision, text=whole.text, edits=whole.edits, quotes=whole.quotes, spent=spent)
