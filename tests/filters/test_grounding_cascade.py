"""The tiers of the grounding filter: what each hands on, and what is said when one has no answer."""

import re
from dataclasses import replace

import pytest

from guard.errors import CallError, OptionError
from guard.filters.grounding import CONTRADICTED, UNSUPPORTED, Grounding
from guard.types import Exchange, Finding, Spent, Stage, Unjudged
from tests.scripted_judge import ScriptedJudge, all_supported, data_of

SOURCE = "The museum opened on 12 March 1998. Admission costs 8 euros. It owns 24,000 works."
ANSWER = "Admission costs 9 euros. The director plays the flute. It owns 24,000 works."
EVERYTHING = {"model": False, "judge": True, "sure": [0.0, 1.0]}


def scan(made, answer=ANSWER, ask=None, sources=(SOURCE,)):
    exchange = replace(Exchange.of("", sources=sources, response=answer), ask=ask)
    return [item for part in exchange.parts(Stage.OUTPUT) for item in made.scan(part, exchange)]


def findings(items, least=0.5):
    return [
        (ANSWER[item.start : item.end], item.label, item.tier)
        for item in items
        if isinstance(item, Finding) and item.score >= least
    ]


def test_judge_rules_on_all_open_sentences_in_one_call():
    judge = ScriptedJudge()
    items = scan(Grounding(**EVERYTHING), ask=judge)

    assert len(judge.asked) == 1
    assert findings(items) == [
        ("9", CONTRADICTED, "judge"),
        ("The director plays the flute.", UNSUPPORTED, "judge"),
    ]
    (spent,) = [item for item in items if isinstance(item, Spent)]
    assert (spent.filter, spent.calls) == ("grounding", 1)
    assert spent.tokens_sent > spent.tokens_received > 0


def test_judge_points_at_the_source_that_it_names():
    items = scan(Grounding(**EVERYTHING), ask=ScriptedJudge())
    (wrong,) = [item for item in items if isinstance(item, Finding) and item.label == CONTRADICTED]

    assert wrong.evidence[0].part == "sources[0].text"


def test_judge_is_asked_once_for_the_same_sentences():
    judge, made = ScriptedJudge(), Grounding(**EVERYTHING)
    first = scan(made, ask=judge)
    again = scan(made, ask=judge)

    assert len(judge.asked) == 1
    assert findings(again) == findings(first)
    assert not any(isinstance(item, Spent) for item in again)
    scan(made, ask=judge, sources=(SOURCE + " The director plays the flute.",))
    assert len(judge.asked) == 2


def test_judge_is_asked_anew_where_another_sentence_goes_before():
    judge, made = ScriptedJudge(), Grounding(**EVERYTHING)
    scan(made, "The theatre is old. Admission costs 8 euros.", ask=judge)
    scan(made, "The museum is old. Admission costs 8 euros.", ask=judge)

    asked = [claim for claim in data_of(judge.asked[1][1].text)["claims"] if "Admission" in claim["text"]]
    assert [claim["before"] for claim in asked] == ["The museum is old."]


def test_judge_that_rules_on_sources_in_another_script_leaves_nothing_unjudged():
    sources = ("展会于5月1日在市图书馆开幕，共有120家企业参加。",)
    made = Grounding(model=False, judge=True)

    ruled = scan(made, "There are 120 publishers in the fair.", ScriptedJudge(), sources)
    assert not [item for item in ruled if isinstance(item, Unjudged)]
    silent = scan(made, "There are 210 publishers in the fair.", lambda messages: "No.", sources)
    reasons = [item.reason for item in silent if isinstance(item, Unjudged)]
    assert reasons[1:] == ["the sources are in another script; only numbers and dates were compared"]


def test_judge_that_is_shown_a_part_of_the_sources_says_so():
    made = Grounding(**EVERYTHING, most_tokens=1000)
    halls = " ".join(f"In hall {number} the works of kind {number} are shown." for number in range(300))
    items = scan(made, ask=ScriptedJudge(), sources=(SOURCE + " " + halls,))
    again = scan(made, ask=ScriptedJudge(), sources=(SOURCE + " " + halls,))

    (said,) = [item for item in items if isinstance(item, Unjudged)]
    assert said.missing
    assert re.match(r"the judge was not shown \d{4,} characters of the sources", said.reason)
    assert said in again


def test_judge_is_not_asked_about_what_the_rule_is_sure_of():
    judge = ScriptedJudge()
    items = scan(Grounding(model=False, judge=True, sure=[0.98, 0.99]), ask=judge)

    assert judge.asked == []
    assert ("9 euros", CONTRADICTED, "rule") in findings(items)


@pytest.mark.parametrize(
    ("sure", "tiers"),
    [
        ([0.0, 1.0], {"judge"}),
        ([[0.0, 1.0], [0.0, 1e-9]], {"model"}),
        ([[0.0, 1e-9], [0.0, 1.0]], {"judge"}),
        ([[0.0, 1e-9], [0.0, 1e-9]], {"rule"}),
    ],
)
def test_sure_may_be_another_for_the_judge_than_for_the_model(sure, tiers):
    items = scan(Grounding(judge=True, sure=sure), "The director plays the flute.", ScriptedJudge())

    assert {item.tier for item in items if isinstance(item, Finding)} == tiers


@pytest.mark.parametrize("error", [CallError("the further call failed"), None])
def test_judge_without_an_answer_leaves_the_rule_and_says_so(error):
    def fails(messages):
        if error:
            raise error
        return "I would rather talk about the weather."

    items = scan(Grounding(**EVERYTHING), ask=fails)

    assert ("9 euros", CONTRADICTED, "rule") in findings(items)
    (said,) = [item for item in items if isinstance(item, Unjudged)]
    assert said.reason.startswith("the judge gave no answer: the ")
    assert not said.missing
    # What it said was of no use, and cost all the same.
    assert sum(item.calls for item in items if isinstance(item, Spent)) == (0 if error else 1)


def test_judge_that_calls_everything_supported_is_not_believed():
    items = scan(Grounding(**EVERYTHING), ask=ScriptedJudge(all_supported))

    assert ("9 euros", CONTRADICTED, "rule") in findings(items)
    assert any("the judge gave no answer" in item.reason for item in items if isinstance(item, Unjudged))


def test_judge_is_missed_where_there_is_no_call_to_ask():
    items = scan(Grounding(**EVERYTHING))

    (said,) = [item for item in items if isinstance(item, Unjudged)]
    assert said.missing
    assert said.reason == "some sentences stay open: there is no model to ask"
    assert ("9 euros", CONTRADICTED, "rule") in findings(items)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"sure": [0.9, 0.1]}, "two scores in order"),
        ({"sure": [0.1]}, "two scores in order"),
        ({"sure": [-1.0, 0.5]}, "two scores in order"),
        ({"sure": []}, "two scores in order"),
        ({"sure": [[0.1, 0.9], [0.9, 0.1]]}, "two scores in order"),
        ({"sure": [[0.1, 0.9]]}, "two scores in order"),
        ({"sure": [0.1, [0.1, 0.9]]}, "two scores in order"),
        ({"most_tokens": 10}, "1000 or more, not 10"),
    ],
)
def test_options_out_of_range_are_refused(options, said):
    with pytest.raises(OptionError, match=said):
        Grounding(**options)
