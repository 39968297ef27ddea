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
        ("满100元以上可退。", "满100元以下可退。", "以上"),
        ("Exports rose.", "Imports rose.", "Exports"),
        ("收入上升至最高。", "收入下降至最低。", "上升"),
        ("未成年人可以饮酒。", "未成年人禁止饮酒。", "可以"),
        ("人数不得超过5人。", "人数超过5人。", "不得"),
        ("Sales not only rose, they doubled.", "Sales fell.", "rose"),
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
        ("订单满100元以上可退货。", "以下情况可退货：订单满100元。"),
        ("The rule took effect in May.", "The smoking ban took effect in spring."),
        ("It won its first cup.", "It won the cup last year."),
        ("出口增长5%。", "进口下降5%。"),
        ("成年人可以入内。", "未成年人不得入内。"),
        ("收入超过5亿元。", "收入不少于5亿元。"),
    ],
)
def test_find_flip_leaves_agreement_alone(sentence, passage):
    assert find_flip(sentence, passage) is None
    assert find_flip(passage, sentence) is None


@pytest.mark.parametrize(
    ("sentence", "passage"),
    [
        ("会员免费入场。", "会员免费入场，非会员不能入场。"),
        ("本店支持退货。", "本店支持退货，特价商品不支持退货。"),
        ("订单满100元包邮。", "订单满100元包邮，不满100元不包邮。"),
        ("药物可以退烧。", "药物可以退烧，但不能止痛。"),
        ("您可以取消订单。", "发货后您不能取消订单。"),
        ("支持退款。", "如需定制商品，不支持退款。"),
        ("The drug reduces fever.", "The drug reduces fever but does not reduce pain."),
        ("Returns are accepted within 30 days.", "Returns are accepted, but opened items are not accepted."),
        ("Items are accepted.", "Opened items, for reasons of hygiene, are not accepted."),
        ("The vaccine is approved in Japan.", "The vaccine is not approved in the US."),
        ("Plan A includes support.", "Plan B does not include support."),
        ("Refunds are given if the seal is intact.", "If the seal is broken, refunds are not given."),
        ("Tickets are sold online.", "Tickets are sold online and are not sold at the door."),
    ],
)
def test_find_flip_leaves_alone_what_is_denied_of_something_else(sentence, passage):
    assert find_flip(sentence, passage) is None
    assert find_flip(passage, sentence) is None


@pytest.mark.parametrize(
    ("sentence", "passage"),
    [
        ("The bridge opened in 1998.", "The bridge did not open until 1998."),
        ("这座大桥于1998年通车。", "这座大桥在1998年前没有通车。"),
        ("The update improves accuracy.", "The update not only improves accuracy but also speed."),
        ("Members enter free.", "Not all members enter free."),
        ("会员可以入场。", "不是所有会员都可以入场。"),
        ("公司必须披露信息。", "公司不得不披露信息。"),
        ("会员能退货。", "会员能不能退货？"),
        ("Delivery is free of charge.", "There is no charge for delivery."),
        ("手机取消了耳机孔。", "手机没有耳机孔。"),
    ],
)
def test_find_flip_leaves_alone_what_only_sounds_denied(sentence, passage):
    assert find_flip(sentence, passage) is None
    assert find_flip(passage, sentence) is None


@pytest.mark.parametrize(
    ("sentence", "passage"),
    [
        ("The drug reduces pain.", "The drug reduces fever but does not reduce pain."),
        ("The museum is free for visitors.", "The museum is free for members but not free for visitors."),
        ("标准版支持多人协作。", "标准版不支持多人协作，专业版支持多人协作。"),
        ("特价商品支持退货。", "本店支持退货，特价商品不支持退货。"),
        ("本机防水。", "本机外观精致，但不防水。"),
        ("会员收费50元。", "非会员收费50元。"),
        ("该商品可以退货。", "该商品不能退货。"),
        ("门票含午餐和保险。", "门票不含午餐。"),
        ("The shop is open.", "The shop is no longer open."),
        ("The committee approved the budget on Monday.", "The committee didn't approve the budget."),
        ("The bridge opened in 1998.", "The bridge did not open in 1998."),
        ("The phone, launched in May, supports wireless charging.", "The phone does not support charging."),
    ],
)
def test_find_flip_finds_what_is_denied_of_the_same_thing(sentence, passage):
    assert find_flip(sentence, passage)
    assert find_flip(passage, sentence)


def test_find_flip_points_at_the_negation_and_at_what_it_denies():
    sentence, passage = "The shop isn't open.", "As of May, the shop is open."

    flip = find_flip(sentence, passage)

    assert sentence[flip.start : flip.end] == "isn't"
    assert passage[flip.source_start : flip.source_end] == "open"


def test_turn_says_the_opposite_or_nothing():
    assert turn("销售额增长了。") == "销售额下降了。"
    assert turn("A quiet day in May.") is None
