import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.identifier.edge import last_edge
from guard.registry import create
from guard.types import Exchange, Finding, Part, Stage

PIECES = [
    "我的手机号是13800138000",
    "身份证11010519491231002X",
    "13912345678",
    "是我的号码",
    "email jo@example.com, ",
    "please call 212-736-5000. ",
    "卡号4111 1111 1111 1111 ",
    "一三八零零一三八零零零",
    "护照E12345678",
    " is my social security number. ",
    "536-22-8741",
    'api_key = "q8Zt2LmX9vR4kP7wN3cB6yH1"',
    "密码：Tr0ub4dor&3 ",
    base64.b64encode("我的手机是13800138000，身份证11010519491231002X。".encode()).decode() + " ",
    "手机1&#51;80013&#56;000 ",
    "%E6%89%8B%E6%9C%BA%3A13800138000 ",
    "，",
    "。",
    "ok. ",
    "\n",
]


def spans(filter, text):
    found = filter.scan(Part(Stage.OUTPUT, "response.content", text), Exchange())
    return {
        (item.start, item.end, item.label)
        for item in found
        if isinstance(item, Finding) and item.score >= 0.5
    }


@pytest.mark.parametrize(
    ("text", "edge"),
    [
        ("", 0),
        ("你好，我的号码是138", 3),
        ("号码13800138000，是手机", 0),
        ("号码13800138000。这里已经离得足够远了确实如此，再说别的", 29),
        ("Hello there, my number", 12),
        ("pi is 3.14", 0),
    ],
)
def test_last_edge_stands_behind_a_clause_away_from_values(text, edge):
    assert last_edge(text, 120) == edge


def test_last_edge_never_holds_more_than_the_reach():
    assert last_edge("字" * 500, 120) == 380


def test_last_edge_cuts_no_run_of_code_but_a_very_long_one():
    assert last_edge("字" * 200 + "aGVsbG8g" * 40, 120) == 200
    assert last_edge("aGVsbG8g" * 400, 120) == 3080


@pytest.mark.parametrize("filter_id", ["pii", "secret"])
@given(pieces=st.lists(st.sampled_from(PIECES), min_size=1, max_size=8), cut=st.floats(0, 1))
@settings(max_examples=60, deadline=None)
def test_settled_text_holds_no_finding_that_a_later_character_brings(filter_id, pieces, cut):
    made = create(filter_id)
    text = "".join(pieces)
    begun = text[: int(len(text) * cut)]
    sure = made.settled(begun)
    late = {found for found in spans(made, text) if found[0] < sure} - spans(made, begun)

    assert late == set()
