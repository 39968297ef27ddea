"""Checks that identifiers carry in themselves."""

from __future__ import annotations

import datetime

_RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_RESIDENT_CHECKS = "10X98765432"
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The characters of a unified social credit code (GB 32100): no I, O, S, V and Z."""
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_TAIWAN_LETTERS = dict(zip("ABCDEFGHJKLMNPQRSTUVXYWZIO", range(10, 36), strict=True))

PROVINCES = frozenset(
    str(code)
    for code in (
        *(11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46),
        *(50, 51, 52, 53, 54, 61, 62, 63, 64, 65, 71, 81, 82, 83),
    )
)
"""First two digits of an administrative division (GB/T 2260); 81, 82 and 83 stand in the identity
numbers of Hong Kong, Macau and Taiwan residents who hold a residence permit."""


def is_date(digits: str) -> bool:
    """Whether eight digits are a day between 1850 and 2099, year first."""
    try:
        return 1850 <= datetime.date(int(digits[:4]), int(digits[4:6]), int(digits[6:8])).year <= 2099
    except ValueError:
        return False


def resident_check(body: str) -> str:
    """The check character of the first 17 digits of an identity number (GB 11643, MOD 11-2).

    >>> resident_check("11010519491231002")
    'X'
    """
    return _RESIDENT_CHECKS[sum(int(d) * w for d, w in zip(body, _RESIDENT_WEIGHTS, strict=True)) % 11]


def is_resident_id(number: str) -> bool:
    """Whether 18 characters are a Chinese resident identity number, its last an X in upper case."""
    return number[:2] in PROVINCES and is_date(number[6:14]) and resident_check(number[:17]) == number[17]


def is_permanent_resident_id(number: str) -> bool:
    """Whether 18 characters are a foreign permanent resident's number in the form of 2023.

    It begins with 9 and the division that issued it, and has the check of identity numbers.
    """
    issued = number[0] == "9" and number[1:3] in PROVINCES
    return issued and is_date(number[6:14]) and resident_check(number[:17]) == number[17]


def is_built_as_permanent_resident_id(number: str) -> bool:
    """Whether 18 characters begin with 9 and a division, and have a date of birth in its place."""
    return number[:17].isdigit() and number[0] == "9" and number[1:3] in PROVINCES and is_date(number[6:14])


def uscc_check(body: str) -> str:
    """The check character of the first 17 characters of a unified social credit code (GB 32100).

    >>> uscc_check("91350100M000100Y4")
    '3'
    """
    total = sum(USCC_ALPHABET.index(c) * w for c, w in zip(body, _USCC_WEIGHTS, strict=True))
    return USCC_ALPHABET[-total % 31]


def is_uscc(code: str) -> bool:
    """Whether 18 characters in upper case are a unified social credit code, letter-leading ones too."""
    if len(code) != 18 or any(char not in USCC_ALPHABET for char in code):
        return False
    return code[2:4] in PROVINCES | {"10"} and uscc_check(code[:17]) == code[17]


def is_luhn(digits: str) -> bool:
    """Whether a digit string satisfies the Luhn formula (ISO/IEC 7812-1, annex B).

    >>> is_luhn("4111111111111111"), is_luhn("4111111111111112")
    (True, False)
    """
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def is_hong_kong_id(number: str) -> bool:
    """Whether one or two letters, six digits and a check (0-9 or A) are a Hong Kong identity number.

    >>> is_hong_kong_id("A1234563"), is_hong_kong_id("A1234564")
    (True, False)
    """
    values = [36] * (9 - len(number)) + [int(char, 36) for char in number[:-1]]
    total = sum(value * weight for value, weight in zip(values, range(9, 1, -1), strict=True))
    return (total + int(number[-1], 16)) % 11 == 0


def is_taiwan_id(number: str) -> bool:
    """Whether a letter and nine digits are a Taiwan identity or resident number.

    >>> is_taiwan_id("A123456789"), is_taiwan_id("A123456788")
    (True, False)
    """
    first = _TAIWAN_LETTERS[number[0]]
    values = [first // 10, first % 10, *map(int, number[1:])]
    weights = (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)
    return sum(value * weight for value, weight in zip(values, weights, strict=True)) % 10 == 0
