import pytest

from guard.text.clause import is_misplaced
from guard.text.quantity import values


@pytest.mark.parametrize(
    ("sentence", "passage"),
    [
        ("成本增长12%。", "收入增长12%，成本增长3%。"),
        ("儿童票100元。", "成人票100元，儿童票50元。"),
        ("研发费用为3亿元。", "销售费用为3亿元，研发费用为1亿元。"),
        (
            "The adult ticket costs 5 dollars.",
            "The adult ticket costs 10 dollars, the child ticket costs 5 dollars.",
        ),
        ("Children pay 10 dollars.", "Adults pay 10 dollars and children pay 5 dollars."),
        ("占比由20%升至10%。", "占比由10%升至20%。"),
    ],
)
def test_is_misplaced_tells_a_number_of_something_else(sentence, passage):
    said, given = values(sentence), values(passage)

    assert any(is_misplaced(value, sentence, said, passage, given) for value in said)


@pytest.mark.parametrize(
    ("sentence", "passage"),
    [
        ("成本增长3%。", "收入增长12%，成本增长3%。"),
        ("2023年收入为6亿元。", "2022年收入为5亿元，2023年增长至6亿元。"),
        ("海外收入增长3%。", "收入增长12%，其中海外增长3%。"),
        ("Pro版的售价为7999元。", "iPhone 15售价5999元，Pro版7999元。"),
        ("房间价格最高550元。", "房间价格为500元，含早餐价格为550元。"),
        ("收入和成本分别增长12%和3%。", "收入和成本分别增长12%和3%。"),
        ("Costs rose 3%.", "Revenue and costs rose 12% and 3%."),
        ("Revenue was $4 million before.", "Revenue rose to $5 million, up from $4 million."),
        (
            "The company earned $2 million in profit.",
            "It earned $5 million in revenue and $2 million in profit.",
        ),
        ("占比由10%升至20%。", "占比由10%升至20%。"),
    ],
)
def test_is_misplaced_leaves_a_number_that_may_be_meant(sentence, passage):
    said, given = values(sentence), values(passage)

    assert not any(is_misplaced(value, sentence, said, passage, given) for value in said)
