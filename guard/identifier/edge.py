"""Where a growing text can be cut without cutting an identifier that is still being written."""

from __future__ import annotations

import re

from guard.identifier.match import AFTER

_CLAUSE = re.compile(r"[，。、；：！？…\n]|[,.;:!?](?=\s)")
_VALUE = re.compile(r"[\d@〇零一二三四五六七八九壹贰叁肆伍陆柒捌玖]")


def last_edge(text: str, reach: int, *, after: int = AFTER) -> int:
    """The last place behind a clause that no identifier spans, nor reads its context across.

    Identifiers never hold the mark that ends a clause, and words up to `after` characters behind a value
    may say what it is: so no digit and no @ may stand that near before the edge. Where there is no such
    place in the last `reach` characters, it is their beginning.

    >>> last_edge("你好，我的号码是138", 120)
    3
    """
    floor = max(0, len(text) - reach)
    for mark in reversed(list(_CLAUSE.finditer(text, floor))):
        if not _VALUE.search(text, max(0, mark.end() - after - 1), mark.end()):
            return mark.end()
    return floor
