"""Reads numbers, amounts, dates and times out of a text, in Chinese and English, as values to compare.

"1.2万", "12 thousand", "12,000" and "一万二千" are one amount; "2023年5月1日", "May 1, 2023" and "2023-05-01"
one date. Every value keeps its place in the text.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from guard.deadline import watched
from guard.text.token import FULLWIDTH, STOP_WORDS, stem
from guard.text.unit import MEASURES, SCALES, UNITS, unit_pattern

_HAN_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0, "两": 2}
_HAN_TENS = {"十": 10, "百": 100, "千": 1000}
_MONTHS = {
    name[:3]: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)
_HAN = "零〇○一二三四五六七八九十"

_DATE = re.compile(
    rf"""(?<!\d)(?P<y1>\d{{4}}|[零〇○一二三四五六七八九]{{4}})\s?年(?!代)
           (?:\s?(?P<m1>\d{{1,2}}|[{_HAN}]{{1,2}})\s?月(?:\s?(?P<d1>\d{{1,2}}|[{_HAN}]{{1,3}})\s?[日号])?)?
      |(?<![\d.])(?P<y2>\d{{4}})(?P<sep>[-/.])(?P<m2>\d{{1,2}})(?P=sep)(?P<d2>\d{{1,2}})(?![\d.]|-\d)
      |(?<![\d.])(?P<m3>\d{{1,2}}|[{_HAN}]{{1,2}})月
        (?:(?P<d3>\d{{1,2}}|[{_HAN}]{{1,3}})[日号]|份|(?=底|初|中旬|上旬|下旬))
      |\b(?P<m4>{_MONTH})\.?\s+(?P<d4>\d{{1,2}})(?:st|nd|rd|th)?\b(?!,\d|[:.]\d)
        (?:,?\s+(?P<y4>[12]\d{{3}})\b)?
      |\b(?P<d5>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<m5>{_MONTH})\b\.?(?:,?\s+(?P<y5>[12]\d{{3}})\b)?
      |\b(?P<m6>{_MONTH})\.?,?\s+(?:of\s+)?(?P<y6>[12]\d{{3}})\b
      |\b(?P<decade>[12]\d\d0)(?:'?s\b|年代)
      |(?<!\d)(?P<short>\d0)年代
      |(?<![\d年月])(?P<d7>\d{{1,2}})日(?![内前后游间起])""",
    re.VERBOSE | re.IGNORECASE,
)
_TIME = re.compile(
    r"(?<![\d:])(?P<h1>[01]?\d|2[0-3]):(?P<min1>[0-5]\d)(?::[0-5]\d)?(?![\d:])\s?(?P<half1>[ap]\.?m\b)?"
    r"|\b(?P<h4>1[0-2]|[1-9])\.(?P<min4>[0-5]\d)\s?(?P<half4>[ap]\.?m\b)"
    r"|\b(?P<h2>1[0-2]|[1-9])\s?(?P<half2>[ap]\.?m\b)"
    r"|(?P<half3>上午|下午|晚上|凌晨|早上|中午)(?P<h3>\d{1,2})[点时:：](?:(?P<min3>[0-5]?\d)分?"
    r"|(?P<thirty>半))?",
    re.IGNORECASE,
)
_WEEKDAY = re.compile(
    r"(?:星期|礼拜|周)(?P<zh>[一二三四五六日天])(?![年期间])|\b(?P<en>mon|tues|wednes|thurs|fri"
    r"|satur|sun)day\b",
    re.IGNORECASE,
)
_WEEKDAYS = {
    name: day for day, name in enumerate(["mon", "tues", "wednes", "thurs", "fri", "satur", "sun"], start=1)
}
_CURRENCY = r"US\$|HK\$|A\$|C\$|RMB|CNY|USD|EUR|GBP|JPY|HKD|[$¥￥€£₹₩]"
_NUMBER = re.compile(
    rf"(?P<currency>{_CURRENCY})?(?:(?<=[$¥￥€£A-Z])\s?)?(?<![A-Za-z0-9_])(?<![A-Za-z][-./_])(?<!\d[.,])"
    r"(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\d,])|\d+(?:\.\d+)?)(?!\.\d|\d)"
)
_HAN_NUMBER = re.compile(
    r"(?P<percent>百分之)?(?P<number>(?:\d+(?:\.\d+)?)"
    r"|[零〇一二两三四五六七八九十百千万亿]+(?:点[零〇一二三四五六七八九]+)?)"
)
_PERCENT_OF = re.compile(
    r"百分之(?P<number>\d+(?:\.\d+)?|[零〇一二两三四五六七八九十百]+(?:点[零〇一二三四五六七八九]+)?)"
)
_TENTHS = re.compile(
    r"(?<![几数一-十])(?P<tenths>[一二三四五六七八九])成(?P<half>半)?(?![为立功长员就果本熟份人年交分都语])"
)
_SMALL = [
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_WORD_VALUES = {word: value for value, word in enumerate(_SMALL, start=2)} | {
    word: 10 * value for value, word in enumerate(_TENS, start=2)
}
_WORD_VALUES |= {"one": 1, "a": 1, "dozen": 12}
_ONES = "one|" + "|".join(_SMALL[:8])
_ENGLISH_NUMBER = re.compile(
    rf"\b(?:(?P<tens>{'|'.join(_TENS)})(?:[-\s](?P<ones>{_ONES}))?|(?P<small>{'|'.join(reversed(_SMALL))}"
    r"|(?:one|a)(?=\s(?:hundred|thousand|million|billion|trillion|dozen)\b)))"
    r"(?:\s(?P<hundred>hundred)|\s(?P<dozen>dozen))?\b",
    re.IGNORECASE,
)
_SCALE = "|".join(sorted(SCALES, key=len, reverse=True))
_AFTER = re.compile(
    rf"(?P<scale>\s?(?:{_SCALE})(?![A-Za-z]))?(?P<rough>[多余来])?{unit_pattern()}", re.IGNORECASE
)
_NEXT_WORD = re.compile(r"[\s-]([A-Za-z]{3,})|([\u4e00-\u9fff])")
_YEAR_BEFORE = re.compile(
    r"(?:\b(?:in|since|by|until|till|from|to|of|during|year|before|after|early|late|mid|and|around"
    r"|circa|for|the)"
    r"[\s-]|[(（,，–—/-]\s?)\Z",
    re.IGNORECASE,
)
_AFTER_YEAR = re.compile(r"(?<!\d)\d{4}.\Z")
_HEDGE = re.compile(
    r"(?:\b(?:about|around|nearly|almost|roughly|approximately|over|some|more than|less than"
    r"|at least|up to|under|fewer"
    r" than|close to|an estimated)\s|[约近逾超]|大约|大概|超过|将近|接近|不到|至少|最多|多达|高达"
    r"|估计)(?:[$¥￥€£]|US\$)?\Z",
    re.IGNORECASE,
)


_RANGE = ("-", "–", "—", "~", "～", "至", "到", "to", "and", "或", "or")


_DIGIT = re.compile(r"\d")
_NUMERAL = re.compile(f"[{_HAN}两百千万亿]")


@dataclass(frozen=True, slots=True)
class Value:
    """A number, amount, date or time in a text.

    `kind` is percent, money, measure, count, date, time or weekday. `amount` is in the canonical `unit` of
    its kind, and `factor` is what the number was multiplied by to get there. `slack` is how far another
    amount may lie off and still be the same said more roughly. `date` holds year, month and day, each None
    where not said.
    """

    start: int
    end: int
    kind: str
    amount: float
    unit: str = ""
    slack: float = 0.0
    factor: float = 1.0
    date: tuple[int | None, int | None, int | None] = (None, None, None)


def values(text: str) -> list[Value]:
    """The values of a text in order of their place, none overlapping.

    Numbers inside names (GPT-4, 5G, v1.2) are not values; neither is "one", which is mostly an article.

    >>> [(value.kind, value.amount, value.unit) for value in values("营收1.2万元，增长百分之三")]
    [('money', 12000.0, 'cny'), ('percent', 3.0, '%')]
    """
    plain = text.translate(FULLWIDTH) if not text.isascii() else text
    found: list[Value] = []
    taken = _Taken()
    for reader, sign in watched(_READERS):
        if sign.search(plain):
            found += taken.keep(reader(plain))
    if not found:
        return found
    return _share_units(plain, sorted(found, key=lambda value: value.start))


def _share_units(text: str, found: list[Value]) -> list[Value]:
    """Gives the first number of a range, as in "3 to 5 days", the unit of the second."""
    for index, (first, second) in enumerate(itertools.pairwise(found)):
        bare = first.kind == "count" and second.kind in ("percent", "money", "measure", "count")
        if bare and second.start - first.end <= 4 and text[first.end : second.start].strip() in _RANGE:
            amount = first.amount * second.factor
            found[index] = replace(
                first, kind=second.kind, unit=second.unit, factor=second.factor, amount=amount
            )
    return found


class _Taken:
    """The characters that values already cover."""

    def __init__(self) -> None:
        self._covered: set[int] = set()

    def keep(self, found: Iterator[Value]) -> Iterator[Value]:
        """Those values that touch none kept before."""
        for value in watched(found):
            span = range(value.start, value.end)
            if self._covered.isdisjoint(span):
                self._covered.update(span)
                yield value


def _read_dates(text: str) -> Iterator[Value]:
    for match in _DATE.finditer(text):
        fields = {key[0]: part for key, part in match.groupdict().items() if part and key[1:].isdecimal()}
        if match["decade"] or match["short"]:
            year = int(match["decade"] or match["short"])
            year += 0 if year > 99 else 1900 if year >= 30 else 2000
            yield Value(match.start(), match.end(), "date", year, "decade", date=(year, None, None))
            continue
        year_, month, day = _year(fields.get("y")), _month(fields.get("m")), _small(fields.get("d"))
        if (month is None or 1 <= month <= 12) and (day is None or 1 <= day <= 31):
            end = match.start() + len(match.group().rstrip())
            yield Value(match.start(), end, "date", year_ or 0, date=(year_, month, day))


def _year(text: str | None) -> int | None:
    if text is None:
        return None
    return int(text) if text.isdecimal() else int("".join(str(_HAN_DIGITS[char]) for char in text))


def _month(text: str | None) -> int | None:
    if text is None:
        return None
    return _MONTHS.get(text[:3].lower()) or _small(text)


def _small(text: str | None) -> int | None:
    if text is None:
        return None
    number = float(text) if text.isdecimal() else parse_han(text)
    return None if number is None else int(number)


def _read_times(text: str) -> Iterator[Value]:
    for match in _TIME.finditer(text):
        hour = int(match["h1"] or match["h2"] or match["h3"] or match["h4"])
        minute = 30 if match["thirty"] else int(match["min1"] or match["min3"] or match["min4"] or 0)
        half = (match["half1"] or match["half2"] or match["half4"] or match["half3"] or "").lower()
        late = half.startswith("p") or half in ("下午", "晚上")
        if late and hour < 12:
            hour += 12
        end = match.start() + len(match.group().rstrip())
        yield Value(match.start(), end, "time", hour * 60.0 + minute)


def _read_weekdays(text: str) -> Iterator[Value]:
    for match in _WEEKDAY.finditer(text):
        day = _WEEKDAYS[match["en"].lower()] if match["en"] else "一二三四五六日".find(match["zh"]) + 1
        yield Value(match.start(), match.end(), "weekday", float(day or 7))


def _read_percents(text: str) -> Iterator[Value]:
    if "分之" in text or "成" in text:
        for match in _PERCENT_OF.finditer(text):
            number = _parse(match["number"])
            if number is not None:
                yield Value(match.start(), match.end(), "percent", number, "%", _slack(match["number"], 1))
        for match in _TENTHS.finditer(text):
            number = 10.0 * _HAN_DIGITS[match["tenths"]] + (5 if match["half"] else 0)
            yield Value(match.start(), match.end(), "percent", number, "%", 2.5)


def _read_numbers(text: str) -> Iterator[Value]:
    for match in _NUMBER.finditer(text):
        digits = match["number"]
        start = match.start("number")
        if _is_mark(text, start, match.end()):
            continue
        begin = match.start("currency") if match["currency"] else start
        yield from _value(text, begin, start, match.end(), digits, match["currency"] or "")


def _is_mark(text: str, start: int, end: int) -> bool:
    """Whether a number only numbers something (a list item, a citation) or closes a span of years."""
    before, after = text[start - 1 : start], text[end : end + 2]
    if end - start == 2 and before in ("-", "–", "/") and _AFTER_YEAR.search(text, max(0, start - 6), start):
        return True
    if before in ("[", "^", "【") and after[:1] in ("]", "】", ","):
        return True
    begins_line = not text[max(0, start - 8) : start].rpartition("\n")[2].strip(" \t#*-")
    at_line = begins_line and (start < 8 or "\n" in text[max(0, start - 8) : start])
    return at_line and end - start <= 2 and after[:1] in (".", ")", "、", "）") and not after[1:].isdecimal()


def _read_han(text: str) -> Iterator[Value]:
    for match in _HAN_NUMBER.finditer(text):
        digits = match["number"]
        start, end = match.span("number")
        if (
            digits[0].isdecimal()
            or text[start - 1 : start] in tuple("几数上第")
            or text[end : end + 1] == "几"
        ):
            continue
        if digits[0] in "百千万亿":
            continue
        number = parse_han(digits)
        if number is None or number == 1:
            continue
        after = _AFTER.match(text, end)
        named = after is not None and any(after.group(group) for group in ("unit", "measure"))
        if named or (len(digits) > 1 and any(char in _HAN_DIGITS for char in digits) and number > 10):
            yield from _value(text, start, start, end, digits, "")


def _read_english(text: str) -> Iterator[Value]:
    for match in _ENGLISH_NUMBER.finditer(text):
        if match["tens"]:
            number = _WORD_VALUES[match["tens"].lower()] + _WORD_VALUES.get((match["ones"] or "").lower(), 0)
        else:
            number = _WORD_VALUES[match["small"].lower()]
        number *= 100 if match["hundred"] else 12 if match["dozen"] else 1
        if number > 1 or _AFTER.match(text, match.end("small") if match["small"] else match.end()):
            yield from _value(text, match.start(), match.start(), match.end(), str(number), "", words=True)


def _value(
    text: str, start: int, first: int, end: int, digits: str, currency: str, *, words: bool = False
) -> Iterator[Value]:
    """The value of a number with the scale and unit that follow it."""
    number = _parse(digits)
    after = _AFTER.match(text, end)
    assert after is not None
    if number is None or (
        not words and text[end : end + 1].isalpha() and text[end].isascii() and not after.group()
    ):
        return
    if after["unit"] in ("G", "M", "L") and not (currency and after["unit"] == "M"):
        return
    millions = bool(currency) and after["unit"] in ("m", "M")
    scale = SCALES[after["scale"].strip().lower()] if after["scale"] else 1e6 if millions else 1.0
    amount = number * scale
    hedged = bool(after["rough"]) or _HEDGE.search(text, max(0, start - 16), start) is not None
    slack = max(_slack(digits, scale), 0.1 * amount if hedged else 0.0)
    kind, unit, factor, last = _unit(text, after, currency)
    bare_year = kind == "count" and not after.group().strip() and digits.isdecimal() and len(digits) == 4
    if (
        bare_year
        and 1000 <= amount <= 2100
        and (not unit or _YEAR_BEFORE.search(text, max(0, start - 10), start))
    ):
        yield Value(start, end, "date", amount, date=(int(amount), None, None))
        return
    yield Value(start, last, kind, amount * factor, unit, slack * factor, factor)


def _unit(text: str, after: re.Match[str], currency: str) -> tuple[str, str, float, int]:
    """Kind, canonical unit, factor to it, and where the value ends."""
    end = after.end()
    if currency:
        kind, unit, factor = UNITS[currency.lower()]
        return kind, unit, factor, end
    if after["unit"]:
        kind, unit, factor = UNITS[after["unit"].lower().replace("-", " ").strip()]
        return kind, unit, factor, end
    if after["measure"]:
        return "count", MEASURES.get(after["measure"], after["measure"]), 1.0, end
    word = _NEXT_WORD.match(text, end)
    if word is None or (word[1] or "").lower() in STOP_WORDS or (word[1] or "")[:1].isupper():
        return "count", "", 1.0, end
    return "count", stem(word[1]) if word[1] else "", 1.0, end


def _parse(digits: str) -> float | None:
    if digits[0].isdecimal():
        return float(digits.replace(",", "")) if len(digits) <= 300 else None
    return parse_han(digits)


def parse_han(text: str) -> float | None:
    """The number that Chinese numerals write, up to 亿; None when they write none.

    >>> parse_han("一千二百"), parse_han("三点五"), parse_han("二〇二三")
    (1200.0, 3.5, 2023.0)
    """
    whole, _, fraction = text.partition("点")
    if not whole or len(whole) > 20:
        return None
    if len(whole) > 1 and all(char in _HAN_DIGITS for char in whole):
        number: float | None = float("".join(str(_HAN_DIGITS[char]) for char in whole))
    else:
        number = _parse_han_whole(whole)
    if number is None or not fraction:
        return number
    return number + float("0." + "".join(str(_HAN_DIGITS[char]) for char in fraction))


def _parse_han_whole(text: str) -> float | None:
    total = section = digit = 0
    last = 1
    for char in text:
        if char in _HAN_DIGITS:
            digit, last = _HAN_DIGITS[char], 1 if char in "零〇" else last
        elif char in _HAN_TENS:
            section += (digit or (1 if char == "十" else 0)) * _HAN_TENS[char]
            digit, last = 0, _HAN_TENS[char]
        else:
            size = 10_000 if char == "万" else 100_000_000
            total = (total + section + digit) * size if char == "亿" else total + (section + digit) * size
            section, digit, last = 0, 0, size
    # 一千二 is 1200 and 三万五 is 35000: a closing digit counts in tenths of the last multiplier.
    section += digit * (last // 10 if last >= 100 and digit else 1)
    return float(total + section) or None


def _slack(digits: str, scale: float) -> float:
    """Half a unit of the last digit that counts; none for a single digit, which is hardly rounded."""
    plain = digits.replace(",", "")
    if not plain.replace(".", "").isdecimal():
        return 0.0
    whole, _, fraction = plain.partition(".")
    if fraction:
        return 0.5 * scale * 10.0 ** -len(fraction)
    counted = whole.rstrip("0")
    if scale == 1.0 and (len(counted) < 2 or len(whole) > 7):
        return 0.0
    return 0.5 * scale * 10.0 ** (len(whole) - len(counted) if len(counted) >= 2 else -1)


def agrees(said: Value, source: Value) -> bool:
    """Whether a source's value bears out what was said, exactly or rounded."""
    if said.kind == "date" or source.kind == "date":
        return _dates_agree(said, source)
    if said.kind in ("time", "weekday"):
        return said.kind == source.kind and said.amount == source.amount
    if "percent" in (said.kind, source.kind) and said.kind != source.kind:
        return False
    if said.kind in ("percent", "money") and said.kind == source.kind and said.unit != source.unit:
        return False
    slack = max(said.slack, 1e-9 * abs(said.amount))
    return abs(said.amount - source.amount) <= slack


def _dates_agree(said: Value, source: Value) -> bool:
    if said.kind != source.kind:
        plain = said if said.kind == "date" else source
        other = source if plain is said else said
        return plain.date[1] is None and plain.amount == other.amount and other.kind == "count"
    if said.unit == "decade" or source.unit == "decade":
        return (said.date[0] or 0) // 10 == (source.date[0] or 0) // 10
    pairs = list(zip(said.date, source.date, strict=True))
    if any(mine is not None and theirs is not None and mine != theirs for mine, theirs in pairs):
        return False
    finest = max(index for index, mine in enumerate(said.date) if mine is not None)
    return source.date[finest] is not None


def clashes(said: Value, source: Value) -> bool:
    """Whether two values are of one kind and unit and cannot both be meant."""
    if said.kind != source.kind or said.unit != source.unit or agrees(said, source):
        return False
    if said.kind == "date":
        pairs = zip(said.date, source.date, strict=True)
        return any(mine is not None and theirs is not None and mine != theirs for mine, theirs in pairs)
    return said.kind != "count" or bool(said.unit)


_READERS = (
    (_read_dates, re.compile(rf"\d|[{_HAN}][月年日]")),
    (_read_times, _DIGIT),
    (_read_weekdays, re.compile(r"[周期拜]|day", re.IGNORECASE)),
    (_read_percents, re.compile(r"分之|成")),
    (_read_numbers, _DIGIT),
    (_read_han, _NUMERAL),
    (_read_english, re.compile(r"[A-Za-z]{3}")),
)
"""What reads values, in the order in which they claim their characters, and what a text must hold for it."""
