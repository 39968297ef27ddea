"""Reads numbers that are written in digits, in Chinese numerals or in English words."""

from __future__ import annotations

import re

DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0, "两": 2}
_TENS = {"十": 10, "百": 100, "千": 1000}
HAN = "零〇○一二三四五六七八九十"
"""The numerals that dates and hours are written with."""

_SMALL_WORDS = [
    "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
]  # fmt: skip
_TENS_WORDS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_WORDS = {word: value for value, word in enumerate(_SMALL_WORDS, start=2)} | {
    word: 10 * value for value, word in enumerate(_TENS_WORDS, start=2)
}
_WORDS |= {"one": 1, "a": 1}
SMALL_WORD = "|".join(reversed(_SMALL_WORDS))
"""A pattern for the English words from two to nineteen."""
ENGLISH = re.compile(
    rf"\b(?:(?P<tens>{'|'.join(_TENS_WORDS)})(?:[-\s](?P<ones>one|{'|'.join(_SMALL_WORDS[:8])}))?"
    rf"|(?P<small>{SMALL_WORD}|(?:one|a)(?=\s(?:hundred|thousand|million|billion|trillion|dozen)\b)"
    r"|one(?=[\s-](?:years?|months?|weeks?|hours?|minutes?|percent|per\scent|percentage\spoint|dollar|euro|yuan"
    r"|miles?|kilomet(?:er|re)|met(?:er|re)|kilogram|lit(?:er|re))\b(?!\s(?:later|ago|after|before|earlier|or)\b))))"
    r"(?:\s(?P<hundred>hundred)|\s(?P<dozen>dozen))?\b",
    re.IGNORECASE,
)


def count_words(found: re.Match[str]) -> int:
    """The number that a match of `ENGLISH` writes."""
    number = _WORDS[(found["tens"] or found["small"]).lower()] + _WORDS.get((found["ones"] or "").lower(), 0)
    return number * (100 if found["hundred"] else 12 if found["dozen"] else 1)


def parse(digits: str) -> float | None:
    """The number that digits, with commas or not, Chinese numerals or a plain English word write, if any."""
    if digits[0].isdecimal():
        return float(digits.replace(",", "")) if len(digits) <= 300 else None
    return float(_WORDS[digits.lower()]) if digits.lower() in _WORDS else parse_han(digits)


def parse_han(text: str) -> float | None:
    """The number that Chinese numerals write, up to 亿; None when they write none.

    >>> parse_han("一千二百"), parse_han("三点五"), parse_han("二〇二三")
    (1200.0, 3.5, 2023.0)
    """
    whole, _, fraction = text.partition("点")
    if not whole or len(whole) > 20:
        return None
    if len(whole) > 1 and all(char in DIGITS for char in whole):
        number: float | None = float("".join(str(DIGITS[char]) for char in whole))
    else:
        number = _parse_han_whole(whole)
    if number is None or not fraction:
        return number
    return number + float("0." + "".join(str(DIGITS[char]) for char in fraction))


def _parse_han_whole(text: str) -> float | None:
    total = section = digit = 0
    last = 1
    for char in text:
        if char in DIGITS:
            digit, last = DIGITS[char], 1 if char in "零〇" else last
        elif char in _TENS:
            section += (digit or (1 if char == "十" else 0)) * _TENS[char]
            digit, last = 0, _TENS[char]
        else:
            size = 10_000 if char == "万" else 100_000_000
            total = (total + section + digit) * size if char == "亿" else total + (section + digit) * size
            section, digit, last = 0, 0, size
    # 一千二 is 1200 and 三万五 is 35000: a closing digit counts in tenths of the last multiplier.
    section += digit * (last // 10 if last >= 100 and digit else 1)
    return float(total + section) or None


def slack(digits: str, scale: float) -> float:
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
