"""What was likely meant by an unknown name."""

import pytest

from guard.policy.key import POLICY, RULE, TEST
from guard.policy.language import advise
from guard.policy.near import near
from guard.registry import filters
from guard.types import Action, Stage

NAMES = {
    "filter": list(filters()),
    "action": [action.value for action in Action],
    "stage": [stage.value for stage in Stage],
    "label": filters()["harm"].labels,
    "policy": [key.name for key in POLICY.keys],
    "rule": [key.name for key in RULE.keys],
    "test": [key.name for key in TEST.keys],
}


@pytest.mark.parametrize(
    ("name", "kind", "meant"),
    [
        ("toxicity", "filter", "harm"),
        ("hate", "filter", "harm"),
        ("jailbreak", "filter", "injection"),
        ("hallucination", "filter", "grounding"),
        ("关键词", "filter", "keyword"),
        ("提示词注入", "filter", "injection"),
        ("幻觉", "filter", "grounding"),
        ("有害内容", "filter", "harm"),
        ("个人信息", "filter", "pii"),
        ("“Keyword”", "filter", "keyword"),
        ("emial", "filter", ""),
        ("reject", "action", "block"),
        ("Deny", "action", "block"),
        ("mask", "action", "redact"),
        ("delete", "action", "redact"),
        ("warn", "action", "flag"),
        ("拦截", "action", "block"),
        ("脱敏", "action", "redact"),
        ("prompt", "stage", "input"),
        ("user", "stage", "input"),
        ("answer", "stage", "output"),
        ("response", "stage", "output"),
        ("hate", "label", "harm.hate"),
        ("toxicity", "label", "harm.toxic"),
        ("规则", "policy", "rules"),
        ("语言", "policy", "languages"),
        ("语言", "filter", "language"),
        ("阈值", "rule", "threshold"),
        ("回答", "test", "output"),
    ],
)
def test_near_knows_what_people_write_instead(name, kind, meant):
    advice = near(name, NAMES[kind])

    assert advice == f"did you mean {meant!r}?" if meant else advice.startswith("one of")


@pytest.mark.parametrize(
    ("name", "code"),
    [("english", "en"), ("中文", "zh"), ("简体中文", "zh"), ("日语", "ja"), ("zh-Hans", "zh"), ("cn", "zh")],
)
def test_advise_names_the_code_of_a_language(name, code):
    assert advise(name) == f"did you mean {code!r}?"
