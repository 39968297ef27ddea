"""Makes addresses whole: with the house number before them, the postcode behind them, the lines between.

What finds names by their words loses the digits at the edges of an address and takes its lines for several.
An address grows by what stands right beside it and has the form of a part of one. Addresses of the armed
forces of the United States have a form of their own (USPS Publication 28, section 238) and need no model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from guard.models.tagger import Span

ADDRESS, PLACE = "pii.address", "pii.location"

LIKELY = 0.3
"""The least score of a part that is joined to another."""
LINE = 48
"""The most characters between two parts of one address."""
_REACH = 24
"""Characters before an address in which a part of it may begin."""

_AHEAD = re.compile(
    r"(?:(?<!\w)(?:apt|apartment|suite|ste|unit|flat|room)\.? (?:\d{1,5}[a-z]?,? )?"
    r"|(?:\A|(?<=[^\W\d] )|(?<=[^\w.,/$€£¥-]))(?<!\d )\d{1,5} )\Z",
    re.IGNORECASE,
)
"""What ends right before an address and belongs to it: a room, or a number behind no other number."""
_CORNER = re.compile(r"(?<!\w)(?:the )?corner of ", re.IGNORECASE)
_BEHIND = re.compile(
    r",? ?\n? {0,4}(?:, )?(?:[A-Z]{2,3}(?: |\n {0,4}))?(?:\d{3} \d{2}|\d{4,6}(?:-\d{3,4})?)(?![\w-]|[ .,]\d)"
)
"""A postcode, perhaps behind the letters of a state or country."""
_LINES = re.compile(r",?[ \t]*\n(?P<mark>[>|*?#\t ]{0,6})(?:[^\W\d][^\n\d]{1,30}\n(?P=mark))?")
"""What may stand between parts in lines of their own: perhaps one more line, without a digit."""
_FORCES = re.compile(
    r"\b(?:(?:PSC|CMR|Unit) \d{1,5},? Box \d{1,5}|(?:USS|USNS|USNV|USCGC) [^\W\d][\w'’.-]{1,30})"
    r",?\s(?:APO|FPO|DPO),? A[AEP] \d{5}\b"
)


def whole(spans: Sequence[Span], text: str) -> list[Span]:
    """The spans, in order and apart from each other, with addresses as far as they go.

    Parts in lines below each other become one address, with the lower of their scores.
    """
    grown: list[Span] = []
    for place, span in enumerate(spans):
        if span.label == ADDRESS:
            floor = spans[place - 1].end if place else 0
            ceiling = spans[place + 1].start if place + 1 < len(spans) else len(text)
            span = span._replace(start=_start(text, span.start, floor), end=_end(text, span.end, ceiling))
        _add(grown, span, text)
    return grown


def forces(text: str) -> Iterator[Span]:
    """The addresses of the armed forces of the United States in a text."""
    for found in _FORCES.finditer(text):
        yield Span(*found.span(), ADDRESS, 1.0)


def _start(text: str, start: int, floor: int) -> int:
    while found := _AHEAD.search(text, max(floor, start - _REACH), start):
        start = found.start()
    corner = _CORNER.search(text, max(floor, start - _REACH), start + len("corner of "))
    return corner.start() if corner and corner.start() < start <= corner.end() else start


def _end(text: str, end: int, ceiling: int) -> int:
    found = _BEHIND.match(text, end, ceiling)
    return found.end() if found else end


def _add(grown: list[Span], span: Span, text: str) -> None:
    place = len(grown) - 1
    while place >= 0 and grown[place].label != ADDRESS and span.start - grown[place].end < LINE:
        place -= 1
    if place >= 0 and _goes_on(grown[place], span, text):
        before = grown[place]
        grown[place:] = [before._replace(end=span.end, score=min(before.score, span.score))]
    else:
        grown.append(span)


def _goes_on(address: Span, span: Span, text: str) -> bool:
    """Whether a name goes on with an address: behind a blank, in the next line, or in the next but one."""
    near = span.start - address.end <= LINE and min(address.score, span.score) >= LIKELY
    if not near or address.label != ADDRESS or span.label not in (ADDRESS, PLACE):
        return False
    gap = text[address.end : span.start]
    if span.label == ADDRESS and (gap == " " or (gap == ", " and not text[span.start].isdigit())):
        return True
    return bool(_LINES.fullmatch(gap)) and (span.label == ADDRESS or gap.count("\n") == 1)
