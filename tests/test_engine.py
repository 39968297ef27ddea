import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guard.cut import merge, redact
from guard.engine import Evidence, Report, decide, explain, reply
from guard.types import Action, Finding, OnError, Part, Policy, Rule, Stage, Unjudged

TEXT = "call 13800138000 now"
PART = Part(Stage.INPUT, "messages[0].content", TEXT)


def rule(rule_id, action, **more):
    return Rule(id=rule_id, filter="probe", stages=(Stage.INPUT,), action=action, **more)


def found(label="pii.phone", start=5, end=16, score=0.9):
    return Finding("probe", label, start, end, score, "digits", PART.path)


def decision(rules, reports, **more):
    policy = Policy("p", tuple(rules), sha256="0" * 64, **more)
    return decide(policy, Evidence((PART,), reports, language="en"))


def test_decide_allows_when_nothing_is_found():
    made = decision([rule("r", Action.BLOCK)], {"r": Report()})

    assert (made.action, made.text, made.rule, made.findings) == (Action.ALLOW, TEXT, "", ())


def test_decide_reports_two_rules_of_one_filter_under_their_own_ids():
    rules = [rule("hide", Action.REDACT), rule("note", Action.FLAG)]
    made = decision(rules, {"hide": Report((found(),)), "note": Report((found(),))})

    assert [item.rule for item in made.findings] == ["hide", "note"]
    assert (made.action, made.rule, made.text) == (Action.REDACT, "hide", "call [pii.phone] now")


def test_decide_lets_the_strongest_action_win_and_the_first_rule_among_equals():
    rules = [rule("a", Action.FLAG), rule("b", Action.BLOCK), rule("c", Action.BLOCK)]
    made = decision(rules, {name: Report((found(),)) for name in "abc"})

    assert (made.action, made.rule, made.text) == (Action.BLOCK, "b", "Sorry, I can't help with that.")
    assert made.blocked
    assert made.edits == {}


@pytest.mark.parametrize(
    ("stage", "action"),
    [(Stage.INPUT, Action.BLOCK), (Stage.TOOL_RESULT, Action.BLOCK), (Stage.OUTPUT, Action.RETRY)],
)
def test_decide_retries_only_what_was_answered(stage, action):
    parts = (Part(stage, PART.path, TEXT),)
    made = Policy("p", (rule("r", Action.RETRY),), sha256="0" * 64)

    assert decide(made, Evidence(parts, {"r": Report((found(),))})).action is action


@pytest.mark.parametrize(
    ("more", "action"),
    [
        ({"threshold": 0.95}, Action.ALLOW),
        ({"threshold": 0.9}, Action.BLOCK),
        ({"labels": ("pii",)}, Action.BLOCK),
        ({"labels": ("pii.phone",)}, Action.BLOCK),
        ({"labels": ("pii.ph",)}, Action.ALLOW),
        ({"labels": ("pii.email",)}, Action.ALLOW),
    ],
)
def test_decide_cuts_by_threshold_and_label(more, action):
    made = decision([rule("r", Action.BLOCK, **more)], {"r": Report((found(),))})

    assert made.action is action


@pytest.mark.parametrize(
    ("on_error", "missing", "action"),
    [
        (OnError.BLOCK, False, Action.BLOCK),
        (OnError.ALLOW, False, Action.ALLOW),
        (OnError.BLOCK, True, Action.ALLOW),
    ],
)
def test_decide_asks_on_error_about_what_was_not_judged(on_error, missing, action):
    item = Unjudged("probe", "timed out after 5 ms", PART.path, missing=missing)
    made = decision([rule("r", Action.FLAG, on_error=on_error)], {"r": Report(unjudged=(item,))})

    assert made.action is action
    assert [(item.rule, item.action) for item in made.unjudged] == [("r", action)]


@pytest.mark.parametrize(
    ("languages", "action"),
    [((), Action.BLOCK), (("en",), Action.BLOCK), (("zh", "ja"), Action.ALLOW)],
)
def test_decide_asks_a_rule_only_in_its_languages(languages, action):
    made = decision([rule("r", Action.BLOCK, languages=languages)], {"r": Report((found(),))})

    assert made.action is action


@pytest.mark.parametrize(
    ("language", "other", "action"),
    [
        ("es", OnError.ALLOW, Action.ALLOW),
        ("es", OnError.BLOCK, Action.BLOCK),
        ("zh", OnError.ALLOW, Action.BLOCK),
        ("", OnError.ALLOW, Action.BLOCK),
    ],
)
def test_decide_tolerates_only_languages_that_the_policy_does_not_promise(language, other, action):
    item = Unjudged("probe", "not covered", PART.path, language=language)
    reports = {"r": Report(unjudged=(item,))}
    made = decision([rule("r", Action.FLAG)], reports, languages=("zh", "en"), other_languages=other)

    assert made.action is action


@pytest.mark.parametrize(
    ("mask", "text"),
    [
        ("[{label}]", "call [pii.phone] now"),
        ("*", "call *********** now"),
        ("", "call  now"),
        ("{label}!", "call pii.phone! now"),
    ],
)
def test_decide_masks_as_the_rule_says(mask, text):
    made = decision([rule("r", Action.REDACT, mask=mask)], {"r": Report((found(),))})

    assert made.text == text
    assert made.edits == {PART.path: text}


@pytest.mark.parametrize(
    ("cuts", "text"),
    [
        ([(0, 2, "X"), (1, 4, "Y")], "Yef"),
        ([(1, 3, "X"), (3, 5, "Y")], "aXYf"),
        ([(0, 3, "***"), (2, 5, "***")], "*****f"),
        ([(2, 2, "X")], "abcdef"),
        ([(0, 6, "X"), (2, 3, "Y")], "X"),
        ([], "abcdef"),
    ],
)
def test_redact_merges_what_overlaps(cuts, text):
    assert redact("abcdef", cuts) == text


@given(
    st.text(max_size=40),
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=6),
)
def test_redact_hides_every_covered_character_and_keeps_every_other(text, spans):
    cuts = [(start, min(end, len(text)), "\0") for start, end in spans if start < min(end, len(text))]
    hidden = {index for start, end, _ in cuts for index in range(start, end)}
    kept = "".join(char for index, char in enumerate(text) if index not in hidden)

    assert redact(text.replace("\0", "0"), cuts).replace("\0", "") == kept.replace("\0", "0")


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=8))
def test_merge_yields_ordered_disjoint_cuts(spans):
    merged = merge([(start, end, "x") for start, end in spans])

    assert all(start < end for start, end, _ in merged)
    assert all(one[1] <= two[0] for one, two in itertools.pairwise(merged))


@pytest.mark.parametrize(
    ("language", "expected"),
    [("zh", "不行"), ("en", "no"), ("fr", "no"), ("", "no")],
)
def test_reply_speaks_the_language_of_the_exchange(language, expected):
    policy = Policy("p", (), replies={"refusal": {"zh": "不行", "en": "no"}})

    assert reply(policy, "refusal", language) == expected


def test_reply_falls_back_to_the_policys_first_language():
    policy = Policy("p", (), languages=("ja",), replies={"refusal": {"zh": "不行", "ja": "だめ"}})

    assert reply(policy, "unknown", "fr") == "だめ"
    assert reply(Policy("p", ()), "refusal", "zh") == "抱歉，我不能帮助完成这个请求。"


def test_explain_names_rule_label_and_place_but_never_the_text():
    item = Unjudged("probe", "failed: ValueError", PART.path)
    made = decision([rule("r", Action.REDACT)], {"r": Report((found(),), (item,))})

    assert explain(made) == (
        "block by rule r\n"
        "  r: pii.phone 0.90 at messages[0].content[5:16] (digits)\n"
        "  r: not judged at messages[0].content: failed: ValueError -> block"
    )


def test_decision_as_dict_is_the_documented_object():
    made = decision([rule("r", Action.REDACT)], {"r": Report((found(),))}).as_dict()

    assert set(made) >= {"action", "text", "findings", "unjudged", "policy", "ms"}
    assert made["findings"] == [
        {
            "rule": "r",
            "filter": "probe",
            "label": "pii.phone",
            "start": 5,
            "end": 16,
            "score": 0.9,
            "reason": "digits",
            "part": "messages[0].content",
        }
    ]
