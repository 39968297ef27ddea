import pytest

from guard.text.passage import Passages
from guard.text.support import FEATURES, Question, weigh_support


def weigh(sentence, source):
    return weigh_support(sentence, Passages([source]), Question(""))


def kinds(sentence, source):
    return [slip.kind for slip in weigh(sentence, source).slips]


@pytest.mark.parametrize(
    ("sentence", "source"),
    [
        ("项目投资最低5万元。", "项目投资5-10万元。"),
        ("活动从5月1日开始。", "活动时间为5月1-7日。"),
        ("The fair runs until May 7, 2023.", "The fair runs from May 1-7, 2023."),
        ("会议中午1点开始。", "会议13:00开始。"),
        ("门店22点关门。", "门店每天22:00关门。"),
        ("门诊周三开放。", "门诊周一至周五开放。"),
        ("The clinic is open on Wednesday.", "The clinic is open from Monday to Friday."),
        ("上午10点开放。", "开放时间为9:00-17:00。"),
        ("建议每周运动3次。", "建议每周三次有氧运动。"),
        ("影片片长为90分钟。", "影片片长为1小时30分钟。"),
        ("他一年赚5万元。", "他每年赚5万元。"),
        ("维修需要一周。", "维修需要七天左右。"),
        ("The trial lasts one week.", "The trial lasts until you have been here for seven nights."),
        ("公司一季度亏损1.2亿元。", "公司一季度净利润-1.2亿元。"),
        ("成人票50元。", "成人票-50元，儿童票-30元。"),
        ("It opened in January.", "It opened on 2023-01-05."),
        ("A French firm built it.", "A firm from France built it."),
        ("A firm from Greece built it.", "A Greek firm built it."),
        ("The plan was announced by Dr. Hall.", "Peter Hall announced the plan."),
        ("The firm uses AI.", "The firm uses artificial intelligence."),
        ("王小明表示支持。", "王小明经理说支持。"),
        ("王强也表示支持。", "王强表示支持。"),
        ("最晚入场时间：16:30。", "最晚入场时间为16:30。"),
        ("约33%的用户取消了订阅。", "约三分之一的用户取消了订阅。"),
        ("50% of users cancelled.", "Half of users cancelled."),
        ("A quarter of the staff left.", "25% of the staff left."),
        ("超过一半的用户续订。", "55%的用户续订。"),
        ("该款优惠20%。", "该款享八折优惠。"),
        ("该款打8折。", "该款享八折优惠。"),
        ("半个月内可换货。", "十五天内可换货。"),
        ("公司今年营收3亿元。", "公司营收3亿元。"),
        ("公司营收比去年多3亿元。", "公司今年营收比上年多3亿元。"),
        ("学生门票20元。", "门票全价40元，学生半价。"),
        ("B型噪音比A型高6分贝。", "A型噪音为22分贝，B型噪音为28分贝。"),
        ("The two flats have 140 square metres altogether.", "The two flats have 60 and 80 square metres."),
        ("75% of the treated patients improved.", "Of the 60 treated patients, 45 improved."),
    ],
)
def test_weigh_support_finds_no_slip_in_another_way_of_saying_it(sentence, source):
    assert kinds(sentence, source) == []


@pytest.mark.parametrize(
    ("sentence", "source", "kind"),
    [
        ("每次服用5毫升。", "每次服用5毫克。", "number"),
        ("交货期为4天。", "交货期为3-5天。", "number"),
        ("质保期为一年。", "质保期为两年。", "number_clash"),
        ("处理器主频为3.2GHz。", "处理器主频为2.2GHz。", "number_clash"),
        ("公司一季度净利润1.2亿元。", "公司一季度净利润-1.2亿元。", "number_clash"),
        ("项目投资最低50万元。", "项目投资5-10万元。", "number_clash"),
        ("主队以3:2获胜。", "主队以2:1获胜。", "number_clash"),
        ("最晚入场时间：17:30。", "最晚入场时间为16:30。", "date_clash"),
        ("Half of the staff left.", "A quarter of the staff left.", "number_clash"),
        ("该款享七折优惠。", "该款享八折优惠。", "number_clash"),
        ("该款优惠30%。", "该款享八折优惠。", "number"),
        ("公司今年营收3亿元。", "公司去年营收3亿元。", "date_clash"),
        ("The firm lost money this year.", "The firm lost money last year.", "date_clash"),
        ("学生门票30元。", "门票全价40元，学生半价。", "number_clash"),
        ("85% of the treated patients improved.", "Of the 60 treated patients, 45 improved.", "number"),
        ("订单号A10294已发货。", "订单号A10293已发货。", "code"),
        ("退货说明见https://a.example/b。", "退货说明见https://a.example/c。", "url"),
        ("邮箱是hello@a.example。", "邮箱是help@a.example。", "url"),
        ("门诊周日开放。", "门诊周一至周五开放。", "date_clash"),
        ("下午六点开始上课。", "每周课程下午五点开始上课。", "date_clash"),
    ],
)
def test_weigh_support_finds_what_the_source_says_otherwise(sentence, source, kind):
    assert kinds(sentence, source) == [kind]


@pytest.mark.parametrize(("sentence", "unsaid"), [("儿童票100元。", 1.0), ("儿童票50元。", 0.0)])
def test_weigh_support_counts_the_number_of_something_else_as_unsaid(sentence, unsaid):
    weighed = weigh(sentence, "成人票100元，儿童票50元。")

    assert dict(zip(FEATURES, weighed.features, strict=True))["number_unsaid"] == unsaid
    assert weighed.slips == ()


def test_weigh_support_takes_the_number_where_another_passage_gives_it():
    passages = Passages(["成人票100元，儿童票50元。", "节日儿童票100元。"])

    assert weigh_support("儿童票100元。", passages, Question("")).features[2] == 0.0


@pytest.mark.parametrize(
    ("sentence", "source"),
    [
        ("It opened in March.", "It opened on 2023-01-05."),
        ("A Dutch firm built it.", "A firm from France built it."),
        ("The plan was announced by Mr. Nguyen.", "Mr. Hall announced the plan."),
        ("总经理王小明表示支持。", "总经理王小红表示支持。"),
    ],
)
def test_weigh_support_finds_a_name_that_nobody_said(sentence, source):
    assert kinds(sentence, source) == ["name"]


@pytest.mark.parametrize(("said", "known"), [("v1.2", True), ("v12", False), ("A100", False), ("A10", True)])
def test_weigh_support_holds_a_code_against_whole_codes(said, known):
    slips = kinds(f"The unit runs on {said} since May.", "The unit runs on v1.2 and A10 since May.")

    assert (slips == []) == known


@pytest.mark.parametrize(
    ("sentence", "source", "foreign"),
    [
        ("详情请见 https://a.example/refund 。", "退款在三天内原路返回。", False),
        ("请查看 FAQ 或 Help Center。", "退款在三天内原路返回。", False),
        ("The Chinese name of the museum is 江城博物馆.", "The museum is sold out on most days.", False),
        ("Refunds take some days.", "退款在三天内原路返回。", True),
        ("公司Apple发布iPhone产品。", "Apple has presented the phone.", True),
    ],
)
def test_weigh_support_knows_another_script(sentence, source, foreign):
    assert weigh(sentence, source).foreign is foreign
