"""Reads numbers, amounts, dates and times out of a text, in Chinese and English, as values to compare.

"1.2万", "12 thousand", "12,000" and "一万二千" are one amount; "2023年5月1日", "May 1, 2023" and "2023-05-01"
one date. Every value keeps its place in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from guard.deadline import watched
from guard.text import numeral
from guard.text.moment import read_dates, read_relative, read_times, read_weekdays
from guard.text.neighbour import settle
from guard.text.numeral import DIGITS, ENGLISH, HAN, SMALL_WORD, count_words, parse, parse_han
from guard.text.token import FULLWIDTH, STOP_WORDS, stem
from guard.text.unit import MEASURES, SCALES, SHORT_SCALES, UNITS, unit_pattern
from guard.text.value import Value as Value
from guard.text.value import agrees as agrees
from guard.text.value import clashes as clashes

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
    r"(?<![两三四五六七八九千])百分之(?P<number>\d+(?:\.\d+)?|[零〇一二两三四五六七八九十百]+(?:点[零〇一二三四五六七八九]+)?)"
)
_TENTHS = re.compile(
    r"(?<![几数一-十])(?P<tenths>[一二三四五六七八九])成(?P<half>半)?(?![为立功长员就果本熟份人年交分都语])"
)
_PART = r"[一二三四五六七八九十]|\d{1,2}"
_FRACTION = re.compile(
    rf"(?<![\d{HAN}两百千点])(?P<below>{_PART})分之(?P<above>{_PART})(?![\d{HAN}两百千点])"
    r"|(?<!first )(?<!second )(?<!other )(?<!latter )(?<![\w-])(?P<half>half)"
    r"(?= (?:of|the|all|its|their|our|his|her|these|those)\b)"
    r"|(?P<han>(?<![十百千万\d])一半|半数)(?![导径山天夜个])"
    r"|\b(?P<count>an?|one|two|three|four)[\s-](?P<part>third|quarter|fifth|tenth)s?"
    r"(?=\s(?:of|more|less|fewer)\b)",
    re.IGNORECASE,
)
_PARTS = {"third": 3, "quarter": 4, "fifth": 5, "tenth": 10}
_DISCOUNT = re.compile(
    r"(?<![\d.第几A-Za-z一二三四五六七八九十对])(?P<number>\d(?:\.\d)?|\d{2}|[一二三四五六七八九]{1,2})"
    r"折(?![扣叠断线返腰磨射合回页])"
)
_SCALE = "|".join(sorted(SCALES, key=len, reverse=True))
_AFTER = re.compile(
    rf"(?P<scale>\s?(?:{_SCALE})(?![A-Za-z]))?(?P<rough>[多余来])?{unit_pattern()}", re.IGNORECASE
)
_SHORT_SCALE = re.compile(r"\s?([MBTmb])(?![A-Za-z])")
_SPAN = "年|周|个?星期|个?月|个?小时|分钟|公里|公斤|天"
_ONE = re.compile(
    rf"一(?:{_SPAN})"
    r"(?P<within>以?内|之内|期(?!间)|时间|的?(?:质保|保修|保质|有效|合同|租期|试用|免费))?"
    rf"(?![\d{HAN}两半几又度级头生到比中里之种]|内?[^，。；,;]{{0,4}}[\d{HAN}两][次回])"
)
_BEFORE_ONE = re.compile(r"(?:[为是期满约长需修仅时足延用花限质受供送]|超过|不到|至少|最多|[需只]要|达到?)\Z")
_ARTICLE = re.compile(
    r"\b(?:(?<=within )|(?<=for ))an?(?=\s(?:year|month|week|day|hour|minute)\b)", re.IGNORECASE
)
_HALF = re.compile(
    rf"""(?<![第\d{HAN}.])(?P<number1>\d+|[{HAN}两]{{1,3}})(?P<unit1>年|天|小时|公里|公斤|斤)半(?![价数决径天年月日山路])
      |(?<![第\d{HAN}.])(?P<number2>\d+|[{HAN}两]{{1,3}})个半(?P<unit2>小时|月|星期)
      |(?<![上下前后大多小夜过\d{HAN}两个])半个?(?P<unit3>小时|月|年|公斤|斤|公里)(?![度报刊会以之来])
      |\bhalf\s(?:an?\s)?(?P<unit4>hour|year|day|mile)\b
      |\b(?P<number5>\d+|one|{SMALL_WORD})\sand\sa\shalf\s(?P<unit5>years?|months?|weeks?|days?|hours?|minutes?|miles?)\b
      |\ban?\s(?P<unit6>hour|year|mile)\sand\sa\shalf\b""",
    re.VERBOSE | re.IGNORECASE,
)
_HALF_SCALE = re.compile(r"\bhalf\sa\s(?P<scale>million|billion|trillion)\b", re.IGNORECASE)
_CENTURY = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)[\s-]centur(?:y|ies)\b", re.IGNORECASE)
_SCORE = re.compile(
    r"(?<!\d[:：])(?<![\d.,/比A-Za-z-])(?P<first>\d{1,3})(?:[:比]|(?<=[以为分胜是了负平]\d)：|(?P<dash>[-–]))(?P<second>\d{1,3})"
    r"(?![\d:：比%A-Za-z/-]|[.,]\d|\s?[个天年月日米克元岁万亿倍分名人]|\s(?:games?|times|match|sets?|seats?|titles?|points?|years?|days?)\b)"
)
_CONTEST = re.compile(
    r"\b(?:won|wins?|winning|lost|los[es]|beat|beaten|defeat(?:ed)?|victory|scores?|scored|draw|drew|tied?)\b"
    r"|比分|[胜负赢输平]|击败",
    re.IGNORECASE,
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


_DIGIT = re.compile(r"\d")
_NUMERAL = re.compile(f"[{HAN}两百千万亿]")


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
    return settle(plain, sorted(found, key=lambda value: value.start))


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


def _read_percents(text: str) -> Iterator[Value]:
    yield from _read_fractions(text)
    if not text.isascii():
        for match in _PERCENT_OF.finditer(text):
            number = parse(match["number"])
            if number is not None:
                yield Value(
                    match.start(), match.end(), "percent", number, "%", numeral.slack(match["number"], 1)
                )
        for match in _TENTHS.finditer(text):
            number = 10.0 * DIGITS[match["tenths"]] + (5 if match["half"] else 0)
            yield Value(match.start(), match.end(), "percent", number, "%", 2.5)


def _read_fractions(text: str) -> Iterator[Value]:
    """三分之一, two thirds of, half the, and 八折, which is 80 % to be paid."""
    for match in _FRACTION.finditer(text):
        above, below = 1.0, 2.0
        if match["below"]:
            above, below = parse(match["above"]) or 0.0, parse(match["below"]) or 1.0
        elif match["part"]:
            above, below = parse(match["count"].removesuffix("n")) or 1.0, _PARTS[match["part"].lower()]
        share = 100 * above / below
        hedged = _HEDGE.search(text, max(0, match.start() - 16), match.start())
        yield Value(match.start(), match.end(), "percent", share, "%", 0.2 * share if hedged else 1.0)
    for match in _DISCOUNT.finditer(text):
        digits = "".join(str(DIGITS.get(char, char)) for char in match["number"])
        paid = float(digits) * (1 if len(digits) == 2 else 10)
        yield Value(match.start(), match.end(), "percent", paid, "paid", sign=0)


def _read_numbers(text: str) -> Iterator[Value]:
    for match in _NUMBER.finditer(text):
        digits = match["number"]
        start = match.start("number")
        if _is_mark(text, start, match.end()):
            continue
        begin = match.start("currency") if match["currency"] else start
        yield from _value(text, begin, start, match.end(), digits, match["currency"] or "")


def _read_centuries(text: str) -> Iterator[Value]:
    for match in _CENTURY.finditer(text):
        yield Value(match.start(), match.end(), "measure", float(match[1]), "century")


def _read_scores(text: str) -> Iterator[Value]:
    """Scores and ratios; who speaks of them may turn them round."""
    is_contest = _CONTEST.search(text) is not None
    for match in _SCORE.finditer(text):
        if match["dash"] and not is_contest:
            continue
        high, low = sorted((int(match["first"]), int(match["second"])), reverse=True)
        yield Value(match.start(), match.end(), "score", 1000.0 * high + low)


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
        if number is None or (number == 1 and not _counts_one(text, start)):
            continue
        after = _AFTER.match(text, end)
        named = after is not None and any(after.group(group) for group in ("unit", "measure"))
        if named or (len(digits) > 1 and any(char in DIGITS for char in digits) and number > 10):
            yield from _value(text, start, start, end, digits, "")


def _counts_one(text: str, start: int) -> bool:
    """Whether a Chinese one measures, as in 保修一年 and 一周内, and is no mere article."""
    one = _ONE.match(text, start)
    return one is not None and (
        one["within"] is not None or _BEFORE_ONE.search(text, max(0, start - 4), start) is not None
    )


def _read_english(text: str) -> Iterator[Value]:
    for match in ENGLISH.finditer(text):
        number = str(count_words(match))
        yield from _value(text, match.start(), match.start(), match.end(), number, "", words=True)
    for match in _ARTICLE.finditer(text):
        yield from _value(text, match.start(), match.start(), match.end(), "1", "", words=True)


def _read_halves(text: str) -> Iterator[Value]:
    """半小时, 两年半, half an hour, two and a half years."""
    for match in _HALF.finditer(text):
        fields = {key[:-1]: part for key, part in match.groupdict().items() if part}
        number = (
            (parse(fields["number"]) or 0.0) if "number" in fields else float("and" in match.group().lower())
        )
        name = fields["unit"].lower()
        kind, unit, factor = UNITS[name] if name in UNITS else UNITS[f"个{name}"]
        yield Value(match.start(), match.end(), kind, (number + 0.5) * factor, unit, 0.0, factor)
    for match in _HALF_SCALE.finditer(text):
        scale = SCALES[match["scale"].lower()]
        yield from _value(text, match.start(), match.start(), match.end(), str(scale / 2), "", words=True)


def _value(
    text: str, start: int, first: int, end: int, digits: str, currency: str, *, words: bool = False
) -> Iterator[Value]:
    """The value of a number with the scale and unit that follow it."""
    number = parse(digits)
    after = _AFTER.match(text, end)
    assert after is not None
    short = _SHORT_SCALE.match(text, end) if currency else None
    if number is None or (
        not words
        and not short
        and text[end : end + 1].isalpha()
        and text[end].isascii()
        and not after.group()
    ):
        return
    if after["unit"] in ("G", "M") and not short:
        return
    scale = SCALES[after["scale"].strip().lower()] if after["scale"] else 1.0
    if short:
        scale = SHORT_SCALES[short[1].lower()]
    amount = number * scale
    hedged = bool(after["rough"]) or _HEDGE.search(text, max(0, start - 16), start) is not None
    slack = max(numeral.slack(digits, scale), 0.1 * amount if hedged else 0.0)
    kind, unit, factor, last = _unit(text, after, currency)
    bare_year = kind == "count" and not after.group().strip() and digits.isdecimal() and len(digits) == 4
    if (
        bare_year
        and 1000 <= amount <= 2100
        and (not unit or _YEAR_BEFORE.search(text, max(0, start - 10), start))
    ):
        yield Value(start, end, "date", amount, date=(int(amount), None, None))
        return
    yield Value(
        start, short.end() if short else last, kind, amount * factor, unit, slack * factor, factor, scale
    )


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


_READERS = (
    (read_dates, re.compile(rf"\d|[{HAN}][月年日]")),
    (read_times, re.compile(r"\d|[点时]")),
    (read_weekdays, re.compile(r"[周期拜]|day", re.IGNORECASE)),
    (read_relative, re.compile(r"[年天日周期月季]|day|tomorrow|\b(?:last|this|next) ", re.IGNORECASE)),
    (_read_percents, re.compile(r"分之|[成折半]|third|quarter|half|fifth|tenth", re.IGNORECASE)),
    (_read_halves, re.compile(r"半|half", re.IGNORECASE)),
    (_read_centuries, re.compile("centur", re.IGNORECASE)),
    (_read_scores, re.compile(r"\d[:：比–-]\d")),
    (_read_numbers, _DIGIT),
    (_read_han, _NUMERAL),
    (_read_english, re.compile(r"[A-Za-z]{3}")),
)
"""What reads values, in the order in which they claim their characters, and what a text must hold for it."""
