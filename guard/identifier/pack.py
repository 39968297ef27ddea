"""All identifiers of a text in one reading."""

from __future__ import annotations

import re
from collections.abc import Iterator

from guard.identifier.address import find_addresses, find_birth_dates
from guard.identifier.china import find_digits, find_with_x
from guard.identifier.document import KINDS as DOCUMENTS
from guard.identifier.document import find_documents
from guard.identifier.fold import NUMERALS, fold, spell
from guard.identifier.match import Match
from guard.identifier.net import find_emails, find_ips, find_urls

LABELS = tuple(
    sorted(
        {kind.label for kind in DOCUMENTS}
        | {"pii.cn_resident_id", "pii.cn_permanent_resident_id", "pii.phone", "pii.bank_card"}
        | {"pii.cn_address", "pii.birth_date", "pii.email", "pii.ip", "pii.url"}
    )
)
"""All labels that `find_all` can give."""

SPOKEN = 0.92
"""What a score is multiplied by when the number stands in Chinese numerals."""

_SPOKEN_RUN = re.compile(rf"[0-9{NUMERALS}](?:[ \-·.\u200b]{{0,3}}[0-9{NUMERALS}Xx]){{6,40}}")
_NUMERAL = re.compile(f"[{NUMERALS}]")


def find_all(text: str) -> list[Match]:
    """Every identifier of a text that is known without tables of other countries, overlapping ones too."""
    folded = fold(text)
    found: list[Match] = []
    for finder in _FINDERS:
        found += finder(folded)
    return found + list(find_spoken(folded))


_FINDERS = (
    find_digits,
    find_with_x,
    find_documents,
    find_emails,
    find_ips,
    find_urls,
    find_addresses,
    find_birth_dates,
)


def find_spoken(folded: str) -> Iterator[Match]:
    """Numbers written in Chinese numerals, wholly or in part, in a folded text."""
    for run in _SPOKEN_RUN.finditer(folded):
        if len(_NUMERAL.findall(run.group())) < 2:
            continue
        start, end = run.span()
        # The words around stay as they are: context is read from them.
        spoken = folded[max(0, start - 40) : start] + spell(run.group()) + folded[end : end + 20]
        shift = start - min(start, 40)
        for match in (*find_digits(spoken), *find_with_x(spoken)):
            left, right = match.start + shift, match.end + shift
            if left < end and right > start:
                yield Match(match.label, left, right, round(match.score * SPOKEN, 3), match.reason)
