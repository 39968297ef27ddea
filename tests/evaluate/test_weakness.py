"""Weaknesses that are shown: the texts, and that the page holds what the shipped weights say of them."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from guard.evaluate.backend import Backend, Scorer
from guard.evaluate.weakness import came, examples, table
from guard.filters.harm import Harm
from guard.filters.injection import Injection
from guard.models.artefact import DATA
from guard.models.session import WEIGHTS

PAGE = Path(__file__).parents[2] / "docs" / "models.md"


def test_examples_show_each_weakness_twice_in_two_languages():
    shown = {}
    for one in examples():
        shown.setdefault(one.weakness, []).append(one.lang)

    assert all(len(langs) == len(set(langs)) == 2 for langs in shown.values())
    assert {one.label for one in examples()} <= {*Harm.labels, *Injection.labels}


@pytest.mark.parametrize(
    ("holds", "highest", "told"),
    [(True, 0.5, "found"), (True, 0.4, "missed"), (False, 0.5, "flagged"), (False, 0.4, "left alone")],
)
def test_came_says_what_a_rule_makes_of_it(holds, highest, told):
    assert came(holds, highest) == told


def test_table_judges_messages_one_by_one_and_shows_the_highest():
    asked = []

    def judge(texts, kinds):
        asked.extend(zip(texts, kinds, strict=True))
        return np.array([[0.1, 0.9 if "cameras" in text else 0.2] for text in texts])

    lines = list(table(Scorer(Backend("fake", ("harm.privacy", "harm.general"), judge, tuple, "1"))))
    talk = next(line for line in lines if "cameras" in line)

    assert lines[0] == "Weights: fake `1`."
    assert talk.endswith("| `harm.privacy` | 0.10 | 0.90 | found |")
    assert ("Yes, mix the two.", "output") in asked
    assert all(" / " not in text for text, _ in asked)


def test_page_shows_what_the_shipped_weights_say():
    """Where this fails, print the sections anew: the commands stand above them in docs/models.md."""
    page = PAGE.read_text(encoding="utf-8")
    digest = hashlib.sha256((DATA / WEIGHTS).read_bytes()).hexdigest()[:12]

    assert page.count(f"Weights: encoder `{digest}-cpu`") == 2
    assert [one.turns for one in examples() if f"| {' / '.join(one.turns)}" not in page] == []
