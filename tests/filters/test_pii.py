from __future__ import annotations

import base64
from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.errors import OptionError
from guard.filters.pii import Pii
from guard.models.tagger import Span
from guard.registry import Filter, create
from guard.types import Exchange, Finding, Part, Stage, Unjudged


@pytest.fixture(name="pii", scope="module")
def _pii() -> Filter:
    found = create("pii")
    found.load()
    return found


def scan(pii: Filter, text: str, least: float = 0.5) -> list[tuple[str, str]]:
    """Label and text of what was found."""
    part = Part(Stage.INPUT, "messages[0].content", text)
    found = [item for item in pii.scan(part, Exchange()) if isinstance(item, Finding)]
    return [(item.label, text[item.start : item.end]) for item in found if item.score >= least]


@pytest.mark.parametrize(
    ("text", "label", "value"),
    [
        ("身份证11010519491231002X号", "pii.cn_resident_id", "11010519491231002X"),
        ("110105 19491231 002x", "pii.cn_resident_id", "110105 19491231 002x"),
        ("港澳居民居住证810000199408230021", "pii.cn_resident_id", "810000199408230021"),
        ("我的旧身份证号是110105491231002", "pii.cn_resident_id", "110105491231002"),
        ("手机１３８００１３８０００吧", "pii.phone", "１３８００１３８０００"),
        ("加我138-0013-8000", "pii.phone", "138-0013-8000"),
        ("1 3 8 0 0 1 3 8 0 0 0", "pii.phone", "1 3 8 0 0 1 3 8 0 0 0"),
        ("1\u200b38\u200b00138000", "pii.phone", "1\u200b38\u200b00138000"),
        ("壹叁捌零零壹叁捌零零零", "pii.phone", "壹叁捌零零壹叁捌零零零"),
        ("138零零138零零零", "pii.phone", "138零零138零零零"),
        ("联系0086 13800138000", "pii.phone", "0086 13800138000"),
        ("物联网卡电话14412345678", "pii.phone", "14412345678"),
        ("客服400-800-8888", "pii.phone", "400-800-8888"),
        ("座机0571-87654321", "pii.phone", "0571-87654321"),
        ("ring +44 20 7946 0958", "pii.phone", "+44 20 7946 0958"),
        ("卡号6222 0202 0011 1111 114转账", "pii.bank_card", "6222 0202 0011 1111 114"),
        ("卡号4111111111111111请查收", "pii.bank_card", "4111111111111111"),
        ("税号91350100M000100Y43的公司", "pii.cn_uscc", "91350100M000100Y43"),
        ("回乡证H12345678", "pii.cn_travel_permit", "H12345678"),
        ("台胞证号码：12345678", "pii.cn_travel_permit", "12345678"),
        ("永久居留证FRA110099050112", "pii.cn_permanent_resident_id", "FRA110099050112"),
        ("护照号EA1234567", "pii.cn_passport", "EA1234567"),
        ("香港身份证A123456(3)", "pii.hk_identity_card", "A123456(3)"),
        ("身分證字號A123456789", "pii.tw_national_id", "A123456789"),
        ("粤BD12345", "pii.cn_plate", "粤BD12345"),
        ("沪A·12345", "pii.cn_plate", "沪A·12345"),
        ("QQ：123456789", "pii.qq", "123456789"),
        ("wx: lucky_cat", "pii.wechat", "lucky_cat"),
        ("社保卡号：A12345678", "pii.cn_social_insurance", "A12345678"),
        ("邮编：100022", "pii.cn_postal_code", "100022"),
        ("出生日期：1990年5月3日", "pii.birth_date", "1990年5月3日"),
        ("She was born on May 3, 1990", "pii.birth_date", "May 3, 1990"),
        (
            "收货地址：广东省深圳市南山区科技园路1号3栋502室",
            "pii.cn_address",
            "广东省深圳市南山区科技园路1号3栋502室",
        ),
        ("邮箱是abc@example.com请联系", "pii.email", "abc@example.com"),
        ("ａｂｃ＠ｅｘａｍｐｌｅ．ｃｏｍ", "pii.email", "ａｂｃ＠ｅｘａｍｐｌｅ．ｃｏｍ"),
        ("看https://example.com/a查看", "pii.url", "https://example.com/a"),
        ("地址2001:db8::8a2e:370:7334在", "pii.ip", "2001:db8::8a2e:370:7334"),
        ("我的SSN是536-22-8741。", "pii.us_ssn", "536-22-8741"),
        ("IBAN码GB82WEST12345698765432请核对", "pii.iban_code", "GB82WEST12345698765432"),
        # beside the number of an item, or a sentence that begins with a digit
        ("7. 310104197805120014", "pii.cn_resident_id", "310104197805120014"),
        ("12. 11010519491231002X", "pii.cn_resident_id", "11010519491231002X"),
        ("2. 5500 0055 5555 5559", "pii.bank_card", "5500 0055 5555 5559"),
        ("3. 15912345678 李", "pii.phone", "15912345678"),
        ("4. 0571-87654321", "pii.phone", "0571-87654321"),
        ("5) 400-800-8888", "pii.phone", "400-800-8888"),
        ("卡号5500005555555559. 2张", "pii.bank_card", "5500005555555559"),
        ("Ring 15912345678. 9 am is best", "pii.phone", "15912345678"),
        ("3楼 · 15912345678 · 2号", "pii.phone", "15912345678"),
        ("15912345678-18612345678", "pii.phone", "18612345678"),
        ("电话\n1.15912345678\n2.18612345678", "pii.phone", "15912345678"),
        ("1.310104197805120014", "pii.cn_resident_id", "310104197805120014"),
        ("③15912345678", "pii.phone", "15912345678"),
        ("⒉310104197805120014", "pii.cn_resident_id", "310104197805120014"),
        ("15912345678² is mine", "pii.phone", "15912345678"),
        # before a word that begins like a unit, and a unit behind what words announce
        ("15912345678 mbox is full", "pii.phone", "15912345678"),
        ("15912345678 Ms Li", "pii.phone", "15912345678"),
        ("15912345678元宵节前打", "pii.phone", "15912345678"),
        ("15912345678 万老师", "pii.phone", "15912345678"),
        ("310104197805120014个", "pii.cn_resident_id", "310104197805120014"),
        ("手机15912345678元", "pii.phone", "15912345678"),
        ("银行卡号¥5500005555555559", "pii.bank_card", "5500005555555559"),
        # with a country code and no sign
        ("加微信8615912345678", "pii.phone", "8615912345678"),
        ("008615912345678找我", "pii.phone", "008615912345678"),
        ("0086-159-1234-5678", "pii.phone", "0086-159-1234-5678"),
        ("86159 1234 5678", "pii.phone", "86159 1234 5678"),
        ("8 6 1 5 9 1 2 3 4 5 6 7 8", "pii.phone", "8 6 1 5 9 1 2 3 4 5 6 7 8"),
        # in small letters
        ("我的护照是ea1234567", "pii.cn_passport", "ea1234567"),
        ("travel permit c12345678", "pii.cn_travel_permit", "c12345678"),
        ("车牌号沪b·12345", "pii.cn_plate", "沪b·12345"),
        ("香港身份證z683365(a)", "pii.hk_identity_card", "z683365(a)"),
        ("national id b123456780", "pii.tw_national_id", "b123456780"),
        ("永居证usa110099050112", "pii.cn_permanent_resident_id", "usa110099050112"),
        # beside words for orders that do not name the number
        ("【顺丰】您的快递已由王师傅(13812345678)派送", "pii.phone", "13812345678"),
        ("订单收货人：李女士 13812345678", "pii.phone", "13812345678"),
        ("工号 8231 李华 15912345678", "pii.phone", "15912345678"),
        ("order 8831 for Ms Li, 15912345678", "pii.phone", "15912345678"),
        ("ticket 77: customer (415) 555-2671", "pii.phone", "(415) 555-2671"),
        ("invoice 2231 paid by 4111 1111 1111 1111", "pii.bank_card", "4111 1111 1111 1111"),
        ("快递放京A12345旁边", "pii.cn_plate", "京A12345"),
        # beside underscores
        ("李四_11010519491231002X.pdf", "pii.cn_resident_id", "11010519491231002X"),
        ("photo_110105194912310021_2.png 310104197805120014_b", "pii.cn_resident_id", "310104197805120014"),
        ("user_13812345678 logged in", "pii.phone", "13812345678"),
        ("__13812345678__", "pii.phone", "13812345678"),
        ("13812345678_张三.jpg", "pii.phone", "13812345678"),
        ("uid_4111111111111111", "pii.bank_card", "4111111111111111"),
        ("车_京A12345_1.jpg", "pii.cn_plate", "京A12345"),
        # behind the bracketed number of an item
        ("1)13812345678\n2)15912345678", "pii.phone", "15912345678"),
        ("（2）13812345678", "pii.phone", "13812345678"),
        ("联系：1)13812345678；2)15912345678", "pii.phone", "13812345678"),
        # with marks upon the digits
        (
            "1\ufe0f\u20e35\ufe0f\u20e39\ufe0f\u20e312345678",
            "pii.phone",
            "1\ufe0f\u20e35\ufe0f\u20e39\ufe0f\u20e312345678",
        ),
        # announced in brackets, JSON, tables, Markdown, or by `是：`
        ("【QQ】8929614", "pii.qq", "8929614"),
        ('{"qq": 8929614}', "pii.qq", "8929614"),
        ("QQ号码为：8929614", "pii.qq", "8929614"),
        ("| QQ | 8929614 |", "pii.qq", "8929614"),
        ("**QQ**：8929614", "pii.qq", "8929614"),
        ("QQ（8929614）", "pii.qq", "8929614"),
        ("<qq>8929614</qq>", "pii.qq", "8929614"),
        ('{"wechat":"drlox_11"}', "pii.wechat", "drlox_11"),
        ("我的微信是: drlox11", "pii.wechat", "drlox11"),
        ("| 微信 | iDJna-5822 |", "pii.wechat", "iDJna-5822"),
        ('{"微信": "zhangwei"}', "pii.wechat", "zhangwei"),
        ("【医保卡号】696372464185", "pii.cn_social_insurance", "696372464185"),
        ("医保卡号A07962881的资料", "pii.cn_social_insurance", "A07962881"),
        ("our wechat ID IsPpfwF_8.", "pii.wechat", "IsPpfwF_8"),
        ("社保号为：354326496", "pii.cn_social_insurance", "354326496"),
        ("台胞证号是：12345678", "pii.cn_travel_permit", "12345678"),
        ('{"台胞证": "12345678"}', "pii.cn_travel_permit", "12345678"),
        ("邮编是：100022", "pii.cn_postal_code", "100022"),
        ("【生日】1981年11月4日", "pii.birth_date", "1981年11月4日"),
        ("生日是：1981年11月4日", "pii.birth_date", "1981年11月4日"),
        ("生日：3月12日", "pii.birth_date", "3月12日"),
        ("生日是85年3月12日", "pii.birth_date", "85年3月12日"),
        # plates of new-energy vehicles
        ("京UM42391", "pii.cn_plate", "京UM42391"),
        ("沪AGC1234", "pii.cn_plate", "沪AGC1234"),
        ("永居证931276201208195272", "pii.cn_permanent_resident_id", "931276201208195272"),
        ("1\u03365\u03369\u033612345678", "pii.phone", "1\u03365\u03369\u033612345678"),
        ("❶❺❾❶❷❸❹❺❻❼❽", "pii.phone", "❶❺❾❶❷❸❹❺❻❼❽"),
    ],
)
def test_pii_finds(pii: Filter, text: str, label: str, value: str) -> None:
    assert (label, value) in scan(pii, text)


@pytest.mark.parametrize(
    "text",
    [
        "订单号13800138000",
        "时间20231105123045完成",
        "20位数字12345138001380004567结束",
        "圆周率0.13800138000",
        "共13800138000元",
        "1.38e10 and 6.02214076e23",
        "v2.10.3.4 已发布",
        "条形码6901234567892",
        "ISBN 9787302514615",
        "卡号4111111111111112",
        "税号91350100M000100Y44",
        "第一三八回，第一百二十章",
        "二〇二三年一一月〇五日",
        "2023-11-05 12:30:45.123456",
        "微信支付和微信小程序 developer 文档",
        "在2023年5月3日召开",
        "import numpy as np; x = np.zeros((1024, 768))",
        "UUID 123e4567-e89b-12d3-a456-426614174000",
        "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "It took 1234567890 steps",
        "抖音、快手和小红书",
        "std::vector<int>::iterator",
        "1.15912345678",
        "x = 3.15912345678",
        "mean\n0.5500005555555559\n7.4111111111111111",
        "共15912345678 个",
        "15912345678次",
        "15912345678 MB and 15912345678 kg",
        "电话费共15912345678元",
        "客服中心全年来电量15912345678次",
        "revenue per phone contact: $15912345678",
        "订单号8615912345678",
        "【订单号】15912345678",
        "订单编号已变更为15912345678",
        "快递单号：15912345678，请核对",
        '{"order_id": "15912345678", "trace_id": 15912345678}',
        "orderId=15912345678&serial_no=15912345678",
        "your tracking number is 15912345678",
        "型号京A12345",
        "img_0571876543 and x_0571876543_y",
        "v_E12345678 护照",
        "_138123456789_ 1234567_4111111111111112",
        "x2)13812345678 and 2.5)13812345678",
        "861591234567",
        "8611912345678",
        "15912345678-1234-5678",
        "1.2.3.4.15912345678",
        "commit e12345678",
        "新c123456 and see c1234567",
        "10¹² m² in 2023² of 1²3",
        "①②③ and ⒈2. 3.",
        "公积金：125000.00元",
        "QQ音乐播放8929614万次，QQ：8929614万",
        "社保：202311年缴费",
        "公司生日会在3月12日举行",
        "green card: 911840198106188828",
    ],
)
def test_pii_leaves_alone(pii: Filter, text: str) -> None:
    assert scan(pii, text) == []


RESIDENT = "我的身份证号是11010519491231002X"


def base64_of(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def percent(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


def html(text: str) -> str:
    return "".join(f"&#{ord(char)};" for char in text)


@pytest.mark.parametrize(
    ("text", "label", "value"),
    [
        (f"见{base64_of(RESIDENT)}。", "pii.cn_resident_id", base64_of(RESIDENT)),
        (f"hex {RESIDENT.encode().hex()} ok", "pii.cn_resident_id", RESIDENT.encode().hex()),
        (f"?q={percent(RESIDENT)}&x=1", "pii.cn_resident_id", percent(RESIDENT)),
        (f"?to={base64_of(RESIDENT)}&x=1", "pii.cn_resident_id", base64_of(RESIDENT)),
        (f"手机{html('13800138000')}", "pii.phone", html("13800138000")),
        ("手机1&#51;800138000", "pii.phone", "1&#51;800138000"),
        ("%E6%89%8B%E6%9C%BA%3A13800138000", "pii.phone", "13800138000"),
        ("mail a&#64;example.com", "pii.email", "a&#64;example.com"),
        ("?to=1,jo%40example.com&x=1", "pii.email", "jo%40example.com"),
        (base64_of(base64_of(RESIDENT)), "pii.cn_resident_id", base64_of(base64_of(RESIDENT))),
    ],
)
def test_pii_reads_what_is_encoded(pii: Filter, text: str, label: str, value: str) -> None:
    assert scan(pii, text) == [(label, value)]


def test_pii_finds_every_kind_that_one_run_of_code_holds(pii: Filter) -> None:
    run = base64_of("11010519491231002X, 4111111111111111, jo@example.com")

    assert {("pii.cn_resident_id", run), ("pii.bank_card", run), ("pii.email", run)} <= set(scan(pii, run))


@pytest.mark.parametrize(
    "text",
    [
        "?comment_id=Y29tbWVudDoyNDY4MjEyOTM2NjI5ODIwXzI0NjgyMTQ5MTMyOTYyODk%3D",
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
        "涨幅3.5%20231105123045完成",
        "Fish &amp; chips&nbsp;&lt;p&gt; 50%25",
        "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==",
        base64_of("订单号20231105123045已发货，条形码6901234567892"),
    ],
)
def test_pii_leaves_codes_alone_that_hold_none(pii: Filter, text: str) -> None:
    assert scan(pii, text) == []


def test_pii_looks_only_for_the_entities_asked() -> None:
    phones = create("pii", {"entities": ["pii.phone"]})
    phones.load()

    assert scan(phones, "13800138000 abc@example.com") == [("pii.phone", "13800138000")]


@pytest.mark.parametrize(
    ("regions", "found"),
    [
        (["US"], {"(212) 736-5000", "+1 212 736 5001"}),
        (["ca"], {"(212) 736-5000", "+1 212 736 5001"}),
        (["de"], {"030 901820", "+1 212 736 5001"}),
        (["CN"], {"+1 212 736 5001"}),
        ([], {"+1 212 736 5001"}),
    ],
)
def test_pii_knows_phones_of_the_regions_and_those_with_a_plus(regions: list[str], found: set[str]) -> None:
    pii = create("pii", {"regions": regions, "entities": ["pii.phone"]})
    texts = ("(212) 736-5000", "+1 212 736 5001", "Rathaus 030 901820", "15912345678")

    assert {value for text in texts for _, value in scan(pii, text)} == {*found, "15912345678"}


def test_pii_names_only_the_labels_asked() -> None:
    assert Pii(entities=["pii.email"]).label_names() == ("pii.email",)
    assert "pii.person" in Pii(entities=["pii.email"], names=True).label_names()
    assert "pii.phone" not in Pii(entities=["pii.email"], names=True).label_names()
    assert "pii.phone" in Pii().label_names()


class Ann:
    """Finds one name, and says of what kind the text was."""

    languages = ("en",)
    kinds: ClassVar[list[str]] = []

    def spans(self, text: str, kind: str = "input") -> list[Span]:
        self.kinds.append(kind)
        start = text.find("Ann")
        return [Span(start, start + 3, "pii.person", 0.9)] if start >= 0 else []


def test_pii_takes_names_from_the_finder_it_is_given() -> None:
    pii = Pii(names=True)
    pii.load(Ann())
    Ann.kinds.clear()

    assert scan(pii, "Ann: 13800138000") == [("pii.person", "Ann"), ("pii.phone", "13800138000")]
    list(pii.scan(Part(Stage.OUTPUT, "p", "Ann"), Exchange()))
    list(pii.scan(Part(Stage.TOOL_RESULT, "p", "Ann"), Exchange()))
    assert Ann.kinds == ["input", "output", "document"]


@pytest.mark.parametrize("options", [{}, {"backend": "classical"}])
def test_pii_finds_names_with_either_model(options: dict[str, str]) -> None:
    pii = create("pii", {"names": True, **options})

    assert ("pii.person", "王小明") in scan(pii, "您好，我叫王小明，想咨询一下。")


def test_pii_says_where_names_are_not_covered(pii: Filter) -> None:
    thai = Part(Stage.INPUT, "p", "ฉันชื่อสมชายและอาศัยอยู่ในกรุงเทพมหานครกับครอบครัวของฉัน")
    named = Pii(entities=["pii.person"])
    named.load(Ann())

    (unjudged,) = named.scan(thai, Exchange())
    assert isinstance(unjudged, Unjudged)
    assert (unjudged.language, unjudged.reason) == (
        "th",
        "names in language 'th' are not covered by the model",
    )
    assert list(pii.scan(thai, Exchange())) == [], "numbers are found in any language"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"entities": ["pii.fone"]}, "no label 'pii.fone'; did you mean 'pii.phone'?"),
        ({"countries": ["us", "xx"]}, "no country 'xx'; one of: au, ca, de"),
        ({"regions": ["CN", "UK"]}, "no region 'UK'; did you mean 'GB'?"),
        ({"regions": ["France"]}, "no region 'France'; give two letters (ISO 3166), such as 'GB'"),
    ],
)
def test_pii_refuses_unknown_names(options: dict[str, list[str]], message: str) -> None:
    with pytest.raises(OptionError) as raised:
        create("pii", options)

    assert str(raised.value).startswith(message)


@settings(max_examples=60, deadline=None)
@given(st.text(st.sampled_from("0139一三八X x-.@+(:汉/\u200b\ud800\x00aZ号#😀"), max_size=120))
def test_pii_takes_any_text(pii: Filter, text: str) -> None:
    part = Part(Stage.INPUT, "p", text)

    assert all(
        isinstance(found, Finding) and 0 <= found.start < found.end <= len(text) and 0 <= found.score <= 1
        for found in pii.scan(part, Exchange())
    )
