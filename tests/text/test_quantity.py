import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.text.quantity import agrees, clashes, parse_han, values


def read(text):
    return [(value.kind, value.amount, value.unit) for value in values(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.2万", [("count", 12000, "")]),
        ("12 thousand people", [("count", 12000, "person")]),
        ("一千二百人", [("count", 1200, "person")]),
        ("12,000 yuan", [("money", 12000, "cny")]),
        ("￥５９９９", [("money", 5999, "cny")]),
        ("US$20bn", [("money", 2e10, "usd")]),
        ("$3.5 million", [("money", 3.5e6, "usd")]),
        ("$5M", [("money", 5e6, "usd")]),
        ("百分之三", [("percent", 3, "%")]),
        ("3 percent", [("percent", 3, "%")]),
        ("３％", [("percent", 3, "%")]),
        ("七成", [("percent", 70, "%")]),
        ("2个百分点", [("percent", 2, "point")]),
        ("10-20%", [("percent", 10, "%"), ("percent", 20, "%")]),
        ("3至5公斤", [("measure", 3000, "gram"), ("measure", 5000, "gram")]),
        ("24个月", [("measure", 24, "month")]),
        ("two years", [("measure", 24, "month")]),
        ("a 12-year-old boy", [("measure", 12, "age")]),
        ("twenty-five hours", [("measure", 90000, "second")]),
        ("two hundred employees", [("count", 200, "employe")]),
        ("10:30", [("time", 630, "")]),
        ("3 p.m.", [("time", 900, "")]),
        ("下午3点半", [("time", 930, "")]),
        ("on Wednesday", [("weekday", 3, "")]),
        ("周三", [("weekday", 3, "")]),
        ("2000 people", [("count", 2000, "person")]),
        ("一些人十分高兴，万一下雨呢", []),
        ("GPT-4, 5G, v1.2, COVID-19, 3.10.2", []),
        ("1. open it\n2. close it [3]", []),
        ("几十人", []),
    ],
)
def test_values_reads_numbers_with_units(text, expected):
    assert read(text) == expected


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2023年5月1日", (2023, 5, 1)),
        ("二〇二三年五月一日", (2023, 5, 1)),
        ("2023-05-01", (2023, 5, 1)),
        ("2023/5/1", (2023, 5, 1)),
        ("May 1, 2023", (2023, 5, 1)),
        ("1st of May 2023", (2023, 5, 1)),
        ("in May 2023", (2023, 5, None)),
        ("5月1日", (None, 5, 1)),
        ("since 2019", (2019, None, None)),
        ("the 1990s", (1990, None, None)),
        ("90年代", (1990, None, None)),
        ("21日上午", (None, None, 21)),
    ],
)
def test_values_reads_dates(text, date):
    assert [value.date for value in values(text)] == [date]


@pytest.mark.parametrize(
    ("said", "source", "expected"),
    [
        ("1.2万元", "12,034元", True),
        ("12,000 yuan", "一万二千元", True),
        ("about 300 people", "312 people", True),
        ("300 people", "312 people", False),
        ("37%", "36.6%", True),
        ("37%", "37个百分点", False),
        ("5公里", "5000米", True),
        ("May 2023", "May 1, 2023", True),
        ("May 1, 2023", "May 2023", False),
        ("May 1, 2023", "5月1日", True),
        ("$5", "€5", False),
    ],
)
def test_agrees_takes_other_spellings_and_rounding(said, source, expected):
    assert agrees(values(said)[0], values(source)[0]) is expected


@pytest.mark.parametrize(
    ("said", "source", "expected"),
    [
        ("12%", "13%", True),
        ("12%", "13元", False),
        ("12", "13", False),
        ("12 votes", "13 votes", True),
        ("2019年5月", "2020年5月", True),
        ("2019年", "5月3日", False),
        ("9:00", "10:00", True),
    ],
)
def test_clashes_needs_one_kind_and_unit(said, source, expected):
    assert clashes(values(said)[0], values(source)[0]) is expected


@pytest.mark.parametrize(
    ("text", "number"),
    [("十", 10), ("二十五", 25), ("一千零五", 1005), ("三万五", 35000), ("一亿二千万", 1.2e8), ("零", None)],
)
def test_parse_han_reads_numerals(text, number):
    assert parse_han(text) == number


PIECES = st.sampled_from(
    [*"0123456789.,%年月日点十百千万亿一二几成 $-–:/", "May ", "two ", "hundred ", "\ud800", "²", "٣"]
)


@given(st.lists(PIECES, max_size=25).map("".join) | st.text(max_size=40))
@settings(max_examples=100)
def test_values_never_overlap_and_stay_in_the_text(text):
    places = [0, *(place for value in values(text) for place in (value.start, value.end))]

    assert places == sorted(places)
    assert places[-1] <= len(text)
    assert all(value.start < value.end for value in values(text))
