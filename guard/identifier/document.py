"""Identifiers with letters or announced by words: permits, passports, plates, codes, accounts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from guard.deadline import watched
from guard.identifier import checksum
from guard.identifier.china import IDENTITY_CONTEXT
from guard.identifier.match import BESIDE, SERIAL, Context, Match, is_free

_ANY_CASE = re.IGNORECASE | re.ASCII
_LINK = (
    rf"{BESIDE}(?:_?(?:号码?|账号|帐号|账户|賬號|帳號|(?:id|number|num|no)(?![a-z])\.?))?{BESIDE}"
    rf"(?:是|为|為|叫|is(?![a-z]))?{BESIDE}"
    rf"[:=\-]?{BESIDE}"
)
"""What may stand between a word that announces a value and the value: `【QQ】`, `号是：`, `_id": "`."""
_NOT_AMOUNT = r"(?![.,]?[0-9]| ?[万亿元块%年])"
_CHECKED = 0.9
"""The score from which on a check leaves no doubt."""


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """A kind of identifier found by its form.

    `score` holds without context, `known` with it; a kind with `check` is found only when the check
    passes on the value in capitals. `doubt` is what remains of a score when words name the value as that of
    an order or a version, or when small letters stand for capitals, but for a kind that is `caseless`. The
    pattern's group `value`, when it has one, is what is found.
    """

    label: str
    pattern: re.Pattern[str]
    reason: str
    score: float
    known: float
    context: Context | None = None
    check: Callable[[str], bool] | None = None
    doubt: float = 0.4
    caseless: bool = False


def _is_chosen_name(name: str) -> bool:
    return any(char.isdigit() or char in "_-" for char in name)


def _is_credit_code(code: str) -> bool:
    return checksum.is_uscc(code) and not checksum.is_built_as_permanent_resident_id(code)


def _is_bracketed_id(number: str) -> bool:
    return checksum.is_hong_kong_id(re.sub(r"[^0-9A-Z]", "", number))


_PASSPORT_CONTEXT = Context("护照,護照,passport,passport no,passport number,签证,visa")
_PERMIT_CONTEXT = Context(
    "通行证,通行證,回乡证,回鄉證,台胞证,台胞證,港澳居民,台湾居民,港澳证,往来内地,来往内地,来往大陆,往来港澳,往来台湾,"
    "travel permit,home return permit,mainland travel permit,permit"
)
_PROVINCE_SIGNS = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"

KINDS = (
    DocumentKind(
        "pii.cn_uscc",
        re.compile(
            r"(?<![0-9A-Za-z])(?<![A-Za-z]{2}[0-9]{2}[ \-])"
            r"[1-9A-HJ-NP-RTUWXY][0-9A-HJ-NP-RTUWXY](?:[ \-\u200b]?[0-9]){6}"
            r"(?:[ \-\u200b]?[0-9A-HJ-NP-RTUWXY]){10}(?![0-9A-Za-z])",
            re.IGNORECASE,
        ),
        "18 characters with a valid division and check (GB 32100)",
        0.95,
        0.99,
        Context("信用代码,统一社会,纳税人,税号,营业执照,企业,公司,uscc,social credit,tax number,taxpayer"),
        _is_credit_code,
        caseless=True,
    ),
    DocumentKind(
        "pii.cn_permanent_resident_id",
        re.compile(r"[A-Z]{3}[0-9]{12}", _ANY_CASE),
        "three letters and twelve digits, the form of 2017",
        0.3,
        0.95,
        Context("永久居留,永居,居留证,外国人,permanent resident,permanent residence,green card"),
        lambda value: checksum.is_date(("19" if value[7:9] > "30" else "20") + value[7:13]),
    ),
    DocumentKind(
        "pii.cn_travel_permit",
        re.compile(r"[HM](?:[0-9]{10}|[0-9]{8})", _ANY_CASE),
        "the form of a travel permit of Hong Kong and Macau residents",
        0.3,
        0.95,
        _PERMIT_CONTEXT,
    ),
    DocumentKind(
        "pii.cn_travel_permit",
        re.compile(r"[CWLT][A-Z]?[0-9]{7,8}", _ANY_CASE),
        "the form of an exit-entry permit for Hong Kong, Macau or Taiwan",
        0.1,
        0.9,
        _PERMIT_CONTEXT,
    ),
    DocumentKind(
        "pii.cn_travel_permit",
        re.compile(
            r"(?:[台臺]胞[证證]|台湾居民(?:来往|往来)大陆通行证|[台臺]灣居民來往大陸通行證)"
            + _LINK
            + r"(?P<value>[0-9]{10}|[0-9]{8})",
            re.IGNORECASE,
        ),
        "eight or ten digits announced as a Taiwan residents' permit",
        0.92,
        0.92,
    ),
    DocumentKind(
        "pii.cn_passport",
        re.compile(
            r"E[0-9A-HJ-NP-Z][0-9]{7}|(?:G|S)[0-9]{8}|(?:14|15)[0-9]{7}|[PSD]E?[0-9]{7}|K[0-9]{8}|MA[0-9]{7}|H[0-9]{8}",
            _ANY_CASE,
        ),
        "the form of a passport of China, Hong Kong or Macau",
        0.3,
        0.95,
        _PASSPORT_CONTEXT,
    ),
    DocumentKind(
        "pii.hk_identity_card",
        re.compile(r"[A-Z]{1,2}[0-9]{6} ?\([0-9A]\)", _ANY_CASE),
        "the form of a Hong Kong identity card with a valid check digit",
        0.9,
        0.98,
        IDENTITY_CONTEXT,
        _is_bracketed_id,
    ),
    DocumentKind(
        "pii.tw_national_id",
        re.compile(r"[A-Z][1289ABCD][0-9]{8}", _ANY_CASE),
        "the form of a Taiwan national identity number with a valid check digit",
        0.45,
        0.95,
        Context("身分證,身份證,身份证,統一編號,身分证,台湾,臺灣,居留證,national id,taiwan,id"),
        lambda value: value[1].isdigit() and checksum.is_taiwan_id(value),
    ),
    DocumentKind(
        "pii.cn_plate",
        re.compile(
            rf"[{_PROVINCE_SIGNS}使][A-HJ-NP-Z][ ·\-]?"
            r"(?:[A-HJKM][A-HJ-NP-Z0-9][0-9]{4}|[0-9]{5}[A-HJKM]|[A-HJ-NP-Z0-9]{4}[A-HJ-NP-Z0-9挂学警港澳领])",
            _ANY_CASE,
        ),
        "the form of a Chinese licence plate",
        0.85,
        0.97,
        Context("车牌,车号,牌照,号牌,车辆,汽车,轿车,违章,停车,plate,license plate,car,vehicle"),
    ),
    DocumentKind(
        "pii.wechat",
        re.compile(
            r"(?:微信号?|薇信|威信|[vV]信|加[vV]|(?<![A-Za-z])(?:wechat|weixin|vx|wx))"
            + _LINK
            + r"(?P<value>[A-Za-z][A-Za-z0-9_\-]{5,19})",
            re.IGNORECASE,
        ),
        "a name announced as a WeChat account",
        0.9,
        0.9,
        check=_is_chosen_name,
    ),
    DocumentKind(
        "pii.wechat",
        re.compile(
            rf"(?:微信号|微信 ?id|wechat[ _]?id|(?:微信|wechat|weixin|vx){BESIDE}(?:号?是|号?为|(?=:)))"
            rf"{BESIDE}:?{BESIDE}(?P<value>[A-Za-z]{{6,20}})(?![0-9_\-])",
            re.IGNORECASE,
        ),
        "letters announced as a WeChat account",
        0.8,
        0.8,
    ),
    DocumentKind(
        "pii.qq",
        re.compile(
            r"(?:(?<![A-Za-z])qq|扣扣|企鹅)(?:群|群号|邮箱)?"
            + _LINK
            + r"(?P<value>[1-9][0-9]{4,10})"
            + _NOT_AMOUNT,
            re.IGNORECASE,
        ),
        "digits announced as a QQ account",
        0.9,
        0.9,
    ),
    DocumentKind(
        "pii.cn_social_insurance",
        re.compile(
            r"(?:社保卡?|社会保障|社会保险|医保卡?|医疗保险|公积金|社會保障|社會保險|醫療保險)(?:卡|证|个人)?(?:编号|账户|登记)?"
            + _LINK
            + r"(?P<value>[A-Z]{0,3}[0-9]{6,20}X?)"
            + _NOT_AMOUNT,
            re.IGNORECASE,
        ),
        "a number announced as one of social or medical insurance",
        0.9,
        0.9,
    ),
    DocumentKind(
        "pii.cn_postal_code",
        re.compile(r"(?:邮编|邮政编码|邮码|郵遞區號|郵編)" + _LINK + r"(?P<value>[0-8][0-9]{5})"),
        "six digits announced as a postal code",
        0.9,
        0.9,
    ),
)


def find_documents(text: str) -> Iterator[Match]:
    """Identifiers of all kinds above in a folded text."""
    for kind in watched(KINDS):
        group = "value" if "value" in kind.pattern.groupindex else 0
        for found in watched(kind.pattern.finditer(text)):
            if match := _judge(kind, text, *found.span(group)):
                yield match


def _judge(kind: DocumentKind, text: str, start: int, end: int) -> Match | None:
    value = re.sub(r"[ \-\u200b]", "", text[start:end])
    capitals = value.upper()
    if kind.check and not kind.check(capitals):
        return None
    checked = kind.check is not None and kind.score >= _CHECKED
    if not is_free(text, start, end, checked=checked):
        return None
    score, reason = kind.score, kind.reason
    if kind.context and kind.context.near(text, start, end):
        score, reason = kind.known, f"{reason}, named nearby"
    elif kind.context and (SERIAL.announces(text, start) or not (kind.caseless or value == capitals)):
        score *= kind.doubt
    return Match(kind.label, start, end, round(score, 3), reason)
