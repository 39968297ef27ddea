"""Numbers of the People's Republic of China made of digits: identity, mobile, landline, service lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from guard.deadline import sweep
from guard.identifier import checksum
from guard.identifier.match import Context, Match, is_free
from guard.identifier.number import CARD, Digits, NumberKind, find_numbers

IDENTITY_CONTEXT = Context(
    "身份证,身份号码,公民身份,证号,证件,居住证,驾驶证,驾照,永居,永久居留,实名,"
    "身份證,身分證,證號,證件,居住證,駕駛證,駕照,實名,sfz,id card,"
    "identity card,id number,id no,id,identity,national id,resident id,citizen id,residence permit"
)
PHONE_CONTEXT = Context(
    "手机,电话,联系方式,联系人,联系我,致电,拨打,来电,热线,座机,传真,短信,打给,加我,微信,客服,"
    "手機,電話,聯繫,聯絡,致電,撥打,來電,熱線,座機,傳真,簡訊,打給,"
    "phone,mobile,cell,cellphone,tel,telephone,call,whatsapp,contact,fax,hotline,sms,dial"
)

_MOBILE = re.compile(r"1(?:610\d|740[0-5]|[38]\d\d|4[57]\d|[59][0-35-9]\d|6[25-7]\d|7[0-35-8]\d)")
_MOBILE_DATA = re.compile(r"14[4689]")
_MOBILE_SHAPES = frozenset(
    {(11,), (3, 4, 4), (3, 8), (7, 4), (4, 7), (3, 3, 5), (4, 3, 4), (5, 6), (6, 5), (3, 5, 3), (4, 4, 3)}
)
_LANDLINE = re.compile(r"(010|02[0-57-9])[2-8]\d{7}|0[3-9]\d\d[2-8]\d{6,7}")
_SERVICE = re.compile(r"[48]00[1-9]\d{6}")
_SERVICE_SHAPES = frozenset({(3, 3, 4), (3, 4, 3), (4, 3, 3), (3, 7)})
_COUNTRY = re.compile(r"(?:\+|(?<!\d)00|(?<![\d.]))86[ \-)]{0,2}\Z")


def is_mobile(digits: Digits) -> float:
    """How likely 11 digits are a mobile number: an allotted range and a usual grouping.

    Ranges 144, 146, 148 and 149, which carry data cards and things, count for less.
    """
    if len(set(digits.value)) < 3:
        return 0.0
    usual = digits.shape in _MOBILE_SHAPES and digits.is_regular
    if not (usual or digits.is_plain or digits.is_spelled_out):
        return 0.0
    if _MOBILE.match(digits.value):
        return 0.9
    return 0.4 if _MOBILE_DATA.match(digits.value) else 0.0


def _is_mobile_with_code(digits: Digits) -> float:
    """How likely digits are a mobile number behind 86 or 0086; one behind a `+` is left to `phone`."""
    code = "0086" if digits.value.startswith("00") else "86"
    size = len(code)
    if not digits.value.startswith(code) or digits.text[digits.start - 1 : digits.start] == "+":
        return 0.0
    first, *others = digits.shape
    apart = size if digits.is_spelled_out else int(first == size)
    shape = digits.shape[apart:] if apart else (first - size, *others)
    rest = replace(digits, value=digits.value[size:], shape=shape, gaps=digits.gaps[apart:])
    return min(is_mobile(rest), 0.85) if len(rest.value) == 11 else 0.0


def _is_landline(digits: Digits) -> float:
    found = _LANDLINE.fullmatch(digits.value)
    if not found:
        return 0.0
    area = 3 if found.group(1) else 4
    if digits.is_plain:
        return 0.5
    local = digits.shape[1:]
    usual = digits.shape[0] == area and (len(local) == 1 or local in ((4, 4), (3, 4)))
    return 0.9 if usual else 0.0


def _is_service(digits: Digits) -> float:
    if not _SERVICE.fullmatch(digits.value):
        return 0.0
    return 0.75 if digits.shape in _SERVICE_SHAPES else 0.35


def _is_resident(digits: Digits) -> float:
    """18 digits without X; with X, see `find_resident_with_x`."""
    if not digits.is_regular or not checksum.is_resident_id(digits.value):
        return 0.0
    return 0.99


def _is_old_resident(digits: Digits) -> float:
    value = digits.value
    dated = digits.is_regular and value[:2] in checksum.PROVINCES and checksum.is_date("19" + value[6:12])
    return 0.35 if dated else 0.0


def _is_permanent_resident(digits: Digits) -> float:
    return 0.97 if digits.is_regular and checksum.is_permanent_resident_id(digits.value) else 0.0


KINDS = (
    NumberKind(
        "pii.cn_resident_id",
        frozenset({18}),
        _is_resident,
        IDENTITY_CONTEXT,
        0.995,
        "18 digits with a valid division, birth date and check digit (GB 11643)",
        doubt=0.9,
    ),
    NumberKind(
        "pii.cn_resident_id",
        frozenset({15}),
        _is_old_resident,
        IDENTITY_CONTEXT,
        0.9,
        "15 digits with a valid division and birth date, the form before 1999",
    ),
    NumberKind(
        "pii.cn_permanent_resident_id",
        frozenset({18}),
        _is_permanent_resident,
        IDENTITY_CONTEXT,
        0.99,
        "18 digits beginning with 9, with a valid birth date and check digit",
    ),
    NumberKind(
        "pii.phone",
        frozenset({11}),
        is_mobile,
        PHONE_CONTEXT,
        0.98,
        "11 digits in a range of Chinese mobile numbers",
    ),
    NumberKind(
        "pii.phone",
        frozenset({13, 15}),
        _is_mobile_with_code,
        PHONE_CONTEXT,
        0.98,
        "11 digits in a range of Chinese mobile numbers, with country code",
    ),
    NumberKind(
        "pii.phone",
        frozenset({10, 11, 12}),
        _is_landline,
        PHONE_CONTEXT,
        0.95,
        "a Chinese area code and a local number",
    ),
    NumberKind(
        "pii.phone", frozenset({10}), _is_service, PHONE_CONTEXT, 0.85, "a Chinese service number, 400 or 800"
    ),
    CARD,
)


def find_digits(text: str) -> Iterator[Match]:
    """Numbers of digits only in a folded text; a mobile number is given with its country code."""
    for match in find_numbers(text, KINDS):
        code = _COUNTRY.search(text, max(0, match.start - 8), match.start)
        if match.label == "pii.phone" and code:
            score = max(match.score, 0.97)
            yield Match(match.label, code.start(), match.end, score, f"{match.reason}, with country code")
        else:
            yield match


_WITH_X = re.compile(r"[1-9](?:[ \-·.\u200b]{0,2}[0-9]){16}[ \-·.\u200b]{0,2}[Xx]")
_COMPACT = re.compile(r"[^0-9A-Za-z]")


def find_with_x(text: str) -> Iterator[Match]:
    """Identity numbers whose check character is X, in a folded text."""
    for found in sweep(_WITH_X, text, longest=100):
        value = _COMPACT.sub("", found.group()).upper()
        if not is_free(text, found.start(), found.end(), checked=True):
            continue
        for label, check in (
            ("pii.cn_resident_id", checksum.is_resident_id),
            ("pii.cn_permanent_resident_id", checksum.is_permanent_resident_id),
        ):
            if check(value):
                reason = "17 digits and X with a valid division, birth date and check (GB 11643)"
                yield Match(label, found.start(), found.end(), 0.99, reason)
