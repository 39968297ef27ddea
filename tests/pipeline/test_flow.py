"""Streams of more than one text: tool calls, several choices, and what ends them before their end."""

from __future__ import annotations

import asyncio

import anyio
import pytest

from guard.errors import Blocked
from guard.pipeline.guard import Guard
from guard.pipeline.vault import Vault
from guard.types import Action
from tests.pipeline.fake_filters import policy, words

PATIENT = {"timeout_ms": 60_000}
BLOCK = words("block", "output tool_call", "bomb", **PATIENT)
LONG = "all of this is harmless text, "


def sync_read(guard, *tries, question="hello", **options):
    """What leaves a guarded generator that yields the pieces of one try after another."""
    left = iter(tries)

    def call(messages):
        yield from next(left)

    return list(guard.wrap(call)(question, **options))


def async_read(guard, *tries, question="hello", **options):
    """What leaves a guarded asynchronous generator."""
    left = iter(tries)

    async def call(messages):
        for piece in next(left):
            yield piece

    async def read():
        return [piece async for piece in guard.wrap(call)(question, **options)]

    return asyncio.run(read())


BOTH = pytest.mark.parametrize("read", [sync_read, async_read], ids=["sync", "async"])


def chunk(index=0, finish=None, **delta):
    """A chunk of a chat completion."""
    return {"choices": [{"index": index, "delta": delta, "finish_reason": finish}]}


def called(arguments, **head):
    """A chunk with a part of a tool call."""
    function = {"name": head.pop("name"), "arguments": arguments} if head else {"arguments": arguments}
    return chunk(tool_calls=[{"index": 0, **head, "function": function}])


def legacy(arguments, **head):
    """A chunk with a part of a call in the older form."""
    return chunk(function_call={"arguments": arguments, **({"name": head["name"]} if head else {})})


def unsaid(arguments, **head):
    """A chunk with a part of a tool call, the head of which says nothing of arguments."""
    return called(arguments if arguments else None, **head)


def said(pieces, index=0):
    """The content of one choice."""
    choices = [choice for piece in pieces for choice in piece["choices"] if choice["index"] == index]
    return "".join(choice["delta"].get("content") or "" for choice in choices)


def ending(pieces, index=0):
    """The finish reasons of one choice."""
    choices = [choice for piece in pieces for choice in piece["choices"] if choice["index"] == index]
    return [choice["finish_reason"] for choice in choices if choice["finish_reason"]]


def heads(pieces):
    """The tool calls and calls in the older form that have a name."""
    deltas = [choice["delta"] for piece in pieces for choice in piece["choices"]]
    calls = [call["function"] for delta in deltas for call in delta.get("tool_calls") or ()]
    calls += [delta["function_call"] for delta in deltas if delta.get("function_call")]
    return [call["name"] for call in calls if call.get("name")]


@BOTH
@pytest.mark.parametrize("part", [called, legacy, unsaid])
def test_flow_tries_again_before_the_head_of_a_tool_call_is_out(read, part):
    tries = [
        [chunk(role="assistant", content=""), part("", id=f"call_{name}", name=name), part(arguments)]
        for name, arguments in [("first", '{"q": "rude"}'), ("second", '{"q": "fine"}')]
    ]
    guard = Guard(policy(words("retry", "tool_call", "rude", **PATIENT), retries=1))
    assert heads(read(guard, *tries)) == ["second"]


@BOTH
def test_flow_shows_no_tool_call_before_its_refusal(read):
    pieces = read(Guard(policy(BLOCK)), [called("", id="a", name="dial"), called('{"x": "bomb"}')])
    assert heads(pieces) == []
    assert (said(pieces), ending(pieces)) == ("No.", ["content_filter"])


@BOTH
@pytest.mark.parametrize("arguments", ["", None, "{}"])
def test_flow_lets_a_tool_call_without_arguments_go(read, arguments):
    pieces = [called(arguments, id="a", name="now"), chunk(finish="tool_calls")]
    assert read(Guard(policy(BLOCK)), pieces) == pieces


@BOTH
@pytest.mark.parametrize(
    "first",
    [
        called("", id="a", name="dial"),
        unsaid("", id="a", name="dial"),
        chunk(content=[{"type": "image_url", "image_url": {"url": "x"}}]),
    ],
)
def test_flow_does_not_begin_anew_what_the_reader_has_begun_to_get(read, first):
    rude = words("retry", "output", "rude", on_error="allow", **PATIENT)
    pieces = read(Guard(policy(rude, retries=1)), [first, chunk(content="rude")])
    assert pieces[0] == first
    assert said(pieces[1:]) in ("No.", "\nNo.")


@BOTH
@pytest.mark.parametrize("ends", [" but no bomb", " but no bomb. And so on, it goes on and on. "])
@pytest.mark.parametrize("other", ["all is wel", LONG * 3])
def test_flow_refuses_the_choice_that_blocks_and_no_other(read, ends, other):
    told = []
    pieces = [
        chunk(0, content=other),
        chunk(1, content=LONG),
        {"choices": [*chunk(0, content=" A")["choices"], *chunk(1, content=ends)["choices"]]},
        chunk(0, content=" B", finish="stop"),
        chunk(1, content=" C", finish="stop"),
    ]
    out = read(Guard(policy(BLOCK), on_decision=told.append), pieces)

    assert (said(out, 0), ending(out, 0)) == (f"{other} A B", ["stop"])
    assert LONG.startswith(said(out, 1).removesuffix("\nNo.").removesuffix("No."))
    assert ending(out, 1) == ["content_filter"]
    assert "C" not in said(out, 1)
    assert sorted((str(each.action), each.text) for each in told[1:]) == [
        ("allow", f"{other} A B"),
        ("block", "No."),
    ]


@BOTH
def test_flow_ends_with_the_refusal_of_its_last_choice(read):
    told = []
    pieces = [chunk(0, content="a bomb"), chunk(1, content="a bomb"), chunk(0, content="more. " * 9)]
    out = read(Guard(policy(BLOCK), on_decision=told.append), pieces)
    assert (said(out, 0), said(out, 1)) == ("No.", "No.")
    assert [str(each.action) for each in told] == ["allow", "block", "block"]


def test_flow_tries_all_choices_again_while_nothing_of_any_is_out():
    told = []
    rude = words("retry", "output", "rude", **PATIENT)
    tries = [[chunk(0, content="fine"), chunk(1, content=word)] for word in ("rude", "nice")]
    out = sync_read(Guard(policy(rude, retries=1), on_decision=told.append), *tries)
    assert (said(out, 0), said(out, 1)) == ("fine", "nice")
    assert [(str(each.action), each.text) for each in told[1:]] == [
        ("retry", "rude"),
        ("allow", "fine"),
        ("allow", "nice"),
    ]


@BOTH
def test_flow_that_raises_tells_of_the_other_choices_what_went_out(read):
    told = []
    guard = Guard(policy(BLOCK), on_decision=told.append, raise_on_block=True)
    with pytest.raises(Blocked):
        read(guard, [chunk(0, content=LONG), chunk(0, content=LONG), chunk(1, content="a bomb")])
    assert [(str(each.action), each.text) for each in told[1:]] == [("block", "No."), ("allow", LONG)]


class Source:
    """A stream that may take back what it has said; notes whether it is closed."""

    def __init__(self, *pieces):
        self.pieces = list(pieces)
        self.closed = 0

    def taken_back(self, piece):
        return [choice["index"] for choice in piece["choices"] if choice["finish_reason"] == "withdrawn"]

    def __iter__(self):
        return self

    def __next__(self):
        if not self.pieces:
            raise StopIteration
        return self.pieces.pop(0)

    def close(self):
        self.closed += 1


class AsyncSource(Source):
    """The same, asynchronously."""

    __iter__ = None

    def __aiter__(self):
        return self

    async def __anext__(self):
        if not self.pieces:
            raise StopAsyncIteration
        return self.pieces.pop(0)


def read_source(kind, guard, *pieces, question="hello"):
    if kind is Source:
        return list(guard.wrap(lambda messages: Source(*pieces))(question))

    async def call(messages):
        return AsyncSource(*pieces)

    async def read():
        return [piece async for piece in await guard.wrap(call)(question)]

    return asyncio.run(read())


KINDS = pytest.mark.parametrize("kind", [Source, AsyncSource])


@KINDS
@pytest.mark.parametrize("begun", ["", LONG])
@pytest.mark.parametrize("field", ["content", "reasoning_content"])
def test_flow_lets_nothing_go_that_its_source_takes_back(kind, begun, field):
    told = []
    pieces = [chunk(content=begun), chunk(content="so far so good, " * 2 if begun else "")]
    pieces += [chunk(**{field: "take me"}), chunk(1, content="mine"), chunk(**{field: " back, b"})]
    pieces += [chunk(content="Sorry.", finish="withdrawn"), chunk(1, content=" too", finish="stop")]
    out = read_source(kind, Guard(policy(BLOCK), on_decision=told.append), *pieces)

    assert "take" not in str(out)
    assert said(out) == (f"{begun}\nSorry." if begun else "Sorry.")
    assert said(out, 1) == "mine too"
    assert [each.text for each in told[1:]] == [said(out), "mine too"]


@KINDS
def test_flow_takes_back_what_waits_to_be_restored(kind):
    hide = words("redact", "input", "Ann", mask="[{kind}_{number}]", restore=True, **PATIENT)
    pieces = [chunk(content="well [VALUE_"), chunk(content="Sorry.", finish="withdrawn")]
    out = read_source(kind, Guard(policy(hide)), *pieces, question="I am Ann")
    assert said(out) in ("Sorry.", "\nSorry.")


def test_flow_restores_one_choice_where_another_is_refused():
    hide = words("redact", "input", "Ann", mask="[{kind}_{number}]", restore=True, **PATIENT)
    pieces = [chunk(0, content="dear [VAL"), chunk(1, content="a bomb. "), chunk(0, content="UE_1], hello")]
    out = sync_read(Guard(policy(hide, BLOCK)), pieces, question="I am Ann", conversation=Vault())
    assert (said(out, 0), said(out, 1)) == ("dear Ann, hello", "No.")


@pytest.mark.parametrize("hastily", [False, True])
async def test_flow_tells_of_what_went_out_to_a_reader_who_is_cancelled(hastily):
    told, closed = [], []

    async def call(messages):
        try:
            yield LONG * 2
            yield LONG
            await asyncio.sleep(1000)
        finally:
            closed.append(True)

    async def read():
        async for _ in Guard(policy(BLOCK), on_decision=told.append).wrap(call)("hello"):
            scope.cancel() if hastily else task.cancel()

    with anyio.CancelScope() as scope:
        task = asyncio.create_task(read()) if not hastily else None
        with pytest.raises(asyncio.CancelledError):
            await (task or read())
        if hastily:
            await anyio.sleep(1000)
    for _ in range(2000):
        if len(told) == 2:
            break
        await asyncio.sleep(0.01)
    assert (told[-1].action, told[-1].text) == (Action.ALLOW, LONG * 2)
    assert closed == [True]


async def test_flow_closes_the_iterator_and_the_source_it_came_of():
    closed = []

    class Lines:
        async def __aiter__(self):
            try:
                yield LONG
                yield "a bomb. "
                yield "more"
            finally:
                closed.append("iterator")

        async def close(self):
            closed.append("source")

    async def call(messages):
        return Lines()

    out = [piece async for piece in await Guard(policy(BLOCK)).wrap(call)("hello")]
    assert out[-1].decision.blocked
    assert closed == ["iterator", "source"]


async def test_flow_closes_a_source_whose_iterator_fails_to_close():
    class Lines:
        is_open = True

        async def __aiter__(self):
            try:
                yield LONG
                yield LONG
            finally:
                raise OSError("torn")

        async def aclose(self):
            self.is_open = False

    lines = Lines()
    stream = Guard(policy(BLOCK)).wrap(lambda messages: lines)("hello")
    await anext(stream)
    with pytest.raises(OSError, match="torn"):
        await stream.aclose()
    assert not lines.is_open
