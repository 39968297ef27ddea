"""A policy's own tests: which stages they judge, and what a failure says."""

import pytest

from guard.engine import Evidence, Report, decide
from guard.policy.load import load
from guard.policy.selftest import run
from guard.types import Finding, Stage, Unjudged

POLICY = """\
replies: {refusal: No.}
rules:
  - {id: codes, filter: regex, action: redact, mask: "*", options: {patterns: [AB]}}
  - {id: bad, filter: regex, action: block, options: {patterns: [BAD]}}
tests:
"""


def _policy(tmp_path, *tests):
    path = tmp_path / "p.yaml"
    path.write_text(POLICY + "".join(f"  - {{{test}}}\n" for test in tests), encoding="utf-8")
    return load(path)


def _judge(policy):
    """Judges by plain search, so that the tests need no pipeline."""

    def judge(exchange, stages):
        parts = [part for stage in stages for part in exchange.parts(stage)]
        reports = {}
        for rule in policy.rules:
            word = rule.options["patterns"][0]
            found = [
                Finding("regex", "regex.match", part.text.find(word), part.text.find(word) + len(word), 1.0)
                for part in parts
                if word in part.text
            ]
            paths = [part.path for part in parts if word in part.text]
            placed = [
                Finding(one.filter, one.label, one.start, one.end, one.score, part=path)
                for one, path in zip(found, paths, strict=True)
            ]
            reports[rule.id] = Report(tuple(placed))
        return decide(policy, Evidence(tuple(parts), reports))

    return judge


def _failures(tmp_path, *tests):
    policy = _policy(tmp_path, *tests)
    return [
        failure.removeprefix(f"{policy.path}:")
        for result in run(policy, _judge(policy))
        for failure in result.failures
    ]


@pytest.mark.parametrize(
    "test",
    [
        "input: xABx, expect: {action: redact, labels: [regex], rules: [codes], text: 'x**x'}",
        "input: ok, expect: allow",
        "input: BAD, expect: {action: block, text: 'No.'}",
        "input: hello, sources: [ok, AB], expect: {action: redact, text: hello}",
        "input: AB, output: ok, expect: allow",
        "input: BAD, output: AB, expect: {action: redact, text: '**'}",
        "sources: [{text: AB, title: T}], expect: {text: '**'}",
        "input: AB, tool_result: BAD, expect: block",
        "tool_call: BAD, expect: block",
        "output: ok, tool_call: BAD, expect: block",
        "reasoning: BAD, expect: block",
        "output: ok, tool_call: AB, stage: tool_call, expect: {text: '**'}",
        "output: AB, tool_call: ok, stage: output, expect: {text: '**'}",
        "messages: [{role: system, content: BAD}, {role: user, content: ok}], expect: allow",
        "input: BAD, sources: [AB], stage: sources, expect: redact",
        "output: ok, samples: [BAD, AB], expect: allow",
    ],
)
def test_selftest_passes(tmp_path, test):
    assert _failures(tmp_path, test) == []


def test_selftest_failures_say_place_expectation_and_reason(tmp_path):
    failures = _failures(
        tmp_path,
        "input: ok, expect: redact",
        "input: BAD and AB, expect: {action: redact, labels: [pii], rules: [codes, bad]}".replace(
            "pii", "regex.match"
        ),
        "input: xAB, expect: {rules: [bad], text: xAB}",
    )

    assert failures == [
        "6:5: expected action redact, got allow (nothing found)",
        "7:5: expected action redact, got block (rule bad: regex.match 1.00; rule codes: regex.match 1.00)",
        "8:5: expected rule bad to find something, got codes",
        "8:5: expected text 'xAB', got 'x**'",
    ]


def test_selftest_says_what_was_not_judged(tmp_path):
    policy = _policy(tmp_path, "input: ok, expect: allow")
    unjudged = Unjudged("regex", "it took longer than 100 ms", "messages[0].content")

    def judge(exchange, stages):
        return decide(policy, Evidence(tuple(exchange.parts(Stage.INPUT)), {"bad": Report((), (unjudged,))}))

    (result,) = run(policy, judge)

    assert not result.passed
    assert result.failures[0].endswith(
        "expected action allow, got block (rule bad not judged: it took longer than 100 ms)"
    )


def test_selftest_counts_tests_where_there_is_no_file():
    rule = {"id": "a", "filter": "regex", "action": "block", "options": {"patterns": ["AB"]}}
    policy = load({"rules": [rule], "tests": [{"input": "ok", "expect": "block"}]})
    (result,) = run(policy, _judge(policy))

    assert result.failures == ("tests[0]: expected action block, got allow (nothing found)",)
