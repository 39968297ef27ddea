"""Finds what an answer cites by name: people, places, organisations, works, quotations, addresses, codes.

Without a model: capital letters in scripts that have them; titles, suffixes and book marks in Chinese.
Meant to be precise rather than complete: what is found here is looked up in the sources letter by letter.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from typing import NamedTuple

from guard.deadline import watched
from guard.text.token import STOP_WORDS, words

_HAN = "\u4e00-\u9fff"
_LETTER = rf"[^\W{_HAN}]"
"""A character of a word, other than a Chinese one: beside those a word ends."""
URL = re.compile(
    rf"(?<!{_LETTER})(?:https?://|www\.)[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]{{3,}}", re.IGNORECASE
)
_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}"
)
_CODE = re.compile(
    rf"(?<!{_LETTER})(?:(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]+(?:[-.][A-Za-z0-9]+)*"
    rf"|[A-Za-z]{{1,8}}-\d[A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*"
    rf"|(?<!\d\.)\d{{1,4}}(?:\.\d{{1,4}}){{2,3}}(?!\.\d))(?!{_LETTER})"
)
"""Letters with digits, and versions of three numbers and more."""
_ORDINAL = re.compile(r"\d+(?:st|nd|rd|th|s|k|m|g|x|am|pm|km|kg|cm|mm|ft|bn|mn)(?:-[a-z]+)?\Z", re.IGNORECASE)
_CAPITAL = rf"[A-Z\u00c0-\u00de]{_LETTER}*(?:['’.-]{_LETTER}+)*"
_CAPITALS = re.compile(
    rf"(?<!{_LETTER})(?<!['’@/.#-]){_CAPITAL}(?:\s(?:(?:of|the|de|la|van|von|der|bin|al)\s){{0,2}}{_CAPITAL})*"
)
_TITLE = re.compile(
    r"\b(?:M(?:rs?|s|iss|adam|ister)|Dr|Doctor|Prof(?:essor)?|Sir|St|Jr|Sr"
    r"|CEO|CFO|CTO|COO|VP|AI|IT|HR|PR|TV|PC|ID|PDF|FAQ)(?:['’]?s)?(?!\w)\.?"
    r"|\b(?:Gen|Col|Capt|Lt|Sgt|Sen|Rep|Gov|Rev)\.(?=\s?[A-Z])"
)
"""Titles, and common nouns in capitals: they name nobody, and a stop after them ends nothing."""
_WORK = re.compile(r"《([^《》\n]{1,60})》")
_QUOTED = re.compile(r"“([^“”\n]{2,300})”|\"([^\"\n]{1,300})\"|「([^「」\n]{2,300})」")
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏"
    "魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙"
    "史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
_CALLED = rf"[{_SURNAMES}][{_HAN}](?:(?![在也则就曾还又都却近今昨副])[{_HAN}])?"
_PERSON = re.compile(
    rf"(?P<said>{_CALLED})(?=(?:在|也|则|就|曾|还|近日|今天|昨天)?(?:说|表示|称"
    rf"|指出|认为|介绍|透露|强调|坦言|告诉|回应))"
    rf"|(?P<titled>{_CALLED})(?=先生|女士|教授|博士|医生|老师|院士|经理|部长"
    rf"|市长|局长|主任|董事长|总裁)"
    rf"|(?:总裁|董事长|主任|局长|院长|校长|市长|部长|教授|导演|作者|创始人|记者|队长"
    rf"|主席)(?P<after>{_CALLED})"
)
_PLACE = re.compile(
    rf"(?P<body>[{_HAN}]{{2,8}}?)(?P<suffix>有限公司|公司|集团|大学|学院|医院|银行|法院|研究院"
    rf"|研究所|博物馆|机场|火车站|委员会|协会|省|市|县|镇|村|岛|湖)"
    rf"(?![{_HAN}]?(?:场|民|值|内|里|上|中|外|别|域|间|分|委))"
)
_NOT_IN_NAME = re.compile(
    r".*(?:[的了是在说称示和与及由从到向对为被把将于或等该各本这那其某每一有无新老大小去请帮给让到]|位于|来自"
    r"|前往|以及|包括|致电|联系|咨询|进入|参观|访问|建议|欢迎|提交|可以|通过|选择|加入|离开|多家|几家|两家"
    r"|[0-9A-Za-z])"
)
_COMMON = words(
    "本公司 该公司 贵公司 我公司 各公司 城市 超市 上市 股市 门市 都市 全市 本市 该市 地区 社区 小区 "
    "园区 片区 景区 城区 山区 市区 全省 "
    "节省 反省 全县 各县 农村 乡村 全村 上市公司 子公司 母公司 分公司 总公司 中国银行业 "
    "综合 公立 私立 正规 三甲 附近 当地 本地 外地 相关 有关 其他 任何 所有 商业 快递 物流 保险 科技 互联网"
)

MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_PEOPLES = {
    "french": "france", "dutch": "netherlands", "swiss": "switzerland", "spanish": "spain",
    "british": "britain", "danish": "denmark", "polish": "poland", "turkish": "turkey", "greek": "greece",
    "welsh": "wales", "irish": "ireland", "scottish": "scotland", "finnish": "finland", "swedish": "sweden",
    "thai": "thailand", "portuguese": "portugal", "english": "england", "norwegian": "norway",
}  # fmt: skip
COUNTERPARTS = _PEOPLES | {country: people for people, country in _PEOPLES.items()}
"""The word for a people and its country, for each the other, where they do not begin alike."""


class Name(NamedTuple):
    """Something cited by name: its place and its kind (name, person, place, work, quote, url or code).

    An e-mail address is a url.
    """

    start: int
    end: int
    kind: str
    form: str


def names(text: str) -> Iterator[Name]:
    """The names, works, quotations, addresses and codes of one sentence; they may overlap.

    `form` is the text to look for: without marks, and for a Chinese organisation or place without its suffix.
    """
    urls = list(_addresses(text))
    yield from urls
    covered = {place for url in urls for place in range(url.start, url.end)}
    for found in watched(_CODE.finditer(text)):
        if not (_ORDINAL.match(found.group()) or found.start() in covered or _is_outline(text, found)):
            yield Name(found.start(), found.end(), "code", found.group())
    yield from _quotations(text)
    if not text.isascii():
        yield from _chinese(text)
    yield from _capitals(text, covered)


def _addresses(text: str) -> Iterator[Name]:
    """Web and e-mail addresses; what is an e-mail address within a web address is no other."""
    taken = 0
    for found in sorted((*URL.finditer(text), *_EMAIL.finditer(text)), key=re.Match.start):
        if found.start() >= taken:
            taken = found.end()
            yield Name(found.start(), taken, "url", found.group().rstrip(".,;:)"))


def _is_outline(text: str, found: re.Match[str]) -> bool:
    """Whether it numbers a section: digits and points at the beginning (2.1.3 Setup)."""
    return found.group()[0].isdecimal() and not text[: found.start()].strip(" \t#*-") and "." in found.group()


def _quotations(text: str) -> Iterator[Name]:
    for found in _WORK.finditer(text):
        yield Name(found.start(1), found.end(1), "work", found.group(1))
    for found in watched(_QUOTED.finditer(text)):
        group = found.lastindex or 1
        if len(found.group(group).strip()) >= 4 or not found.group(group).isascii():
            yield Name(found.start(group), found.end(group), "quote", found.group(group))


def _chinese(text: str) -> Iterator[Name]:
    for found in _PERSON.finditer(text):
        group = found.lastgroup or "said"
        yield Name(found.start(group), found.end(group), "person", found.group(group))
    for found in watched(_PLACE.finditer(text)):
        start = found.start()
        clipped = _NOT_IN_NAME.match(found.group("body"))
        start += clipped.end() if clipped else 0
        body = text[start : found.end("body")]
        whole = text[start : found.end()]
        if len(body) >= 2 and whole not in _COMMON and body not in _COMMON:
            yield Name(start, found.end(), "place", body)


def _capitals(text: str, skip: Container[int]) -> Iterator[Name]:
    """Runs of capitalised words; a lone one at the beginning says nothing, nor do headlines and titles."""
    plain = _TITLE.sub(lambda title: "~" * len(title.group()), text)
    listed = re.findall(r"[A-Za-z]{3,}", plain)
    capital = sum(word[0].isupper() for word in listed)
    if len(listed) > 3 and capital > 0.7 * len(listed):
        return
    first = len(text) - len(text.lstrip(" \t\n\"'“‘(-*#•>0123456789.)"))
    for found in watched(_CAPITALS.finditer(plain)):
        if found.start() in skip:
            continue
        start = found.start()
        head = found.group().split(None, 1)
        opens = start <= first or plain[max(0, start - 2) : start].strip(' "“(') in (
            ":",
            ".",
            "?",
            "!",
            "：",
            "。",
        )
        if head[0].lower() in STOP_WORDS or (opens and len(head) > 1 and head[0].lower() in _OPENERS):
            if len(head) == 1:
                continue
            start = found.end() - len(head[1])
        elif opens and len(head) == 1:
            continue
        yield Name(start, found.end(), "name", text[start : found.end()])


_OPENERS = words(
    "according former president despite like unlike today yesterday inside outside overall finally meanwhile "
    "additionally furthermore moreover instead still even first second third later earlier many "
    "several no yes "
    "its unlike following given based with both"
)
