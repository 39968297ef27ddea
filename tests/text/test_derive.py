import pytest

from guard.text.derive import follows
from guard.text.quantity import values


@pytest.mark.parametrize(
    ("said", "source", "expected"),
    [
        ("两项合计8万元。", "甲项3万元，乙项5万元。", True),
        ("两项相差2万元。", "甲项3万元，乙项5万元。", True),
        ("每项8万元。", "甲项3万元，乙项5万元。", False),
        ("两项合计9万元。", "甲项3万元，乙项5万元。", False),
        ("两项合计8公斤。", "甲项3万元，乙项5万元。", False),
        ("It costs 15 euros less.", "It costs 40 euros, and 25 euros online.", True),
        ("Children pay $20.", "Admission costs $40, half for children.", True),
        ("Children pay $20.", "Admission costs $40.", False),
        ("25% more was sold.", "40 cars were sold in May, 50 cars in June.", True),
        ("35% more was sold.", "40 cars were sold in May, 50 cars in June.", False),
        ("共8人。", "1人、2人、3人、5人、6人。", False),
    ],
)
def test_follows_takes_what_two_values_give(said, source, expected):
    assert follows(values(said)[-1], said, [(source, values(source))]) is expected
