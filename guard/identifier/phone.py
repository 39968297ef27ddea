"""Phone numbers of the world, by region, through the tables of libphonenumber."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from guard.identifier.china import PHONE_CONTEXT
from guard.identifier.match import SERIAL, Match, is_free

_CANDIDATE = re.compile(
    r"[+(]{0,2}[0-9](?:[ ()./\-\u200b]{0,3}[0-9]){6,}(?: ?(?:x|ext\.?|#) ?[0-9]{1,7})?", re.IGNORECASE
)
_AMERICAN = re.compile(
    r"(?:\+?1[ .\-]?)?(?:\([0-9]{3}\) ?|[0-9]{3}[.\-])[0-9]{3}[.\-][0-9]{4}(?: ?(?:x|ext\.?) ?[0-9]{1,7})?"
)
_NOT_A_PHONE = re.compile(r"(?:19|20)[0-9]{2}[-/.][0-9]{1,2}[-/.][0-9]{1,2}|[0-9]+\.[0-9]+")
_DATE = re.compile(r"(?:19|20)[0-9]{2}([-/.])[0-9]{1,2}\1[0-9]{1,2}")
_LONGEST = 400
"""A run of digits and gaps longer than this is read in pieces, cut between two numbers."""


def find_phones(text: str, regions: Sequence[str], is_claimed: Callable[[int, int], bool]) -> Iterator[Match]:
    """Phone numbers of these regions (ISO 3166 codes) in a masked text, and those written with a `+`.

    Runs of digits for which `is_claimed(start, end)` holds are left out: something surer is known of them.
    """
    for found in _CANDIDATE.finditer(text):
        start, end = found.span()
        if (
            not is_claimed(start, end)
            and not _NOT_A_PHONE.fullmatch(found.group())
            and _is_open(text, start, end)
        ):
            for left, right in _pieces(text, start, end):
                yield from _find(text, left, right, regions)


def _is_open(text: str, start: int, end: int) -> bool:
    return is_free(text, start, end) and text[start - 1 : start] not in (".", "$", "€", "£")


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while end - start > _LONGEST:
        cut = text.rfind("  ", start, start + _LONGEST)
        cut = cut if cut > start else text.rfind(" ", start, start + _LONGEST)
        cut = cut if cut > start else start + _LONGEST
        yield start, cut
        start = cut
    yield start, end


def _find(text: str, start: int, end: int, regions: Sequence[str]) -> Iterator[Match]:
    # The tables take a tenth of a second to import: most texts hold no candidate.
    from phonenumbers import Leniency, PhoneNumberMatcher

    piece = text[start:end]
    for found in _AMERICAN.finditer(piece):
        if is_free(text, start + found.start(), start + found.end()):
            yield _match(text, start + found.start(), start + found.end(), 0.6)
    for region in regions if "+" not in piece else regions[:1]:
        for hit in PhoneNumberMatcher(piece, region, leniency=Leniency.VALID):
            if _DATE.match(hit.raw_string):
                continue
            international = hit.raw_string.startswith("+")
            formatted = not hit.raw_string.isdigit()
            score = 0.95 if international else 0.55 if formatted else 0.3
            yield _match(text, start + hit.start, start + hit.end, score)


def _match(text: str, start: int, end: int, score: float) -> Match:
    reason = "a phone number by the tables of its region"
    if PHONE_CONTEXT.near(text, start, end):
        return Match("pii.phone", start, end, max(score, 0.95), f"{reason}, named nearby")
    if SERIAL.near(text, start, end, after=0):
        score *= 0.4
    return Match("pii.phone", start, end, score, reason)
