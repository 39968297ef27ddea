from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from guard.pipeline.judge import LATE_SCANS, Judge
from guard.types import Action, Exchange, Extent, Stage
from tests.pipeline.fake_filters import Asking, Endless, Loader, Stuck, policy, rule, words

INPUT = (Stage.INPUT,)


def test_judge_shares_one_filter_among_rules_with_equal_options():
    Loader.loads.clear()
    Loader.scans.clear()
    judge = Judge(
        policy(
            rule("fake-loader", "flag", "input", id="a", options={"tag": "x"}),
            rule("fake-loader", "flag", "input sources", id="b", options={"tag": "x"}),
            rule("fake-loader", "flag", "input", id="c", options={"tag": "y"}),
        )
    )
    assert Loader.loads == ["x", "y"]

    decision = judge.judge(Exchange.of("hi", sources=["s"]))
    assert Loader.scans == ["messages[0].content", "sources[0].text", "messages[0].content"]
    assert [(found.rule, found.part) for found in decision.findings] == [
        ("a", "messages[0].content"),
        ("b", "messages[0].content"),
        ("b", "sources[0].text"),
        ("c", "messages[0].content"),
    ]


def test_judge_reports_each_rule_at_its_own_stages_only():
    judge = Judge(policy(words("redact", "input", "bad", id="in"), words("block", "output", "bad", id="out")))
    exchange = Exchange.of("bad input", response="fine")
    decision = judge.judge(exchange)

    assert decision.action is Action.REDACT
    assert decision.edits == {"messages[0].content": "[word] input"}


def test_judge_passes_over_rules_of_other_stages():
    judge = Judge(policy(words("block", "output", "bad")))
    assert judge.judge(Exchange.of("bad"), INPUT).action is Action.ALLOW


@pytest.mark.parametrize("on_error, action", [("block", Action.BLOCK), ("allow", Action.ALLOW)])
def test_judge_leaves_a_hung_filter_behind(stuck, on_error, action):
    judge = Judge(
        policy(
            rule("fake-stuck", "flag", on_error=on_error, timeout_ms=20),
            words("flag", "input", "hang"),
        )
    )
    decision = judge.judge(Exchange.of("hang"))

    assert decision.action is max(action, Action.FLAG)
    assert [(item.reason, item.part, item.action) for item in decision.unjudged] == [
        ("timed out after 20 ms", "messages[0].content", action)
    ]
    assert [found.label for found in decision.findings] == ["word"]


def test_judge_keeps_what_a_late_filter_found_before(stuck):
    judge = Judge(policy(rule("fake-stuck", "flag", threshold=0.0, timeout_ms=20)))
    decision = judge.judge(Exchange.of([{"content": "ok"}, {"content": "hang"}, {"content": "ok"}]))

    assert [found.part for found in decision.findings] == ["messages[0].content"]
    assert [item.part for item in decision.unjudged] == ["messages[1].content", "messages[2].content"]


def test_judge_ends_a_scan_that_ran_out_of_its_time():
    Endless.ends.clear()
    judge = Judge(policy(rule("fake-endless", "flag", threshold=0.0, timeout_ms=20)))
    exchange = Exchange.of([{"content": "ok"}, {"content": "hang"}, {"content": "ok"}])
    for _ in range(LATE_SCANS + 1):
        decision = judge.judge(exchange)

        assert [found.part for found in decision.findings] == ["messages[0].content", "messages[1].content"]
        assert [(item.reason, item.part) for item in decision.unjudged] == [
            ("timed out after 20 ms", "messages[1].content"),
            ("timed out after 20 ms", "messages[2].content"),
        ]
        _wait_for(lambda: Endless.ends[-1:] == ["given up"])
        Endless.ends.clear()


def test_judge_lets_no_scan_end_another():
    Endless.ends.clear()
    judge = Judge(policy(rule("fake-endless", "flag", threshold=0.0, timeout_ms=300)))
    with ThreadPoolExecutor(4) as pool:
        late = [pool.submit(judge.judge, Exchange.of("hang")) for _ in range(2)]
        decisions = [judge.judge(Exchange.of("ok")) for _ in range(20)]

    assert [decision.unjudged for decision in decisions] == [()] * 20
    assert all(future.result().unjudged for future in late)
    _wait_for(lambda: len(Endless.ends) == 22)
    assert sorted(Endless.ends) == ["done"] * 20 + ["given up"] * 2


def _wait_for(happened):
    for _ in range(500):
        if happened():
            return
        time.sleep(0.01)
    raise AssertionError("it did not happen within five seconds")


def test_judge_leaves_no_more_than_a_few_threads_behind(stuck):
    judge = Judge(policy(rule("fake-stuck", "flag", timeout_ms=5)))
    before = threading.active_count()
    reasons = [judge.judge(Exchange.of("hang")).unjudged[0].reason for _ in range(LATE_SCANS + 3)]

    assert threading.active_count() - before <= LATE_SCANS
    assert reasons[LATE_SCANS:] == ["not begun: earlier scans of this filter still run after their time"] * 3


def test_judge_takes_up_a_filter_again_once_late_scans_have_ended(stuck):
    judge = Judge(policy(rule("fake-stuck", "flag", timeout_ms=5, on_error="allow")))
    for _ in range(LATE_SCANS + 1):
        judge.judge(Exchange.of("hang"))
    Stuck.release.set()
    for _ in range(500):
        if not judge.judge(Exchange.of("hang")).unjudged:
            break
        time.sleep(0.01)

    assert judge.judge(Exchange.of("hang")).unjudged == ()


@pytest.mark.parametrize("filter_id, kind", [("fake-broken", "ValueError"), ("fake-panic", "_NativePanic")])
def test_judge_reports_a_failing_filter_without_quoting(caplog, filter_id, kind):
    judge = Judge(policy(rule(filter_id, "flag", id="r1")))
    with caplog.at_level(logging.WARNING):
        decision = judge.judge(Exchange.of("break the secret 4711"))

    assert decision.action is Action.BLOCK
    assert decision.rule == "r1"
    assert [item.reason for item in decision.unjudged] == [f"failed: {kind}"]
    assert "r1" in caplog.text
    assert "4711" not in caplog.text


def test_judge_goes_on_with_other_parts_after_a_failure():
    judge = Judge(policy(rule("fake-broken", "flag", on_error="allow")))
    decision = judge.judge(Exchange.of([{"content": "break"}, {"content": "fine"}]))
    assert [item.part for item in decision.unjudged] == ["messages[0].content"]


def test_judge_does_not_ask_on_error_when_sources_are_missing():
    judge = Judge(policy(rule("fake-support", "block", "output")))
    decision = judge.judge(Exchange.of("q", response="a"))

    assert decision.action is Action.ALLOW
    assert [(item.reason, item.missing) for item in decision.unjudged] == [
        ("the exchange has no sources", True)
    ]


def test_judge_counts_an_image_as_not_judged():
    image = {"type": "image_url", "image_url": {"url": "data:"}}
    exchange = Exchange.of([{"role": "user", "content": [{"type": "text", "text": "see"}, image]}])
    decision = Judge(policy(words("flag", "input", "bad"))).judge(exchange)

    assert decision.action is Action.BLOCK
    assert [(item.reason, item.part) for item in decision.unjudged] == [
        ("image_url content is not read", "messages[0].content")
    ]


@pytest.mark.parametrize(
    "exchange, language",
    [
        (Exchange.of("请用三句话介绍一下杭州的西湖。"), "zh"),
        (Exchange.of("Please tell me about the weather in London today."), "en"),
        (Exchange.of(response="今天的天气非常好，我们去公园散步吧。"), "zh"),
        (Exchange.of("请问杭州西湖在哪里", metadata={"language": "ja"}), "ja"),
        (Exchange.of(""), ""),
    ],
)
def test_judge_names_the_language_of_the_exchange(exchange, language):
    assert Judge(policy()).judge(exchange).language == language


def test_judge_times_each_filter():
    judge = Judge(
        policy(words("flag", "input", "a"), words("flag", "input", "b", id="b"), rule("fake-run", "flag"))
    )
    ms = judge.judge(Exchange.of("text")).ms
    assert set(ms) == {"fake-word", "fake-run", "total"}
    assert ms["total"] >= ms["fake-word"] + ms["fake-run"]


def test_judge_serves_many_threads():
    judge = Judge(policy(words("redact", "input", "bad"), rule("fake-run", "redact", "input")))
    texts = [f"bad {number:05d} bad" for number in range(200)]
    with ThreadPoolExecutor(32) as pool:
        decisions = list(pool.map(lambda text: judge.judge(Exchange.of(text)), texts))
    assert {decision.text for decision in decisions} == {"[word] [run] [word]"}


@pytest.mark.parametrize("action, asked", [("block", []), ("redact", ["a bad text"])])
def test_judge_asks_nothing_once_a_rule_blocks(action, asked):
    Asking.asked.clear()
    judge = Judge(policy(rule("fake-asking", "flag"), words(action, "input", "bad")))
    decision = judge.judge(Exchange.of("a bad text"), INPUT)

    assert decision.action is Action(action)
    assert Asking.asked == asked
    reasons = [(item.reason, item.missing) for item in decision.unjudged]
    assert reasons == ([] if asked else [("not asked: another rule blocks", True)])


def test_judge_asks_about_an_answer_that_would_be_left_empty():
    drop = rule("fake-sentence", "redact", "output", extent=Extent.SENTENCE, mask="")
    judge = Judge(policy(drop, rule("fake-asking", "retry", "output")))
    exchange = Exchange.of("hi", response="bad and wrong.")
    assert judge.judge(exchange, (Stage.OUTPUT,)).action is Action.RETRY


def test_judge_asks_nothing_once_the_last_try_must_be_made_again():
    judge = Judge(policy(words("retry", "output", "bad"), rule("fake-asking", "block", "output")))
    exchange = Exchange.of("hi", response="a bad text")
    asked = []
    for is_last in (False, True):
        Asking.asked.clear()
        assert judge.judge(exchange, (Stage.OUTPUT,), None, None, is_last).action is Action.RETRY
        asked.append(list(Asking.asked))

    assert asked == [["a bad text"], []]
