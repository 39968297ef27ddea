"""Other answers to the same prompt, and filters' own questions, with calls of every kind."""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest

from guard.clients.scripted import ScriptedErnie
from guard.errors import CallError
from guard.pipeline import aside, thread
from guard.pipeline.guard import Guard
from guard.pipeline.request import LEAST_TOKENS
from guard.registry import Sampling, option
from guard.text.excerpt import count_tokens
from guard.types import Action, Exchange, Finding, Message, Part, Unjudged
from tests.pipeline.fake_filters import FakeFilter, policy, rule, words
from tests.pipeline.test_wrap import KINDS, run


class Sampled(FakeFilter):
    """Looks at samples: notes them, and finds the word `odd` where no sample says it."""

    name = "fake-sampled"
    labels = ("sampled",)
    needs = frozenset({"samples"})
    count: int = option(2, description="How many.")
    budget_ms: int = option(2000, description="Within how long.")
    warmth: float = option(-1.0, description="The temperature, if any.")
    seen: ClassVar[list[Exchange]] = []

    def sampling(self) -> Sampling:
        return Sampling(self.count, self.budget_ms, self.warmth if self.warmth >= 0 else None)

    def scan(self, part: Part, exchange: Exchange) -> Iterator[Finding | Unjudged]:
        Sampled.seen.append(exchange)
        if "odd" in part.text and not any("odd" in sample for sample in exchange.samples):
            start = part.text.index("odd")
            yield self.find(part, "sampled", start, start + 3, 0.9)


class Curious(FakeFilter):
    """Asks the wrapped call about each text, and notes what it answers or why it does not."""

    name = "fake-curious"
    labels = ("curious",)
    heard: ClassVar[list[str]] = []

    def scan(self, part: Part, exchange: Exchange) -> Iterator[Finding | Unjudged]:
        if exchange.ask is None:
            Curious.heard.append("nobody")
            return
        try:
            said = exchange.ask([Message("system", ("Be brief.",)), Message("user", ("true?",))])
        except CallError as error:
            Curious.heard.append(str(error))
            raise
        Curious.heard.append(said)
        if said == "no":
            yield self.find(part, "curious", 0, len(part.text), 0.9)


@pytest.fixture(autouse=True)
def _named(monkeypatch):
    for fake in (Sampled, Curious):
        monkeypatch.setattr(fake, "id", fake.name)
    Sampled.seen.clear()
    Curious.heard.clear()


class Model:
    """Answers the n-th call with the n-th text, the last one for ever; for the kinds of test_wrap."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []
        self._lock = threading.Lock()

    def reply(self, messages):
        with self._lock:
            self.asked.append(messages)
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def pieces(self, messages):
        yield from self.reply(messages)


def sampling(action="flag", **fields):
    options = {name: fields.pop(name) for name in ("count", "budget_ms", "warmth") if name in fields}
    return rule("fake-sampled", action, "output", options=options, **fields)


@pytest.mark.parametrize("kind", KINDS)
async def test_samples_are_asked_once_for_every_kind_of_call(kind):
    model = Model("one.", "two.", "three.", "four.")
    guard = Guard(policy(sampling(count=3, on_error="allow"), sampling(count=1, id="less", on_error="allow")))

    said = await run(guard.wrap(kind(model)), "hello")

    assert model.asked == ["hello"] * 4
    seen = Sampled.seen[-1]
    assert {said, *seen.samples} == {"one.", "two.", "three.", "four."}
    assert seen.shortfall == ""


@pytest.mark.parametrize("kind", KINDS)
async def test_samples_are_charged_once_for_every_kind_of_call(kind):
    decisions = []
    guard = Guard(policy(sampling(count=3, on_error="allow")), on_decision=decisions.append)
    await run(guard.wrap(kind(Model("one two."))), "hello")

    (spent,) = [item for decision in decisions for item in decision.spent]
    assert (spent.filter, spent.calls) == ("samples", 3)
    assert spent.tokens_sent == 3 * count_tokens("hello")
    assert spent.tokens_received == 3 * count_tokens("one two.")


@pytest.mark.parametrize("streams", [False, True])
def test_samples_hold_back_what_they_do_not_bear_out(streams):
    main = threading.current_thread()

    def call(prompt):
        return "fine. odd. fine." if threading.current_thread() is main else "fine."

    def stream(prompt):
        yield from call(prompt)

    said = Guard(policy(sampling("redact", mask="*"))).wrap(stream if streams else call)("hello")
    assert "".join(said) == "fine. ***. fine."


async def test_samples_hold_back_what_they_do_not_bear_out_in_an_awaited_stream():
    calls = itertools.count()

    async def call(prompt):
        is_main = asyncio.current_task() is main
        next(calls)
        for piece in "fine. odd. fine." if is_main else "fine.":
            await asyncio.sleep(0)
            yield piece

    main = asyncio.current_task()
    said = [piece async for piece in Guard(policy(sampling("redact", mask="*"))).wrap(call)("hello")]
    assert "".join(said) == "fine. ***. fine."
    assert next(calls) == 3


@pytest.mark.parametrize("kind", KINDS)
async def test_samples_are_none_where_no_rule_asks(kind):
    model = Model("fine.")
    guard = Guard(policy(words("block", "output", "bomb")))

    assert await run(guard.wrap(kind(model)), "hello") == "fine."
    assert model.asked == ["hello"]


def test_samples_are_none_for_what_is_never_asked():
    model = Model("fine.")
    rules = (words("block", "input", "bomb"), sampling(languages=("zh",), id="chinese"), sampling(count=0))
    call = Guard(policy(*rules)).wrap(lambda prompt: model.reply(prompt))

    call("a bomb")
    assert model.asked == []
    call("how are you today, my friend?")
    assert len(model.asked) == 1


def test_samples_run_beside_the_answer():
    together = threading.Barrier(4, timeout=5)

    def call(prompt):
        together.wait()
        return "fine."

    assert Guard(policy(sampling(count=3))).wrap(call)("hello") == "fine."
    assert Sampled.seen[-1].samples == ("fine.",) * 3


async def test_samples_run_beside_an_awaited_answer():
    together = asyncio.Barrier(4)

    async def call(prompt):
        await asyncio.wait_for(together.wait(), 5)
        return "fine."

    assert await Guard(policy(sampling(count=3))).wrap(call)("hello") == "fine."
    assert Sampled.seen[-1].samples == ("fine.",) * 3


@pytest.mark.parametrize(("on_error", "said"), [("allow", "fine."), ("block", "No.")], ids=["allow", "block"])
@pytest.mark.parametrize("streams", [False, True])
def test_samples_that_all_fail_ask_on_error(on_error, said, streams):
    main = threading.current_thread()
    decisions = []

    def answer():
        if threading.current_thread() is not main:
            raise ConnectionError("secret address")
        return "fine."

    def stream(prompt):
        yield answer()

    guard = Guard(policy(sampling(on_error=on_error)), on_decision=decisions.append)
    got = guard.wrap(stream if streams else lambda prompt: answer())("hello")

    assert "".join(got) == said
    reasons = [item.reason for item in decisions[-1].unjudged]
    assert reasons == ["of 2 samples, 2 failed: ConnectionError"]


def test_samples_that_come_late_are_left_out():
    main, release = threading.current_thread(), threading.Event()
    calls = itertools.count()

    def call(prompt):
        if threading.current_thread() is not main and next(calls):
            release.wait(5)
        return "fine."

    begun = time.monotonic()
    Guard(policy(sampling(count=3, budget_ms=200))).wrap(call)("hello")
    release.set()

    assert time.monotonic() - begun < 4
    assert Sampled.seen[-1].samples == ("fine.",)
    assert Sampled.seen[-1].shortfall == "of 3 samples, 2 took longer than 200 ms"


async def test_samples_that_are_awaited_too_long_are_cancelled():
    calls, cancelled = itertools.count(), []

    async def call(prompt):
        if next(calls) in (1, 2):
            try:
                await asyncio.sleep(30)
            except asyncio.CancelledError:
                cancelled.append(1)
                raise
        return "fine."

    await Guard(policy(sampling(count=3, budget_ms=200))).wrap(call)("hello")
    await asyncio.sleep(0)

    assert len(Sampled.seen[-1].samples) + len(cancelled) == 3
    assert cancelled


def test_samples_leave_the_callers_stream_off_and_other_options_on():
    given = []

    def call(messages, *, stream=False, **options):
        given.append({"stream": stream, **options})
        return iter(["fine", "."]) if stream else "fine."

    guard = Guard(policy(sampling(count=1, warmth=0.9)))
    options = {
        "stream": True,
        "stream_options": {"include_usage": True},
        "seed": 7,
        "temperature": 0.1,
        "n": 1,
    }
    assert "".join(guard.wrap(call)([{"role": "user", "content": "hello"}], **options)) == "fine."

    sample = next(each for each in given if not each["stream"])
    assert len(given) == 2
    assert sample == {"stream": False, "seed": 8, "temperature": 0.9, "n": 1}


@pytest.mark.parametrize(
    ("temperature", "passed"), [(None, None), (0.3, 0.3)], ids=["none", "the caller's own"]
)
def test_samples_keep_the_callers_temperature(temperature, passed):
    given = []

    def call(prompt, **options):
        given.append(options.get("temperature"))
        return "fine."

    Guard(policy(sampling(count=2))).wrap(call)(
        "hello", **({"temperature": temperature} if temperature else {})
    )
    assert given == [passed] * 3


def test_samples_turn_off_a_stream_given_by_position():
    given = []

    def call(prompt, stream=False):
        given.append(stream)
        return iter(["fine."]) if stream else "fine."

    list(Guard(policy(sampling(count=2))).wrap(call)("hello", True))
    assert sorted(given) == [False, False, True]


@pytest.mark.parametrize(
    ("args", "options"),
    [((0.2, 7), {}), ((0.2,), {"seed": 7}), ((), {"temperature": 0.2, "seed": 7})],
    ids=["by position", "by both", "by keyword"],
)
def test_samples_vary_what_is_given_by_position_as_well(args, options):
    given = []

    def call(prompt, temperature=0.7, seed=1):
        given.append((temperature, seed))
        return "fine."

    Guard(policy(sampling(count=2, warmth=0.9))).wrap(call)("hello", *args, **options)
    assert sorted(given) == [(0.2, 7), (0.9, 8), (0.9, 9)]


def test_samples_leave_alone_what_the_call_cannot_be_given():
    given = []

    def call(*prompts, temperature=0.7):
        given.append((prompts, temperature))
        return "fine."

    prompts = ([{"role": "user", "content": "hello"}], "you")
    Guard(policy(sampling(count=1, warmth=0.9))).wrap(call)(*prompts)
    assert sorted(given) == [(prompts, 0.7), (prompts, 0.9)]


def test_samples_see_the_prompt_as_it_is_redacted():
    model = Model("fine.")
    rules = (words("redact", "input", "secret", mask="*"), sampling(count=2))
    Guard(policy(*rules)).wrap(lambda prompt: model.reply(prompt))("my secret")

    assert model.asked == ["my ******"] * 3


def test_samples_are_asked_once_however_often_the_answer_is():
    model = Model("rude")
    rules = (words("retry", "output", "rude", note="Be polite."), sampling(count=2))
    decisions = []
    guard = Guard(policy(*rules, retries=2), on_decision=decisions.append)
    guard.wrap(lambda prompt: model.reply(prompt))("hello")

    assert len(model.asked) == 5
    assert model.asked.count("hello") == 3
    assert [(item.filter, item.calls) for item in decisions[-1].spent] == [
        ("retry", 1), ("retry", 1), ("samples", 2),
    ]  # fmt: skip


async def test_samples_end_with_a_call_that_fails():
    main, cancelled = asyncio.current_task(), []

    async def call(prompt):
        if asyncio.current_task() is main:
            await asyncio.sleep(0.01)
            raise ConnectionError
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            cancelled.append(1)
            raise

    with pytest.raises(ConnectionError):
        await Guard(policy(sampling(count=2))).wrap(call)("hello")
    await asyncio.sleep(0)
    assert cancelled == [1, 1]


def test_samples_missing_from_an_audited_exchange_are_no_fault():
    decision = Guard(policy(sampling("block"))).check(Exchange.of("hi", response="odd"), stage="output")

    assert decision.action is Action.ALLOW
    assert [item.missing for item in decision.unjudged] == [True]


ASKING = policy(rule("fake-curious", "block", "output", timeout_ms=4000))


class Asked:
    """A model that answers `true?` with a verdict and everything else with its answer."""

    def __init__(self, verdict):
        self.verdict = verdict
        self.asked = []

    def reply(self, messages):
        self.asked.append(messages)
        return self.verdict if "true?" in str(messages) else "fine."

    def pieces(self, messages):
        yield self.reply(messages)


@pytest.mark.parametrize(("verdict", "said"), [("yes", "fine."), ("no", "No.")])
@pytest.mark.parametrize("kind", KINDS)
async def test_ask_reaches_every_kind_of_call(kind, verdict, said):
    model = Asked(verdict)

    assert await run(Guard(ASKING).wrap(kind(model)), "hello") == said
    assert set(Curious.heard) == {verdict}
    assert "Be brief.\n\ntrue?" in model.asked


def test_ask_puts_messages_and_leaves_out_tools_and_stream():
    given = []

    def call(messages, **options):
        given.append((messages, options))
        return "yes"

    options = {"model": "x", "tools": [{}], "tool_choice": "auto", "response_format": {"type": "json_object"}}
    Guard(ASKING).wrap(call)([{"role": "user", "content": "hello"}], stream=False, **options)

    asked = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "true?"}]
    assert given[-1] == (asked, {"model": "x", "stream": False})


@pytest.mark.parametrize(
    ("given", "passed"),
    [
        ({"stop": ["]"], "logprobs": True, "top_logprobs": 3, "stream_options": {}}, {}),
        ({"response_format": {"type": "json_object"}, "functions": [{}], "logit_bias": {"1": -9}}, {}),
        ({"max_tokens": 20}, {"max_tokens": LEAST_TOKENS}),
        ({"max_completion_tokens": 9000}, {"max_completion_tokens": 9000}),
        ({"max_output_tokens": None}, {"max_output_tokens": None}),
        ({"n": 3, "seed": 7, "temperature": 0.1}, {"n": 1, "seed": 7, "temperature": 0.1}),
        ({"model": "x", "timeout": 5, "user": "u"}, {"model": "x", "timeout": 5, "user": "u"}),
        (
            {"extra_body": {"guided_json": {}, "max_tokens": 9, "enable_thinking": False}},
            {"extra_body": {"max_tokens": LEAST_TOKENS, "enable_thinking": False}},
        ),
    ],
)
def test_ask_passes_on_what_does_not_bind_the_answer(given, passed):
    heard = []

    def call(messages, **options):
        heard.append(options)
        return "yes"

    Guard(ASKING).wrap(call)([{"role": "user", "content": "hello"}], **given)
    assert heard == [given, passed]


@pytest.mark.parametrize("args", [(), (30,)], ids=["by its default", "by position"])
def test_ask_raises_a_limit_of_the_signature(args):
    limits = []

    def call(prompt, max_tokens=20):
        limits.append(max_tokens)
        return "yes"

    Guard(ASKING).wrap(call)("hello", *args)
    assert limits == [*(args or (20,)), LEAST_TOKENS]


def test_ask_gives_the_call_the_messages_it_is_used_to():
    ernie = ScriptedErnie({"true?": "no"}, default="fine.")
    wrapped = Guard(ASKING).wrap(ernie)

    assert wrapped([Message("user", ("hello",))]) == "No."
    assert [message.text for message in ernie.received[-1]] == ["Be brief.", "true?"]
    assert list(Guard(ASKING).wrap(ernie.stream)("hello")) == ["No."]


def test_ask_tells_of_a_call_that_fails_without_its_words():
    def call(messages):
        if "true?" in str(messages):
            raise ConnectionError("secret")
        return "fine."

    assert Guard(ASKING).wrap(call)("hello") == "No."
    assert Curious.heard == ["the further call failed: ConnectionError"]


@pytest.mark.parametrize("is_async", [False, True])
async def test_ask_ends_with_its_time(monkeypatch, is_async):
    monkeypatch.setattr(aside, "ASK_SECONDS", 0.1)

    def call(messages):
        if "true?" in str(messages):
            time.sleep(1)
        return "fine."

    async def acall(messages):
        if "true?" in str(messages):
            await asyncio.sleep(1)
        return "fine."

    said = await Guard(ASKING).wrap(acall)("hello") if is_async else Guard(ASKING).wrap(call)("hello")
    assert said == "No."
    assert Curious.heard == ["the further call took longer than 0.1 s"]


def test_ask_is_none_where_there_is_no_call():
    Guard(ASKING).check(Exchange.of("hi", response="fine."), stage="output")

    assert Curious.heard == ["nobody"]
    assert "ask" not in repr(Exchange())
    assert Exchange(ask=lambda messages: "") == Exchange()


def test_ask_works_at_the_input_as_well():
    model: Any = Asked("no")
    guard = Guard(policy(rule("fake-curious", "block", "input", timeout_ms=4000)))

    assert guard.wrap(lambda prompt: model.reply(prompt))("hello") == "No."
    assert model.asked == ["Be brief.\n\ntrue?"]


class Stalling:
    """Answers at once in the main thread, elsewhere when it is released."""

    def __init__(self):
        self.release = threading.Event()
        self._main = threading.current_thread()

    def reply(self, messages):
        if threading.current_thread() is not self._main and not self.release.wait(20):
            raise TimeoutError
        return "fine."

    def stream(self, messages):
        yield self.reply(messages)


@pytest.fixture
def stalling(monkeypatch):
    monkeypatch.setattr(thread, "LEFT_BEHIND", 3)
    model = Stalling()
    yield model
    model.release.set()


def _asides():
    return [each for each in threading.enumerate() if each.name == "guard-aside"]


def _wait_for(is_so):
    until = time.monotonic() + 10
    while not is_so() and time.monotonic() < until:
        time.sleep(0.01)
    assert is_so()


FULL = "too many earlier calls are still under way"


def test_samples_are_not_begun_while_many_are_left_behind(stalling):
    _wait_for(lambda: not _asides())
    rules = policy(sampling(count=2, budget_ms=100, on_error="allow"))
    wrapped = Guard(rules).wrap(lambda prompt: stalling.reply(prompt))

    assert [wrapped("hello") for _ in range(4)] == ["fine."] * 4
    assert len(_asides()) == 4
    stalling.release.set()
    _wait_for(lambda: not _asides())
    assert wrapped("hello") == "fine."
    assert Sampled.seen[-1].samples == ("fine.",) * 2


def test_samples_that_are_not_begun_stand_in_the_shortfall(stalling):
    decisions = []
    guard = Guard(policy(sampling(count=2, budget_ms=100)), on_decision=decisions.append)
    for _ in range(3):
        guard.wrap(lambda prompt: stalling.reply(prompt))("hello")

    reasons = [item.reason for decision in decisions for item in decision.unjudged]
    late = "of 2 samples, 2 took longer than 100 ms"
    assert reasons == [late, late, f"of 2 samples, 2 failed: {FULL}"]


def test_samples_of_one_guard_leave_another_alone(stalling):
    rules = policy(sampling(count=2, budget_ms=100))
    stalled = Guard(rules).wrap(lambda prompt: stalling.reply(prompt))
    for _ in range(3):
        stalled("hello")
    Sampled.seen.clear()

    assert Guard(policy(sampling(count=2))).wrap(lambda prompt: "fine.")("hello") == "fine."
    assert Sampled.seen[-1].samples == ("fine.",) * 2


async def test_samples_that_stall_in_a_plain_iterator_are_left_behind_too(stalling):
    main = asyncio.current_task()

    async def call(prompt):
        return "fine." if asyncio.current_task() is main else stalling.stream(prompt)

    wrapped = Guard(policy(sampling(count=2, budget_ms=100, on_error="allow"))).wrap(call)
    assert [await wrapped("hello") for _ in range(4)] == ["fine."] * 4
    assert len(_asides()) == 4


def test_ask_fails_at_once_while_many_calls_are_left_behind(monkeypatch, stalling):
    monkeypatch.setattr(aside, "ASK_SECONDS", 0.1)
    guard = Guard(ASKING)
    for _ in range(4):
        guard.wrap(lambda prompt: stalling.reply(prompt))("hello")

    assert Curious.heard == ["the further call took longer than 0.1 s"] * 3 + [FULL]


def test_samples_of_a_stream_that_nobody_reads_count_as_left_behind(stalling):
    _wait_for(lambda: not _asides())
    guard = Guard(policy(sampling(count=2, budget_ms=10)))
    wrapped = guard.wrap(lambda prompt, stream=False: iter(["fine."]) if stream else stalling.reply(prompt))
    for _ in range(2):
        wrapped("hello", stream=True)
        _wait_for(lambda: guard._threads.left_behind() == len(_asides()))

    wrapped("hello", stream=True)
    assert len(_asides()) == 4


async def test_samples_of_an_awaited_stream_that_nobody_reads_end_with_their_time():
    cancelled = asyncio.Semaphore(0)

    async def pieces():
        yield "fine."

    async def call(prompt, stream=False):
        if stream:
            return pieces()
        try:
            await asyncio.sleep(1000)
        finally:
            cancelled.release()

    stream = await Guard(policy(sampling(count=2, budget_ms=10))).wrap(call)("hello", stream=True)
    for _ in range(2):
        await asyncio.wait_for(cancelled.acquire(), 20)
    assert stream.decision is None


@pytest.mark.parametrize("streams", [False, True])
def test_samples_that_a_call_outside_the_loop_gave_are_awaited_inside(streams):
    asked = []

    async def answer():
        return "fine."

    async def pieces():
        yield "fine."

    def call(prompt):
        asked.append(prompt)
        return pieces() if streams else answer()

    async def read(given):
        return "".join([piece async for piece in given]) if streams else await given

    guard = Guard(policy(sampling(count=3, on_error="block")))
    assert asyncio.run(read(guard.wrap(call)("hello"))) == "fine."
    assert asked == ["hello"] * 4
    assert Sampled.seen[-1].samples == ("fine.",) * 3


def test_samples_that_must_be_awaited_stand_in_the_shortfall_of_a_plain_call():
    main = threading.current_thread()

    async def answer():
        return "fine."

    def call(prompt):
        return "fine." if threading.current_thread() is main else answer()

    decisions = []
    guard = Guard(policy(sampling(on_error="allow")), on_decision=decisions.append)
    assert guard.wrap(call)("hello") == "fine."
    reasons = [item.reason for item in decisions[-1].unjudged]
    assert reasons == [f"of 2 samples, 2 failed: {aside.NEEDS_LOOP}"]


async def test_samples_whose_stream_no_thread_can_read_are_closed(stalling):
    _wait_for(lambda: not _asides())
    main, closed = asyncio.current_task(), []

    class Pieces:
        def __iter__(self):
            return self

        def __next__(self):
            raise StopIteration

        def close(self):
            closed.append(1)

    async def call(prompt):
        return "fine." if asyncio.current_task() is main else Pieces()

    guard = Guard(policy(sampling(count=2, on_error="allow")))
    left = [guard._threads.begin(lambda is_late: stalling.release.wait(20)) for _ in range(3)]
    for future in left:
        future.cancel()
    assert await guard.wrap(call)("hello") == "fine."
    assert closed == [1, 1]
