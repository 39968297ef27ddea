import pytest

from guard.evaluate.sets import is_right, tally, wilson
from guard.pipeline.guard import Guard
from guard.types import Action, Decision, PolicyRef

ROW = {"text": "call 13800138000", "spans": [{"start": 5, "end": 16, "label": "pii.phone"}]}


def decision(action, text):
    return Decision(action, text, (), PolicyRef("p", ""))


@pytest.mark.parametrize(
    ("name", "made", "right"),
    [
        ("must_block", decision(Action.BLOCK, "no"), True),
        ("must_block", decision(Action.FLAG, "call"), False),
        ("must_pass", decision(Action.ALLOW, "call"), True),
        ("must_pass", decision(Action.REDACT, "call"), False),
        ("must_redact", decision(Action.REDACT, "call [pii.phone]"), True),
        ("must_redact", decision(Action.REDACT, "call 13800138000!"), False),
        ("must_redact", decision(Action.BLOCK, "no"), True),
    ],
)
def test_is_right_asks_what_the_set_asks(name, made, right):
    assert is_right(name, ROW, made) is right


def test_tally_counts_by_language():
    rule = {
        "id": "long",
        "filter": "length",
        "options": {"max_chars": 1},
        "stages": ["input"],
        "action": "block",
    }
    right, total = tally(Guard({"rules": [rule]}), "must_block")

    assert right == total
    assert set(total) == {"zh", "en"}


def test_wilson_interval_is_that_of_the_textbook():
    low, high = wilson(8, 10)

    assert (round(low, 3), round(high, 3)) == (0.49, 0.943)
    assert wilson(0, 0) == (0.0, 1.0)
