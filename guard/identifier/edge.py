"""Where a growing text can be cut without cutting an identifier that is still being written."""

from __future__ import annotations

import re

from guard.identifier.match import AFTER

_CLAUSE = re.compile(r"[，。、；：！？…\n]|[,.;:!?](?=\s)")
_CODE = re.compile(r"[A-Za-z0-9+/=_\-%&#;]+\Z")
LONGEST_CODE = 2048
"""Longest run of code, such as base64, that is held back to its end."""
_VALUE = re.compile(r"[\d@〇零一二三四五六七八九壹贰叁肆伍陆柒捌玖]")


def last_edge(text: str, reach: int, *, after: int = AFTER) -> int:
    """The last place behind a clause that no identifier spans, nor reads its context across.

    Identifiers never hold the mark that ends a clause, and words up to `after` characters behind a value
    may say what it is: so no digit and no @ may stand that near before the edge. Where there is no such
    place in the last `reach` characters, it is their beginning, or that of the code that they begin in.

    >>> last_edge("你好，我的号码是138", 120)
    3
    """
    floor = before_code(text, max(0, len(text) - reach))
    for mark in reversed(list(_CLAUSE.finditer(text, floor))):
        if not _VALUE.search(text, max(0, mark.end() - after - 1), mark.end()):
            return mark.end()
    return floor


def before_code(text: str, place: int) -> int:
    """A place, or where a run begins that may be code and spans it: cut in two, it could not be read.

    >>> before_code("see aGVsbG8gd29ybGQ=", 12), before_code("see it", 4)
    (4, 4)
    """
    run = _CODE.search(text, max(0, place - LONGEST_CODE), place)
    return run.start() if run and run.end() < len(text) and run.start() > place - LONGEST_CODE else place
