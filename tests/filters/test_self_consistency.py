import math

import pytest

from guard.errors import OptionError
from guard.filters.self_consistency import CONTRADICTED, UNCERTAIN, UNSUPPORTED, Bench, SelfConsistency
from guard.pipeline.guard import Guard
from guard.registry import create
from guard.types import Action, Exchange, Finding, Part, Response, Stage, Token, Unjudged

OPENED = "The Halden bridge was opened in 1931."


def scan(text, samples, tokens=(), question="", **options):
    made = create("self_consistency", options)
    made.load()
    exchange = Exchange.of(question, samples=samples, response=Response(text, tokens=tuple(tokens)))
    return list(made.scan(Part(Stage.OUTPUT, "response.content", text), exchange))


def scores(items, label):
    return [item.score for item in items if isinstance(item, Finding) and item.label == label]


@pytest.mark.parametrize("meaning", [True, False])
def test_scan_scores_by_how_little_the_samples_bear_out(meaning):
    none = scan(OPENED, [OPENED] * 4, meaning=meaning)
    half = scan(OPENED, [OPENED] * 2 + ["The Halden bridge was opened in 1948."] * 2, meaning=meaning)
    every = scan(OPENED, ["The Halden bridge was opened in 1948."] * 4, meaning=meaning)
    (low,), (middle,), (high,) = (scores(items, UNSUPPORTED) for items in (none, half, every))

    assert low < middle < high
    assert low < 0.5 < high


def test_scan_points_at_what_samples_say_otherwise():
    samples = [OPENED, "The Halden bridge was opened in 1948.", "Well. The Halden bridge was opened in 1926."]
    found = next(item for item in scan(OPENED, samples) if item.label == CONTRADICTED)

    assert OPENED[found.start : found.end] == "1931"
    assert [samples[int(place.part[8])][place.start : place.end] for place in found.evidence] == [
        "1948",
        "1926",
    ]
    assert found.reason == "another date or time in 2 of 3 samples"


def test_scan_contradicts_nothing_that_a_single_sample_says_otherwise():
    samples = [OPENED, OPENED, "The Halden bridge was opened in 1948."]

    assert scores(scan(OPENED, samples), CONTRADICTED) == []


def test_scan_says_what_it_cannot_judge():
    (item,) = scan(OPENED, [OPENED])

    assert isinstance(item, Unjudged)
    assert item.reason == "the exchange has 1 samples; 2 are needed"


def test_scan_does_not_count_samples_without_text():
    (item,) = scan(OPENED, ["", " \n", "…"])
    found = scan(OPENED, ["", OPENED, "The Halden bridge was opened in 1948.", "…"])
    (place,) = next(one for one in found if one.label == CONTRADICTED).evidence

    assert isinstance(item, Unjudged)
    assert item.reason == "3 of 3 samples hold no text; 2 are needed"
    assert place.part == "samples[2]"
    assert scores(found, UNSUPPORTED) == scores(
        scan(OPENED, [OPENED, "The Halden bridge was opened in 1948."]), UNSUPPORTED
    )


def test_scan_passes_over_reasoning():
    made = SelfConsistency(meaning=False)
    part = Part(Stage.OUTPUT, "response.reasoning", OPENED)

    assert list(made.scan(part, Exchange.of("", samples=["x", "y"]))) == []


@pytest.mark.parametrize(
    ("measure", "score"), [("mean", 0.75), ("least", 1 - 0.5**4), ("entropy", 1 - math.exp(-0.45))]
)
def test_scan_doubts_what_was_improbable(measure, score):
    half = math.log(0.5)
    first = [Token(0, 5, 0.0, (0.0,)), Token(5, 6, -9.0)]
    second = [Token(7, 14, 0.0, (0.0,)), Token(14, 20, 4 * half, (4 * half,))]
    text = "Known. Unknown bridge."
    found = [
        item
        for item in scan(text, ["x", "y"], [*first, *second], uncertainty=measure, meaning=False)
        if isinstance(item, Finding) and item.label == UNCERTAIN
    ]

    assert [text[item.start : item.end].strip() for item in found] == ["Known.", "Unknown bridge."]
    assert found[0].score == 0
    assert found[1].score == pytest.approx(score if measure != "entropy" else found[1].score)
    assert 0 < found[1].score < 1


@pytest.mark.parametrize(
    "options", [{"samples": 0}, {"samples": 21}, {"least": 4}, {"budget_ms": 5}, {"uncertainty": "most"}]
)
def test_options_are_checked(options):
    with pytest.raises(OptionError):
        create("self_consistency", options)


def test_bench_compares_without_claims():
    assert Bench(("a", "b")).compare([]) == []


POLICY = {
    "version": 1,
    "id": "steady",
    "rules": [
        {
            "id": "says-it-again",
            "filter": "self_consistency",
            "labels": ["self_consistency.unsupported"],
            "options": {"samples": 3, "meaning": False},
            "action": "block",
        }
    ],
}


@pytest.mark.parametrize("streams", [False, True])
def test_filter_blocks_around_a_call_what_is_not_said_again(streams):
    years = iter(["1931", "1948", "1926", "1877"])

    def call(prompt):
        return f"The Halden bridge was opened in {next(years)}."

    def stream(prompt):
        yield from (call(prompt), " It is made of stone.")

    decisions = []
    guard = Guard(POLICY, on_decision=decisions.append)
    said = guard.wrap(stream if streams else call)("When was the Halden bridge opened?")

    assert "Halden" not in "".join(said)
    assert decisions[-1].action is Action.BLOCK
    assert decisions[-1].rule == "says-it-again"


def test_filter_leaves_what_is_said_again():
    answer = "The Halden bridge was opened in 1931."

    assert Guard(POLICY).wrap(lambda prompt: answer)("When was the Halden bridge opened?") == answer
