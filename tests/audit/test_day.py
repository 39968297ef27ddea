import datetime

import pytest

from guard.audit.day import day_of, read_day

DAY = datetime.date(2026, 3, 9)


@pytest.mark.parametrize(
    "value",
    [
        "2026-03-09",
        "2026-03-09T23:59:59+08:00",
        "2026-03-09T00:00:00.123Z",
        "2026/3/9 8:00",
        "2026.03.09",
        "2026年3月9日 08:00",
        "20260309",
        "20260309T101112",
        1773014400,
        1773014400.5,
        1773014400000,
        1773014400000000,
        "1773014400",
        " 1773014400123 ",
    ],
)
def test_read_day_knows_the_forms_that_logs_use(value):
    assert read_day(value) == DAY


@pytest.mark.parametrize(
    "value",
    [
        *(None, True, "", "yesterday", "2026-13-01", "2026-02-30", "9" * 400, "٢٠٢٦٠٣٠٩", "０", [], {}),
        *(-5, 12, 1e30, 10**400, float("nan"), float("inf")),
    ],
)
def test_read_day_leaves_the_rest_unknown(value):
    assert read_day(value) is None


@pytest.mark.parametrize(
    "record",
    [
        {"time": "2026-03-09"},
        {"time": "soon", "created": 1773014400},
        {"response": {"created": 1773014400}},
        {"时间": "2026年3月9日"},
    ],
)
def test_day_of_looks_where_logs_keep_it(record):
    assert day_of(record) == DAY


def test_day_of_a_record_without_time_is_unknown():
    assert day_of({"prompt": "2026-03-09"}) is None
