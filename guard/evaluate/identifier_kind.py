"""What the generated set of identifiers holds: the kinds, and what looks like them and is none."""

from __future__ import annotations

import random
import string
from collections.abc import Callable
from dataclasses import dataclass

from guard.evaluate.identifier_value import (
    EVASIVE,
    address,
    as_fullwidth,
    birth_date,
    card,
    code,
    data_mobile,
    date,
    digits,
    email,
    exit_permit,
    green_plate,
    grouped,
    hong_kong_id,
    iban,
    insurance,
    ip,
    island_permit,
    landline,
    lettered,
    mobile,
    old_permanent_resident,
    old_resident,
    passport,
    permanent_resident,
    plate,
    postal_code,
    qq,
    resident,
    service,
    spoken_resident,
    ssn,
    taiwan_id,
    taiwan_permit,
    uscc,
    wechat,
)
from guard.identifier import checksum


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of identifier: how a value is made, how else it is written, what announces it."""

    name: str
    label: str
    make: Callable[[random.Random], str]
    zh: tuple[str, ...]
    en: tuple[str, ...]
    forms: tuple[Callable[[str, random.Random], str], ...] = ()
    checked: bool = False
    bare: bool = True
    """Whether the value is to be found without a word that announces it."""


def _announced(name: str, label: str, make: Callable[[random.Random], str], zh: str, en: str) -> Kind:
    """A kind that only the words before it tell from other values."""
    return Kind(name, label, make, tuple(zh.split(",")), tuple(en.split(",")), bare=False)


KINDS = (
    Kind(
        "resident id",
        "pii.cn_resident_id",
        resident,
        ("身份证号", "证件号码"),
        ("ID number", "resident ID"),
        (grouped(6, 8), grouped(6, 4, 4), *EVASIVE[:1], *EVASIVE[3:]),
        checked=True,
    ),
    Kind(
        "resident id, spoken",
        "pii.cn_resident_id",
        spoken_resident,
        ("身份证",),
        ("ID",),
        checked=True,
    ),
    Kind(
        "credit code",
        "pii.cn_uscc",
        uscc,
        ("统一社会信用代码", "税号"),
        ("USCC", "credit code"),
        (as_fullwidth,),
        checked=True,
    ),
    Kind(
        "bank card",
        "pii.bank_card",
        card,
        ("卡号", "银行卡"),
        ("card", "card number"),
        (grouped(4, 4, 4, 4), as_fullwidth),
        checked=True,
    ),
    Kind(
        "iban",
        "pii.iban_code",
        iban,
        ("账户", "汇到"),
        ("IBAN", "account"),
        (grouped(4, 4, 4, 4, 4),),
        checked=True,
    ),
    Kind(
        "mobile",
        "pii.phone",
        mobile,
        ("手机", "电话", "联系我"),
        ("mobile", "call me at"),
        (grouped(3, 4), *EVASIVE),
    ),
    Kind(
        "resident id, letters",
        "pii.cn_resident_id",
        lettered(resident),
        ("身份证号", "证件号码"),
        ("ID number", "resident ID"),
        checked=True,
    ),
    Kind(
        "bank card, letters",
        "pii.bank_card",
        lettered(card),
        ("卡号", "银行卡"),
        ("card", "card number"),
        (grouped(4, 4, 4, 4),),
        checked=True,
        bare=False,
    ),
    Kind(
        "mobile, letters",
        "pii.phone",
        lettered(mobile),
        ("手机", "电话", "联系我"),
        ("mobile", "call me at"),
        (grouped(3, 4),),
        bare=False,
    ),
    Kind("e-mail", "pii.email", email, ("邮箱", "发到"), ("mail", "write to"), (as_fullwidth,)),
    Kind("ip", "pii.ip", ip, ("IP", "服务器地址"), ("IP", "host"), (as_fullwidth,)),
    Kind("plate", "pii.cn_plate", plate, ("车牌", "车号"), ("plate", "car")),
    Kind("plate, new energy", "pii.cn_plate", green_plate, ("车牌", "新能源车牌号"), ("plate", "car")),
    _announced(
        "resident id, 15 digits", "pii.cn_resident_id", old_resident, "身份证号,旧身份证", "ID number"
    ),
    Kind(
        "permanent resident id",
        "pii.cn_permanent_resident_id",
        permanent_resident,
        ("永居证", "外国人永久居留身份证号"),
        ("permanent resident ID", "green card"),
        (as_fullwidth,),
        checked=True,
    ),
    _announced(
        "permanent resident id, 2017",
        "pii.cn_permanent_resident_id",
        old_permanent_resident,
        "永居证号,外国人永久居留证",
        "permanent resident,green card",
    ),
    _announced(
        "permit, Hong Kong, Macau",
        "pii.cn_travel_permit",
        island_permit,
        "回乡证,港澳居民来往内地通行证号",
        "home return permit,travel permit",
    ),
    _announced(
        "permit, Taiwan",
        "pii.cn_travel_permit",
        taiwan_permit,
        "台胞证,台湾居民来往大陆通行证号码",
        "台胞证,台胞证 no.",
    ),
    _announced(
        "permit, mainland", "pii.cn_travel_permit", exit_permit, "港澳通行证,往来台湾通行证", "travel permit"
    ),
    _announced("passport", "pii.cn_passport", passport, "护照,护照号码", "passport,passport number"),
    Kind(
        "Hong Kong id",
        "pii.hk_identity_card",
        hong_kong_id,
        ("香港身份证", "香港身份證號碼"),
        ("HKID", "identity card"),
        checked=True,
    ),
    Kind(
        "Taiwan id",
        "pii.tw_national_id",
        taiwan_id,
        ("身分證字號", "台湾身份证"),
        ("national ID", "Taiwan ID"),
        checked=True,
        bare=False,
    ),
    _announced("mobile, data", "pii.phone", data_mobile, "手机,物联网卡电话", "mobile,phone"),
    Kind("landline", "pii.phone", landline, ("座机", "办公电话"), ("landline", "phone")),
    Kind("service line", "pii.phone", service, ("客服", "热线"), ("hotline", "call")),
    _announced("wechat", "pii.wechat", wechat, "微信,微信号,加我微信,V信", "WeChat,wechat ID,vx"),
    _announced("qq", "pii.qq", qq, "QQ,QQ号,扣扣,QQ群", "QQ,QQ number"),
    _announced(
        "insurance", "pii.cn_social_insurance", insurance, "社保号,医保卡号,社会保障卡号,公积金账号", "社保号"
    ),
    _announced("postal code", "pii.cn_postal_code", postal_code, "邮编,邮政编码", "邮编"),
    _announced(
        "birth date", "pii.birth_date", birth_date, "生日,出生日期,出生年月日", "date of birth,birthday,DOB"
    ),
    _announced("address", "pii.cn_address", address, "地址,收货地址,家住", "address,地址"),
    Kind("us ssn", "pii.us_ssn", ssn, ("社会安全号", "SSN"), ("SSN", "social security number"), bare=False),
)
"""What the set holds."""


def _wrong(value: str, is_valid: Callable[[str], bool], rng: random.Random) -> str:
    place = len(value) - 1
    wrong = value
    while is_valid(wrong) or wrong == value:
        wrong = value[:place] + rng.choice(string.digits)
    return wrong


def _wrong_hong_kong_id(rng: random.Random) -> str:
    value = hong_kong_id(rng)
    return value[:-2] + rng.choice([check for check in string.digits if check != value[-2]]) + ")"


LOOKALIKES: tuple[tuple[str, Callable[[random.Random], str], tuple[str, ...], tuple[str, ...]], ...] = (
    (
        "order number",
        lambda r: f"20{digits(r, 2)}{r.randint(1, 12):02}{r.randint(1, 28):02}{digits(r, r.randint(6, 12))}",
        ("订单号", "流水号"),
        ("order", "invoice"),
    ),
    ("order number, 11 digits", mobile, ("订单号", "运单号", "单号"), ("order number", "tracking number")),
    ("timestamp", lambda r: str(r.randint(1_500_000_000, 1_800_000_000)), ("时间戳",), ("timestamp",)),
    (
        "timestamp, ms",
        lambda r: str(r.randint(1_500_000_000_000, 1_800_000_000_000)),
        ("时间", ""),
        ("at", "ts"),
    ),
    ("date and time", lambda r: f"{date(r)}{r.randint(10, 23)}{digits(r, 4)}", ("时间", ""), ("at", "log")),
    (
        "version",
        lambda r: ".".join(str(r.randint(0, 19)) for _ in range(4)),
        ("版本", "升级到"),
        ("version", "release"),
    ),
    ("price", lambda r: f"{mobile(r)}元", ("价格", "一共"), ("price", "total")),
    (
        "decimal",
        lambda r: f"{r.randint(0, 9)}.{digits(r, r.randint(11, 18))}",
        ("结果是", "约"),
        ("about", "is"),
    ),
    (
        "resident id, failed",
        lambda r: _wrong(resident(r), checksum.is_resident_id, r),
        ("身份证号",),
        ("ID number",),
    ),
    ("credit code, failed", lambda r: _wrong(uscc(r), checksum.is_uscc, r), ("税号",), ("USCC",)),
    ("bank card, failed", lambda r: _wrong(card(r), checksum.is_luhn, r), ("卡号",), ("card",)),
    (
        "resident id with letters, failed",
        lambda r: lettered(lambda rng: _wrong(resident(rng), checksum.is_resident_id, rng))(r),
        ("身份证号",),
        ("ID number",),
    ),
    (
        "bank card with letters, failed",
        lambda r: lettered(lambda rng: _wrong(card(rng), checksum.is_luhn, rng))(r),
        ("卡号",),
        ("card",),
    ),
    ("code with letters", code, ("序列号", "型号", ""), ("serial", "part number", "code")),
    ("long digits", lambda r: digits(r, r.randint(20, 40)), ("编号", "数字"), ("digits", "number")),
    (
        "isbn",
        lambda r: f"978-7-{digits(r, 3)}-{digits(r, 5)}-{digits(r, 1)}",
        ("书号", "ISBN"),
        ("ISBN", "book"),
    ),
    ("bar code", lambda r: "69" + digits(r, 11), ("条形码", "商品"), ("bar code", "EAN")),
    ("hash", lambda r: "".join(r.choices("0123456789abcdef", k=40)), ("提交", "哈希"), ("commit", "hash")),
    (
        "small numbers",
        lambda r: " ".join(digits(r, r.randint(1, 3)) for _ in range(6)),
        ("数据", ""),
        ("data", "rows"),
    ),
    (
        "scientific",
        lambda r: f"{r.randint(1, 9)}.{digits(r, 8)}e{r.randint(5, 30)}",
        ("数值", ""),
        ("value", "x ="),
    ),
    (
        "date",
        lambda r: f"{r.randint(1990, 2030)}-{r.randint(1, 12):02}-{r.randint(1, 28):02}",
        ("日期", ""),
        ("on", "date"),
    ),
    (
        "permanent resident id, failed",
        lambda r: _wrong(permanent_resident(r), checksum.is_permanent_resident_id, r),
        ("永居证",),
        ("green card",),
    ),
    ("Hong Kong id, failed", _wrong_hong_kong_id, ("香港身份证",), ("HKID",)),
    (
        "Taiwan id, failed",
        lambda r: _wrong(taiwan_id(r), checksum.is_taiwan_id, r),
        ("身分證",),
        ("national ID",),
    ),
    (
        "resident id, 15 digits, no date",
        lambda r: f"{digits(r, 8)}{r.randint(13, 99)}{digits(r, 5)}",
        ("身份证",),
        ("ID",),
    ),
    ("part number like a passport", passport, ("型号", "批次"), ("part number", "batch")),
    ("part number like a permit", exit_permit, ("型号", "货号"), ("part number", "model")),
    ("plate with I or O", lambda r: "京" + r.choice("IO") + digits(r, 5), ("车牌",), ("plate",)),
    ("eight digits", lambda r: digits(r, 8), ("合同号", "提货码"), ("contract", "pick-up code")),
    ("QQ, in plays", lambda r: f"{qq(r)}万", ("QQ音乐播放量", "QQ"), ("QQ plays", "QQ")),
    ("WeChat, in words", lambda r: r.choice(["支付", "小程序", "公众号", "朋友圈"]), ("微信",), ("微信",)),
    (
        "insurance, in money",
        lambda r: f"{r.randint(1000, 90000)}.{digits(r, 2)}元",
        ("社保", "公积金"),
        ("社保",),
    ),
    ("six digits", lambda r: digits(r, 6), ("验证码", "房号"), ("code", "PIN")),
    (
        "date of another thing",
        lambda r: f"{r.randint(1990, 2030)}年{r.randint(1, 12)}月{r.randint(1, 28)}日",
        ("生产日期", "有效期至"),
        ("expiry date", "date of issue"),
    ),
    (
        "road without a number",
        lambda r: r.choice(["人民路", "长安街", "中关村大街"]),
        ("走", "在"),
        ("on", "at"),
    ),
)
"""Name, maker and announcing words of what must not be found."""
