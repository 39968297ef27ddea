import pytest

from guard.text.neighbour import encloses
from guard.text.quantity import values


@pytest.mark.parametrize(
    ("said", "text", "expected"),
    [
        ("周三", "周一至周五", True),
        ("周日", "周一至周五", False),
        ("周日", "周六到周二", True),
        ("周三", "周一、周五", False),
        ("Wednesday", "Monday through Friday", True),
        ("10:00", "9:00-17:00", True),
        ("下午3点", "9:00-17:00", True),
        ("20:00", "9:00-17:00", False),
        ("5月3日", "2023年5月1-7日", True),
        ("5月9日", "2023年5月1-7日", False),
        ("1260", "(1250–1316)", False),
        ("May 12, 1894", "(May 11, 1894 – April 1, 1991)", False),
        ("4天", "3-5天", True),
        ("6天", "3-5天", False),
        ("4公斤", "3-5天", False),
    ],
)
def test_encloses_finds_a_range_around_a_value(said, text, expected):
    assert encloses(text, values(text), values(said)[0]) is expected
