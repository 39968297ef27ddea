"""Reads dates, clock times, weekdays and words such as "last year" out of a text, in Chinese and English."""

from __future__ import annotations

import re
from collections.abc import Iterator

from guard.text.numeral import DIGITS, HAN, parse
from guard.text.value import HALF_DAY, Value

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)
_TO = r"\s?(?:[-–—~～至到]|\bto\b|through)\s?"
_YEAR = r"(?:,?\s+(?P<y{}>[12]\d{{3}})\b)?"

_DATE = re.compile(
    rf"""(?<!\d)(?P<y1>\d{{4}}|[零〇○一二三四五六七八九]{{4}})\s?年(?!代)
           (?:\s?(?P<m1>\d{{1,2}}|[{HAN}]{{1,2}})\s?月
             (?:\s?(?P<d1>\d{{1,2}}|[{HAN}]{{1,3}})\s?(?:[日号]|(?={_TO}\d{{1,2}}\s?[日号])))?)?
      |(?<![\d.])(?P<y2>\d{{4}})(?P<sep>[-/.])(?P<m2>\d{{1,2}})(?P=sep)(?P<d2>\d{{1,2}})(?!\d|\.\d|-\d)
      |(?<![\d.])(?P<m3>\d{{1,2}}|[{HAN}]{{1,2}})月
        (?:(?P<d3>\d{{1,2}}|[{HAN}]{{1,3}})(?:[日号]|(?={_TO}\d{{1,2}}\s?[日号]))|份|(?=底|初|中旬|上旬|下旬))
      |\b(?P<m4>{_MONTH})\.?\s+(?P<d4>\d{{1,2}})(?:st|nd|rd|th)?\b(?!,\d|[:.]\d)
        (?:\s?[-–—~]\s?(?P<e4>\d{{1,2}})(?:st|nd|rd|th)?\b(?!,\d|[:.]\d))?{_YEAR.format(4)}
      |\b(?:(?P<e5>\d{{1,2}})(?:st|nd|rd|th)?{_TO})?(?P<d5>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?
        (?P<m5>{_MONTH})\b\.?{_YEAR.format(5)}
      |\b(?P<m6>{_MONTH})\.?,?\s+(?:of\s+)?(?P<y6>[12]\d{{3}})\b
      |(?<![\d.])(?P<y8>\d\d)\s?年(?:(?P<m8>\d{{1,2}})月(?:(?P<d8>\d{{1,2}})[日号])?|(?=出生|毕业|生人))
      |(?<![\d/])(?P<m9>\d{{1,2}})/(?P<d9>\d{{1,2}})/(?P<y9>[12]\d{{3}})(?![\d/])
      |\b(?P<decade>[12]\d\d0)(?:'?s\b|年代)
      |(?<!\d)(?P<short>\d0)年代
      |(?<![\d年月])(?P<d7>\d{{1,2}})日(?![内前后游间起])""",
    re.VERBOSE | re.IGNORECASE,
)
_HOUR = r"(?:2[0-4]|[01]?\d)"
_HAN_HOUR = "(?:十[一二]?|[一二两三四五六七八九])"
_TIME = re.compile(
    rf"""(?<!\d)(?<!\d:)(?P<h1>{_HOUR}):(?P<min1>[0-5]\d)(?::[0-5]\d)?(?![\d:])\s?(?P<half1>[ap]\.?m\b)?
      |\b(?P<h4>1[0-2]|[1-9])\.(?P<min4>[0-5]\d)\s?(?P<half4>[ap]\.?m\b)
      |\b(?P<h2>1[0-2]|[1-9])\s?(?P<half2>[ap]\.?m\b)
      |(?P<half3>上午|下午|傍晚|晚上|凌晨|清晨|早上|中午)(?P<h3>{_HOUR}|{_HAN_HOUR})(?:[点时:：](?!代)
        (?:(?P<min3>[0-5]?\d|[二三四五]?十[{HAN}]?)分?|(?P<thirty>半)|整|钟)?)
      |(?<![\d.第几])(?<!\d:)(?P<h5>{_HOUR}|{_HAN_HOUR})点(?:(?P<min5>[0-5]?\d|[二三四五]?十[{HAN}]?)分(?!之)
        |(?P<thirty5>半)(?![点夜])|[钟整](?![爱情点理合个体数]))
      |(?<![\d.第])(?<!\d:)(?P<h6>{_HOUR})点(?=[至到~～—–-]|[开关起止](?![发心于始]|建)|[之以]?[前后](?![面来提者]))
      |(?:(?<=\d点[至到~～—–-])|(?<=[日天每至到]))(?P<h7>{_HOUR})点(?![\d{HAN}评建意])""",
    re.VERBOSE | re.IGNORECASE,
)
_WEEKDAY = re.compile(
    r"(?:星期|礼拜|(?:(?<![每一])|(?<=[周期拜]一))周)(?P<zh>[一二三四五六日天])(?![年期间])"
    r"|(?<=每)周(?P<each>[一二三四五六日天])(?!(?:[至到~-]?[一二两三四五六七])?"
    r"(?:次|天(?!气)|场|节|回|个|小时|顿|遍|堂))"
    r"|\b(?P<en>mon|tues|wednes|thurs|fri|satur|sun)day\b",
    re.IGNORECASE,
)
_RELATIVE = re.compile(
    r"(?<![比较同于跟和与以之今目年月日天然随此最先过])"
    r"(?P<when>[前去今明后](?=年)|[前昨今明后](?=[天日])|[上本这下](?=一?个?(?:周|星期|月|季度)))一?个?"
    r"(?P<span>年|天|日|(?:周|星期)(?![一二三四五六日天末])|月|季度)(?![同期之来度性气空围边])"
    r"|(?<!than )(?<!from )(?<!with )(?<!over )(?<!to )\b(?:(?P<word>yesterday|today|tomorrow)"
    r"|(?P<which>last|this|next) (?P<unit>year|month|week|quarter))\b(?!['’])",
    re.IGNORECASE,
)
"""Not what something is compared with, as in "more than last year"."""
_STEPS = {
    "前": -2, "去": -1, "昨": -1, "上": -1, "今": 0, "本": 0, "这": 0, "明": 1, "下": 1, "后": 2,
    "yesterday": -1, "today": 0, "tomorrow": 1, "last": -1, "this": 0, "next": 1,
}  # fmt: skip
_SPANS = {
    "年": "year",
    "季度": "quarter",
    "月": "month",
    "周": "week",
    "星期": "week",
    "天": "day",
    "日": "day",
}
_WEEKDAYS = {
    name: day for day, name in enumerate(["mon", "tues", "wednes", "thurs", "fri", "satur", "sun"], start=1)
}


def read_dates(text: str) -> Iterator[Value]:
    """The dates of a text; "May 1-7" gives two."""
    for match in _DATE.finditer(text):
        if match["decade"] or match["short"]:
            year = int(match["decade"] or match["short"])
            year += 0 if year > 99 else 1900 if year >= 30 else 2000
            yield Value(match.start(), match.end(), "date", year, "decade", date=(year, None, None))
        else:
            yield from _read_days(match)


def _read_days(match: re.Match[str]) -> Iterator[Value]:
    fields = {key[0]: part for key, part in match.groupdict().items() if part and key[1:].isdecimal()}
    year, month, day = _year(fields.get("y")), _month(fields.get("m")), _small(fields.get("d"))
    unit = ""
    if match["m9"]:
        month, day = (day, month) if month is not None and month > 12 else (month, day)
        unit = "either" if month != day and day is not None and day <= 12 else ""
    if month is not None and not 1 <= month <= 12:
        return
    start, end = match.start(), match.start() + len(match.group().rstrip())
    listed = [(start, end, day)]
    if match["e4"]:
        listed = [(start, match.end("d4"), day), (match.start("e4"), end, int(match["e4"]))]
    elif match["e5"]:
        listed = [(start, match.end("e5"), int(match["e5"])), (match.start("d5"), end, day)]
    for first, last, each in listed:
        if each is None or 1 <= each <= 31:
            yield Value(first, last, "date", year or 0, unit, date=(year, month, each))


def _year(text: str | None) -> int | None:
    if text is None:
        return None
    if len(text) == 2:
        return int(text) + (1900 if text >= "50" else 2000)
    return int(text) if text.isdecimal() else int("".join(str(DIGITS[char]) for char in text))


def _month(text: str | None) -> int | None:
    if text is None:
        return None
    return _MONTHS.get(text[:3].lower()) or _small(text)


def _small(text: str | None) -> int | None:
    number = parse(text) if text else None
    return None if number is None else int(number)


def read_times(text: str) -> Iterator[Value]:
    """The clock times of a text."""
    for match in _TIME.finditer(text):
        fields = {key.rstrip("1234567"): part for key, part in match.groupdict().items() if part}
        hour = _small(fields["h"]) or 0
        minute = 30 if "thirty" in fields else _small(fields.get("min")) or 0
        half = _half(fields.get("half", "").lower(), hour) or _half_told(fields["h"], hour)
        end = match.start() + len(match.group().rstrip())
        yield Value(match.start(), end, "time", float((hour * 60 + minute) % HALF_DAY), half)


def _half(told: str, hour: int) -> str:
    """The half of the day that a word puts an hour of twelve in; none where it leaves that open."""
    if told[:1] in ("a", "p"):
        return f"{told[0]}m"
    if told in ("上午", "凌晨", "清晨", "早上"):
        return "am" if hour < 12 or told == "凌晨" else ""
    if told == "中午":
        return "am" if 9 <= hour < 12 else "pm"
    if told == "晚上":
        return "pm" if 4 < hour < 12 else "am" if hour == 12 else ""
    return "pm" if told else ""


def _half_told(digits: str, hour: int) -> str:
    """The half of the day that an hour of twenty-four tells."""
    if hour == 24 or digits.startswith("0"):
        return "am"
    return "pm" if hour > 12 else ""


def read_weekdays(text: str) -> Iterator[Value]:
    """The weekdays of a text."""
    for match in _WEEKDAY.finditer(text):
        name = match["zh"] or match["each"]
        day = "一二三四五六日".find(name) + 1 if name else _WEEKDAYS[match["en"].lower()]
        yield Value(match.start(), match.end(), "weekday", float(day or 7))


def read_relative(text: str) -> Iterator[Value]:
    """Years, quarters, months, weeks and days that are told from the day of writing: 去年, next week."""
    for match in _RELATIVE.finditer(text):
        when = match["when"] or match["word"] or match["which"]
        unit = _SPANS[match["span"]] if match["span"] else (match["unit"] or "day").lower()
        yield Value(match.start(), match.end(), "relative", float(_STEPS[when.lower()]), unit)
