from collections import Counter

import pytest

from guard.audit.chart import bars, columns, scale


@pytest.mark.parametrize(
    "most, ticks",
    [(0, (0, 1)), (1, (0, 1)), (3, (0, 1, 2, 3)), (7, (0, 2, 4, 6, 8)), (99, (0, 20, 40, 60, 80, 100))],
)
def test_scale_is_round_and_high_enough(most, ticks):
    assert scale(most) == ticks


@pytest.mark.parametrize("most", [1, 9, 11, 260, 999, 12_345, 10**9])
def test_scale_has_few_steps(most):
    ticks = scale(most)

    assert ticks[-1] >= most
    assert len(ticks) <= 6


@pytest.mark.parametrize(
    "days, unit, count",
    [
        (["2026-03-01", "2026-03-04"], "day", 4),
        (["2026-03-01", "2026-06-01"], "week", 15),
        (["2024-12-31", "2026-12-31"], "month", 25),
        (["0001-01-01", "9999-12-31"], "month", 241),
    ],
)
def test_columns_widen_with_the_period(days, unit, count):
    chart = columns({day: Counter(block=1, allow=2) for day in days})

    assert chart is not None
    assert (chart.unit, len(chart.columns)) == (unit, count)
    assert sum(column.total for column in chart.columns) == 6


def test_columns_stack_to_their_total():
    chart = columns({"2026-03-01": Counter(block=1, allow=3), "": Counter(allow=1)})

    assert chart is not None
    (column,) = chart.columns
    assert [(each.action, each.y, each.height) for each in column.segments] == [
        ("block", 75.0, 25.0),
        ("allow", 0.0, 75.0),
    ]


def test_columns_need_a_date():
    assert columns({"": Counter(allow=1)}) is None


def test_bars_come_longest_first_without_the_empty():
    assert [(bar.name, bar.width) for bar in bars({"a": 1, "b": 4, "c": 0}, {}, {})] == [
        ("b", 100),
        ("a", 25),
    ]
