"""Phone numbers of the world, by region, through the tables of libphonenumber."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from guard.deadline import watched
from guard.identifier.china import PHONE_CONTEXT
from guard.identifier.match import SERIAL, Match, is_free

_CANDIDATE = re.compile(
    r"[+(]{0,2}[0-9](?:[ ()./\-\u200b]{0,3}[0-9]){6,}(?: ?(?:x|ext\.?|#) ?[0-9]{1,7})?", re.IGNORECASE
)
_AMERICAN = re.compile(
    r"(?:\+?1[ .\-]?)?(?:\([0-9]{3}\) ?|[0-9]{3}[.\-])[0-9]{3}[.\-][0-9]{4}(?: ?(?:x|ext\.?) ?[0-9]{1,7})?"
)
_ANNOUNCED = re.compile(
    r"(?:(?<![a-z])(?:phone|mobile|cell|tel|telephone|cellphone|fax|whatsapp|desk|dial"
    r"|(?:call|reach|text|ring|phone) (?:me|us|him|her|them)|answering|messages to|calls (?:to|from))"
    r"(?: ?(?:number|no\.?|#))?|手机号?码?|电话号?码?|座机|传真|联系方式)"
    r"(?: ?(?:is|at|on|[:：是为]))?\s{0,3}\Z",
    re.IGNORECASE,
)
_LABELLED = re.compile(
    r" ?[-(]? ?(?:office|fax|mobile|cell|desk)(?![a-z])| ?\((?:手机|传真|座机|办公|住宅)\)", re.IGNORECASE
)
"""What stands behind a phone number and says that it is one."""
_NOT_A_PHONE = re.compile(
    r"(?:19|20)[0-9]{2}[-/.][0-9]{1,2}[-/.][0-9]{1,2}|[0-9]+\.[0-9]+|[0-9]{1,3}(?:\.[0-9]{1,3}){3}"
)
_TIME = re.compile(
    r"(?:19|20)[0-9]{2}[-/. ][0-9]{1,2}[-/. ][0-9]{1,2}(?![0-9])"
    r"|[0-9]{1,2}([-/.])[0-9]{1,2}\1(?:19|20)[0-9]{2}(?![0-9])"
    r"|[0-9]{1,2}\.[0-9]{2} ?[-/] ?[0-9]{1,2}\.[0-9]{2}"
)
"""How dates and hours begin that stand where a phone number might."""
_CHUNK = re.compile(r"[0-9]{3}")
_DATE = re.compile(r"(?:19|20)[0-9]{2}([-/.])[0-9]{1,2}\1[0-9]{1,2}")
_TRIES = 12
"""How many ways of cutting a piece are tried; a phone number with an extension needs three."""
_NOWHERE = "ZZ"
"""The region of the tables that knows only numbers with a `+`."""
_PIECE, _STEP = 64, 32
"""A longer run of digits and gaps is read in pieces that overlap: no number is longer than one step."""


def find_phones(folded: str, masked: str, regions: Sequence[str]) -> Iterator[Match]:
    """Phone numbers of these regions (ISO 3166 codes) in a masked text, and all those written with a `+`.

    Context is read in the folded text. Mainland numbers are left to `guard.identifier.china`.
    """
    others = [region for region in regions if region != "CN"]
    for found in watched(_CANDIDATE.finditer(masked)):
        start, end = found.span()
        announced = _is_announced(folded, masked, start, end)
        if announced:
            yield Match("pii.phone", start, end, 0.95, "digits announced as a phone number")
        elif _may_be(masked, start, end):
            for left in watched(range(start, max(start + 1, end - _STEP), _STEP)):
                yield from _find(folded, masked, (left, min(end, left + _PIECE)), others)


def known_regions() -> frozenset[str]:
    """The codes of all regions whose phone numbers the tables know."""
    from phonenumbers import SUPPORTED_REGIONS

    return frozenset(SUPPORTED_REGIONS)


def _may_be(masked: str, start: int, end: int) -> bool:
    return bool(_CHUNK.search(masked, start, end)) and _stands_alone(masked, start, end)


def _is_announced(folded: str, masked: str, start: int, end: int) -> bool:
    """Whether the words right before digits, or right behind them, say that they are a phone number."""
    if end - start > _STEP or not _stands_alone(masked, start, end) or _TIME.match(masked, start, end):
        return False
    before = _ANNOUNCED.search(folded, max(0, start - 30), start)
    return bool(before or _LABELLED.match(folded, end, end + 12))


def _stands_alone(masked: str, start: int, end: int) -> bool:
    if not is_free(masked, start, end) or masked[start - 1 : start] in (".", "$", "€", "£"):
        return False
    return not _NOT_A_PHONE.fullmatch(masked, start, end)


def _find(folded: str, masked: str, place: tuple[int, int], regions: Sequence[str]) -> Iterator[Match]:
    start, end = place
    piece = masked[start:end]
    named = PHONE_CONTEXT.near(folded, start, end)
    american = [found.span() for found in _AMERICAN.finditer(piece) if {"US", "CA"} & {*regions}]
    for left, right in american:
        if is_free(masked, start + left, start + right):
            yield _match(folded, start + left, start + right, 0.6)
    if american == [(0, len(piece))]:
        return
    # Bare digits, and those of a long table, are phone numbers only if the words nearby say so.
    if not named and (piece.isdigit() or ("+" not in piece and end - start > _STEP)):
        return
    for left, right, score in _known(piece, regions):
        yield _match(folded, start + left, start + right, score)


def _known(piece: str, regions: Sequence[str]) -> Iterator[tuple[int, int, float]]:
    # The tables take a tenth of a second to import: most texts hold no candidate.
    from phonenumbers import Leniency, PhoneNumberMatcher

    leniency = Leniency.POSSIBLE if "+" in piece else Leniency.VALID
    for region in regions if "+" not in piece else [*regions[:1], _NOWHERE][:1]:
        for hit in PhoneNumberMatcher(piece, region, leniency=leniency, max_tries=_TRIES):
            if score := _rate(hit.raw_string):
                yield hit.start, hit.end, score


def _rate(number: str) -> float:
    if number.startswith("+"):
        return 0.95
    chunks = re.findall(r"[0-9]+", number)
    if _DATE.match(number) or any(len(chunk) < 2 for chunk in chunks[1:]):
        return 0.0
    return 0.55 if len(chunks) > 1 and sum(map(len, chunks)) > 8 else 0.35


def _match(folded: str, start: int, end: int, score: float) -> Match:
    reason = "a phone number by the tables of its region"
    if PHONE_CONTEXT.near(folded, start, end):
        return Match("pii.phone", start, end, max(score, 0.95), f"{reason}, named nearby")
    if SERIAL.announces(folded, start):
        score *= 0.4
    return Match("pii.phone", start, end, round(score, 3), reason)
