"""Numbers and dates of which a sentence only says that something lies beyond them: "more than 40", 逾2%."""

from __future__ import annotations

import re

_BEFORE = re.compile(
    r"(?:\b(?:than|over|above|under|below|at least|at most|up to|exceed(?:s|ed|ing)?|before|after)"
    r"|超过?|逾|突破|[多高少低]于|至[少多]|最多|不足|不到|未满)\s?(?:US)?[£$€¥]?\Z"
)
_BEFORE_YEAR = re.compile(r"\b(?:by|until)\s\Z")
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
_AFTER = re.compile(
    r"[百千万亿]*(?:[多余]|[\u4e00-\u9fff%％]{0,3}以[上下内])|(?:[年月日]\d*)*[之以]?[前后]"
    r"|\+|(?: \w+)? or (?:more|less|fewer|over|older|younger)\b"
)
_DIGITS = re.compile(r"[\d.,]*\d ?\Z")
"""The number before a word of scale."""


def is_bound(sentence: str, start: int, end: int) -> bool:
    """Whether the number, date or word of scale there is the least or the most: another may be as true.

    >>> is_bound("It cost over 40 million", 16, 23)
    True
    >>> is_bound("It cost 40 million", 8, 10)
    False
    """
    before = _DIGITS.sub("", sentence[:start])
    is_year = bool(_YEAR.fullmatch(sentence, start, end))
    return bool(
        _BEFORE.search(before) or (is_year and _BEFORE_YEAR.search(before)) or _AFTER.match(sentence, end)
    )
