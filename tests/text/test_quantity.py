import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.text.numeral import parse_han
from guard.text.quantity import values
from guard.text.value import agrees, clashes


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
        ("3 p.m.", [("time", 180, "pm")]),
        ("下午3点半", [("time", 210, "pm")]),
        ("on Wednesday", [("weekday", 3, "")]),
        ("周三", [("weekday", 3, "")]),
        ("2000 people", [("count", 2000, "person")]),
        ("一些人十分高兴，万一下雨呢", []),
        ("GPT-4, 5G, v1.2, COVID-19, 3.10.2", []),
        ("1. open it\n2. close it [3]", []),
        ("几十人", []),
        ("5-10万元", [("money", 50000, "cny"), ("money", 100000, "cny")]),
        ("$5-10 million", [("money", 5e6, "usd"), ("money", 1e7, "usd")]),
        ("between 5 and 8 million dollars", [("money", 5e6, "usd"), ("money", 8e6, "usd")]),
        ("500至1万元", [("money", 500, "cny"), ("money", 10000, "cny")]),
        ("paid $5 to 10 people", [("money", 5, "usd"), ("count", 10, "person")]),
        ("$1.2B", [("money", 1.2e9, "usd")]),
        ("3.2GHz", [("measure", 3.2e9, "hertz")]),
        ("容量5L", [("measure", 5, "litre")]),
        ("the 19th century", [("measure", 19, "century")]),
        ("1小时30分钟", [("measure", 5400, "second")]),
        ("3小时20分", [("measure", 12000, "second")]),
        ("2 years and 3 months", [("measure", 27, "month")]),
        ("1米75", [("measure", 1.75, "metre")]),
        ("1万2千元", [("money", 12000, "cny")]),
        ("5公斤、300克", [("measure", 5000, "gram"), ("measure", 300, "gram")]),
        ("半小时", [("measure", 1800, "second")]),
        ("半个月", [("measure", 0.5, "month")]),
        ("两个半月", [("measure", 2.5, "month")]),
        ("三个半星期", [("measure", 3.5 * 604800, "second")]),
        ("两年半", [("measure", 30, "month")]),
        ("一个半小时", [("measure", 5400, "second")]),
        ("two and a half years", [("measure", 30, "month")]),
        ("an hour and a half", [("measure", 5400, "second")]),
        ("half a million dollars", [("money", 5e5, "usd")]),
        ("上半年、半年度报告、半天、半价", []),
        ("质保期为一年", [("measure", 12, "month")]),
        ("享受一年质保，一年期合同", [("measure", 12, "month"), ("measure", 12, "month")]),
        ("一周内", [("measure", 604800, "second")]),
        ("within a week", [("measure", 604800, "second")]),
        ("one-year warranty", [("measure", 12, "month")]),
        ("一年级的他一年赚得不多，有一天，一年又一年", []),
        ("one year later, twice a day", []),
        ("以3:2获胜", [("score", 3002, "")]),
        ("比分：3:2", [("score", 3002, "")]),
        ("时间：16:30", [("time", 270, "pm")]),
        ("时间:9点30分", [("time", 570, "")]),
        (
            "去年、明天、下个月、本周",
            [
                ("relative", -1, "year"),
                ("relative", 1, "day"),
                ("relative", 1, "month"),
                ("relative", 0, "week"),
            ],
        ),
        ("last year, tomorrow", [("relative", -1, "year"), ("relative", 1, "day")]),
        ("比去年多，去年同期，以后天气，本周期，过去年度", []),
        ("more than last year, this year's plan", []),
        ("四分之一的人，一半的人", [("percent", 25, "%"), ("percent", 50, "%")]),
        ("half of them, a quarter of them", [("percent", 50, "%"), ("percent", 25, "%")]),
        ("a third party in the first half of the third quarter", []),
        (
            "打8.5折，八折，八五折",
            [("percent", 85, "paid"), ("percent", 80, "paid"), ("percent", 85, "paid")],
        ),
        ("打折，几折，对折", []),
        ("2比3", [("score", 3002, "")]),
        ("won 3-2", [("score", 3002, "")]),
        (
            "每周三次，每周三天，一周三回",
            [("count", 3, "次"), ("measure", 259200, "second"), ("count", 3, "回")],
        ),
        ("每周三开放，周一周二闭馆", [("weekday", 3, ""), ("weekday", 1, ""), ("weekday", 2, "")]),
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
        ("13/05/2023", (2023, 5, 13)),
        ("23年5月", (2023, 5, None)),
        ("98年出生", (1998, None, None)),
    ],
)
def test_values_reads_dates(text, date):
    assert [value.date for value in values(text)] == [date]


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("5月1-7日", [(None, 5, 1), (None, 5, 7)]),
        ("2023年5月1日至7日", [(2023, 5, 1), (2023, 5, 7)]),
        ("2023年5月28日到6月3日", [(2023, 5, 28), (2023, 6, 3)]),
        ("May 1-7, 2023", [(2023, 5, 1), (2023, 5, 7)]),
        ("1 to 7 May 2023", [(2023, 5, 1), (2023, 5, 7)]),
        ("May 1 to June 7, 2023", [(2023, 5, 1), (2023, 6, 7)]),
        ("2023年12月1日至1月7日", [(2023, 12, 1), (None, 1, 7)]),
        ("5月28日至3日", [(None, 5, 28), (None, None, 3)]),
    ],
)
def test_values_gives_both_ends_of_a_range_their_month_and_year(text, dates):
    assert [value.date for value in values(text)] == dates


@pytest.mark.parametrize(
    ("text", "amount", "half"),
    [
        ("12:30 a.m.", 30, "am"),
        ("00:30", 30, "am"),
        ("12 p.m.", 0, "pm"),
        ("中午1点", 60, "pm"),
        ("中午11点", 660, "am"),
        ("晚上12点", 0, "am"),
        ("13:00", 60, "pm"),
        ("1:00", 60, ""),
        ("下午五点", 300, "pm"),
        ("三点半", 210, ""),
        ("8点20分", 500, ""),
        ("22点关门", 600, "pm"),
    ],
)
def test_values_reads_clock_times(text, amount, half):
    assert read(text) == [("time", amount, half)]


@pytest.mark.parametrize("text", ["3点建议", "差一点到站", "有一点难", "早一点钟爱", "三点五"])
def test_values_reads_no_time_where_a_point_is_meant(text):
    assert not [value for value in values(text) if value.kind == "time"]


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("净利润-1.2亿元", -1),
        ("气温为-5℃", -1),
        ("零下5℃", -1),
        ("a profit of -$5 million", -1),
        ("亏损1.2亿元", 0),
        ("同比下降-15%", 0),
        ("成人票-50元", 0),
        ("prices fell 5%", 0),
        ("亏损扩大，达到1.2亿元", 0),
        ("a 5% drop", 0),
        ("负责3个项目", 1),
        ("净利润5亿元", 1),
        ("- 5 apples", 1),
    ],
)
def test_values_reads_a_minus_sign_and_words_of_loss(text, sign):
    assert [value.sign for value in values(text)] == [sign]


def test_values_reads_a_dash_between_numbers_as_no_minus():
    assert [value.sign for value in values("气温为5℃-10℃，湿度30-40%")] == [1, 1, 1, 1]


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
        ("5毫升", "5毫克", False),
        ("5 km", "5 kg", False),
        ("25 °F", "25 °C", False),
        ("25度", "25℃", True),
        ("5 kg", "5美元", False),
        ("5名员工", "5个", True),
        ("净利润1.2亿元", "净利润-1.2亿元", False),
        ("亏损1.2亿元", "净利润-1.2亿元", True),
        ("零下5℃", "-5℃", True),
        ("下午3点半", "15:30", True),
        ("三点半", "15:30", True),
        ("3 a.m.", "15:00", False),
        ("May 1, 2023", "05/01/2023", True),
        ("January 5, 2023", "05/01/2023", True),
        ("May 2, 2023", "05/01/2023", False),
        ("19th century", "1850年", True),
        ("19th century", "1950年", False),
        ("半个月", "15天", True),
        ("60天", "两个月", True),
        ("40天", "两个月", False),
        ("优惠20%", "八折", True),
        ("八折", "付80%", True),
        ("优惠30%", "八折", False),
        ("超过一半", "55%", True),
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
        ("9 a.m.", "9 p.m.", True),
        ("9点半", "21:30", False),
        ("净利润1.2亿元", "净利润-1.2亿元", True),
        ("5毫升", "5毫克", False),
        ("以3:2获胜", "2:1", True),
        ("七折", "八折", True),
        ("优惠30%", "八折", False),
        ("去年", "今年", True),
        ("去年", "上个月", False),
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
@settings(max_examples=100, deadline=None)
def test_values_never_overlap_and_stay_in_the_text(text):
    places = [0, *(place for value in values(text) for place in (value.start, value.end))]

    assert places == sorted(places)
    assert places[-1] <= len(text)
    assert all(value.start < value.end for value in values(text))
