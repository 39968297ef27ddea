import pytest

from guard.text.polarity import find_flip, turn


@pytest.mark.parametrize(
    ("sentence", "passage", "word"),
    [
        ("Sales fell by 8%.", "Sales rose by 8%.", "fell"),
        ("销售额同比下降。", "销售额同比增长。", "下降"),
        ("The park is not open.", "The park is open.", "not"),
        ("本机没有防水功能。", "本机防水功能完备。", "没有"),
        ("Pets are allowed.", "Pets are prohibited.", "allowed"),
    ],
)
def test_find_flip_names_the_word_that_turns(sentence, passage, word):
    flip = find_flip(sentence, passage)

    assert flip is not None
    assert sentence[flip.start : flip.end] == word


@pytest.mark.parametrize(
    ("sentence", "passage"),
    [
        ("Sales rose.", "Sales increased."),
        ("销量不断增长。", "销量增长。"),
        ("Sales rose, costs fell.", "Costs fell while sales rose."),
        ("It did not fall.", "It did not decrease."),
    ],
)
def test_find_flip_leaves_agreement_alone(sentence, passage):
    assert find_flip(sentence, passage) is None


def test_turn_says_the_opposite_or_nothing():
    assert turn("销售额增长了。") == "销售额下降了。"
    assert turn("A quiet day.") is None
