"""Chinese postal addresses and dates of birth."""

from __future__ import annotations

import re
from collections.abc import Iterator

from guard.deadline import sweep
from guard.identifier.match import BESIDE, Context, Match

_PROVINCE = re.compile(
    "北京|上海|天津|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|"
    "云南|陕西|甘肃|青海|台湾|内蒙古|广西|西藏|宁夏|新疆|香港|澳门"
)
_NAME = r"[\u4e00-\u9fa5]"
_PLACE = "(?:小区|花园|大厦|公寓|广场|中心|苑|城|园|府|庭)"
_NOT_COUNTED = r"(?![0-9./:]|[-][0-9]| ?[年月日天个人名户元间套件次米分点时%万])"
_HAN_TAIL = re.compile(rf"{_NAME}+\Z")
_STREET = re.compile(
    rf"{_NAME}{{0,5}}{_NAME}(?:大道|大街|胡同|路|街|道|巷|弄|里|村|屯|庄|寨|坝|(?<!台)湾|村民组|新村|小区|花园|家园|公寓"
    r"|大厦|广场)(?:[东南西北中][段路街区]?)? ?"
    r"(?:[0-9]{1,5}|[一二三四五六七八九十百]{1,4})(?:[-之][0-9]{1,4})? ?"
    r"(?:号(?!线|机|出口|选手|病|文件|令|台风)|弄|栋|幢|座|单元|室|楼|巷|组|社|队)"
    r"(?:院|楼|内|附)?"
    rf"(?:[ ,，]?(?:{_NAME}{{1,6}}{_PLACE})?"
    r"[A-Za-z0-9一二三四五六七八九十]{1,5}(?:号楼|号院|单元|栋|幢|座|层|楼|室|号|户)){0,5}"
    rf"(?:(?<=[元栋幢座楼层]) ?[0-9]{{2,4}}{_NOT_COUNTED}"
    rf"|(?:[ ,，]?{_NAME}{{1,6}}{_PLACE})?[0-9]{{1,3}}(?:-[0-9]{{1,4}}){{1,3}}{_NOT_COUNTED})?"
)
"""A street or a village with a number, and what follows: buildings, units, the number of a flat."""
_VILLAGE = re.compile(
    rf"(?:镇|乡|街道){_NAME}{{1,8}}?(?:村民组|行政村|村|屯|庄|寨)(?![0-9一二三四五六七八九十委民]| ?[0-9])"
)
"""The end of a rural address that has no number."""
_LEAD = re.compile(
    r".*(?:地址|住址|住在|家住|现住|位于|寄到|寄往|寄至|送到|送至|搬到|搬至|家在|就在|是在|来到|去了|前往|到达|我在|他在|她在|"
    r"店在|公司在|发到|住|在|到|是|为|往|从|去)"
)
_AREA_ENDS = re.compile(r"[省市区县旗镇乡州盟道]$")
ADDRESS_CONTEXT = Context(
    "地址,住址,住在,家住,现住,收货,寄到,寄往,送到,收件,户籍,籍贯,居住,邮寄,快递到,address,live,ship to"
)


def find_addresses(text: str) -> Iterator[Match]:
    """Chinese postal addresses in a folded text: an area, a street with a number, what follows it."""
    for found in _STREET.finditer(text):
        start = _begin(text, found.start())
        head = text[start : found.start() + 6]
        complete = bool(_AREA_ENDS.search(text[start : found.start()]) or re.search(r"[省市区县]", head))
        detailed = bool(re.search(r"[室栋幢座户楼元]", found.group()[3:]))
        named = ADDRESS_CONTEXT.near(text, start, found.end(), before=12, after=0)
        score = 0.3 + 0.35 * complete + 0.15 * detailed + 0.25 * named
        yield Match("pii.cn_address", start, found.end(), min(score, 0.95), "a street with a number")
    for found in _VILLAGE.finditer(text):
        start = _begin(text, found.start())
        if re.search(r"[县区市旗州]", text[start : found.start()]):
            named = ADDRESS_CONTEXT.near(text, start, found.end(), before=12, after=0)
            score = 0.7 if named else 0.4
            yield Match("pii.cn_address", start, found.end(), score, "a village with its county")


def _begin(text: str, start: int) -> int:
    """Where the address around a street begins: with its area, without the words that lead to it."""
    before = _HAN_TAIL.search(text, max(0, start - 30), start + 1)
    if before is None:
        return start
    if province := _PROVINCE.search(text, before.start(), start + 4):
        return province.start()
    lead = _LEAD.match(text, before.start(), start + 4)
    return min(lead.end(), start + 4) if lead else before.start()


_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
_DATE = (
    r"(?:(?:19|20)[0-9]{2}(?:年|[-/.])(?:1[0-2]|0?[1-9])(?:月|[-/.])(?:3[01]|[12][0-9]|0?[1-9])日?"
    r"|(?:19|20)[0-9]{6}(?![0-9])"
    r"|(?:3[01]|[12][0-9]|0?[1-9])[-/.](?:3[01]|[12][0-9]|0?[1-9])[-/.](?:19|20)[0-9]{2}"
    rf"|{_MONTH}\.? [0-9]{{1,2}}(?:st|nd|rd|th)?,? (?:19|20)[0-9]{{2}}"
    rf"|[0-9]{{1,2}}(?:st|nd|rd|th)? (?:of )?{_MONTH},? (?:19|20)[0-9]{{2}}"
    r"|[一二][零〇一二三四五六七八九]{3}年[一二三四五六七八九十]{1,2}月[一二三四五六七八九十]{1,3}日)"
)
_DAY = (
    r"(?:(?:[0-9]{2}年)?(?:1[0-2]|0?[1-9])月(?:3[01]|[12][0-9]|0?[1-9])[日号]"
    r"|[一二三四五六七八九十]{1,2}月[一二三四五六七八九十]{1,3}[日号])"
)
"""A day without its year, or with the last two digits of it: one only behind a word for a birthday."""
_BIRTH = re.compile(
    r"(?:(?:出生(?:日期|年月日?|时间)?|生日|生于|诞生于"
    r"|(?<![a-z])(?:born|date[ _-]?of[ _-]?birth|birth[ _-]?da(?:te|y)|d\.?o\.?b\.?))"
    rf"{BESIDE}(?:是|为|為|于|在|is|was|on|in)?{BESIDE}[:：=]?{BESIDE}(?:on )?(?:the )?"
    rf"(?P<after>{_DATE}|{_DAY}))"
    rf"|(?P<before>{_DATE}) ?(?:出生|生(?![\u4e00-\u9fa5])|诞生)",
    re.IGNORECASE,
)


def find_birth_dates(text: str) -> Iterator[Match]:
    """Dates that the words beside them say are dates of birth, in a folded text."""
    for found in sweep(_BIRTH, text, longest=200):
        group = "after" if found.group("after") else "before"
        yield Match("pii.birth_date", *found.span(group), 0.92, "a date announced as a date of birth")
