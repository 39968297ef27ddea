import numpy as np
import pytest

from guard.evaluate.backend import Backend, Scorer
from guard.evaluate.sets import is_right, label_scores, labelled, rows_of, tally, wilson
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


def scorer(labels, scores):
    return Scorer(
        Backend("fake", labels, lambda texts, kinds: np.array([scores(text) for text in texts]), tuple, "")
    )


@pytest.mark.parametrize(
    ("labels", "label", "found"),
    [
        (("harm.general", "harm.spam"), "harm.spam", 0.2),
        (("harm.general", "harm.hate"), "harm.spam", 0.9),
        (("injection.direct", "harm.political_sensitive"), "injection.prompt_leak", 0.9),
        (("harm.political_sensitive", "harm.hate"), "harm.spam", 0.2),
    ],
)
def test_label_scores_fall_back_on_the_family(labels, label, found):
    assert label_scores(scorer(labels, lambda text: [0.9, 0.2]), label, ["x"])[0] == pytest.approx(found)


def test_labelled_has_a_row_per_label_and_language_with_what_is_blocked():
    lures = {row["text"] for row in rows_of("lures") if row["holds"]}
    rule = {
        "id": "a",
        "filter": "regex",
        "options": {"patterns": ["菠菜"]},
        "stages": ["input"],
        "action": "block",
    }
    lines = list(labelled(Guard({"rules": [rule]}), [scorer(("harm.spam",), lambda text: [text in lures])]))
    chinese = next(line for line in lines if line.startswith("| lures | `harm.spam` | zh |"))

    assert lines[0] == "Weights: fake ``."
    assert len(lines) == 4 + 2 + 8
    assert chinese.startswith("| lures | `harm.spam` | zh | 45 | 45 | 0.022 [")
    assert "| 0.044 [" in chinese
    assert chinese.endswith("| 1.000 | 1.000 |")
