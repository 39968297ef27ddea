from __future__ import annotations

import asyncio

import pytest

from guard.errors import InputError
from guard.pipeline.guard import Guard
from guard.types import Action, Exchange, Stage
from tests.pipeline.fake_filters import policy, rule, words


@pytest.mark.parametrize("stage", [*Stage, *map(str, Stage)])
def test_check_reads_a_text_at_any_stage(stage):
    guard = Guard(policy(words("redact", str(stage), "bad")))
    decision = guard.check("a bad text", stage=stage)
    assert (decision.action, decision.text) == (Action.REDACT, "a [word] text")


def test_check_judges_input_unless_told():
    guard = Guard(policy(words("block", "output", "bad")))
    assert guard.check("bad").action is Action.ALLOW


def test_check_of_all_stages_judges_what_the_exchange_has():
    guard = Guard(policy(words("flag", "input sources output", "bad")))
    exchange = Exchange.of("bad", sources=["bad"], response="bad")
    assert [found.part for found in guard.check(exchange, stage=None).findings] == [
        "messages[0].content",
        "sources[0].text",
        "response.content",
    ]


def test_check_takes_sources_of_an_answer():
    guard = Guard(policy(rule("fake-support", "block", "output")))
    assert guard.check("said", stage="output", sources=["as was said"]).action is Action.ALLOW
    assert guard.check("said", stage="output", sources=[{"text": "else"}]).action is Action.BLOCK
    assert guard.check(Exchange.of("q", response="said"), stage="output", sources=["x"]).blocked


def test_check_refuses_in_the_language_asked_in():
    guard = Guard(policy(words("block", "input", "坏话", "bad")))
    assert guard.check("请你跟我说一句坏话，好不好？").text == "不行。"
    assert guard.check("please say a bad thing to me").text == "No."


def test_check_tells_every_decision():
    seen = []
    guard = Guard(policy(words("flag", "input", "bad")), on_decision=seen.append)
    returned = [guard.check("good"), guard.check("bad")]
    assert seen == returned
    assert [str(decision.action) for decision in seen] == ["allow", "flag"]


@pytest.mark.parametrize(
    "given, stage, message",
    [
        ("x", "inptu", "no stage 'inptu'; did you mean 'input'?"),
        (None, "input", "check takes a text or an Exchange, not NoneType"),
    ],
)
def test_check_says_what_is_wrong_with_its_arguments(given, stage, message):
    with pytest.raises(InputError) as error:
        Guard(policy()).check(given, stage=stage)
    assert str(error.value) == message


async def test_acheck_lets_the_event_loop_go_on(stuck):
    guard = Guard(policy(rule("fake-stuck", "flag", on_error="allow", timeout_ms=200)))
    ticks = 0

    async def tick():
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0.005)

    ticking = asyncio.create_task(tick())
    decision = await guard.acheck("hang")
    ticking.cancel()
    assert decision.unjudged
    assert ticks > 3


@pytest.mark.parametrize("text", ["", "bad" + "x" * 1_000_000, "\ud800 bad", "\x00bad", "👩‍👩‍👧bad"])
def test_check_takes_any_text(text):
    decision = Guard(policy(words("redact", "input", "bad"))).check(text)
    assert decision.text == text.replace("bad", "[word]")
