from __future__ import annotations

import pytest

from guard.evaluate.identifier import Tally, generate, tally, total
from guard.evaluate.identifier_kind import KINDS, LOOKALIKES
from guard.registry import create
from guard.types import Exchange, Finding, Part, Stage


def test_generate_repeats_itself_and_marks_every_value() -> None:
    rows = list(generate(4, seed=3))

    assert rows == list(generate(4, seed=3))
    assert len(rows) == 4 * (len(KINDS) + len(LOOKALIKES))
    assert all(row.text[start:end].strip() for row in rows for start, end, _ in row.spans)


def test_tally_counts_exact_spans_per_label() -> None:
    counts = tally([([(0, 3, "a"), (5, 6, "b")], [(0, 3, "a"), (5, 7, "b")]), ([], [(1, 2, "a")])])

    assert counts == {"a": Tally(1, 0, 1), "b": Tally(0, 1, 1)}
    assert total(counts.values()) == Tally(1, 1, 2)


@pytest.mark.parametrize(
    ("counts", "recall", "precision", "f2"),
    [(Tally(8, 2, 0), 0.8, 1.0, 0.8333), (Tally(0, 0, 0), 1.0, 1.0, 1.0), (Tally(0, 1, 1), 0.0, 0.0, 0.0)],
)
def test_tally_measures(counts: Tally, recall: float, precision: float, f2: float) -> None:
    assert (counts.recall, counts.precision) == (recall, precision)
    assert counts.f() == pytest.approx(f2, abs=1e-4)


def test_pii_reaches_its_aim_on_a_generated_sample() -> None:
    pii = create("pii")
    pii.load()
    pairs = []
    for row in generate(12, seed=11):
        found = pii.scan(Part(Stage.INPUT, "text", row.text), Exchange())
        sure = [(f.start, f.end, f.label) for f in found if isinstance(f, Finding) and f.score >= 0.5]
        pairs.append((row.spans, sure))
    counts = tally(pairs)
    checked = total(counts[kind.label] for kind in KINDS if kind.checked)

    assert checked.recall >= 0.99
    assert checked.precision >= 0.98
    assert total(counts.values()).recall >= 0.98
