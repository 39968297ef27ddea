"""All identifiers of a text in one reading."""

from __future__ import annotations

import re
from collections.abc import Iterator

from guard.deadline import watched
from guard.identifier.address import find_addresses, find_birth_dates
from guard.identifier.china import find_digits, find_with_x
from guard.identifier.document import KINDS as DOCUMENTS
from guard.identifier.document import find_documents
from guard.identifier.fold import ENCLOSED, LETTERS, NUMERALS, WALL, fold, spell, unletter
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
LETTERED = 0.85
"""What it is multiplied by when letters stand for some of the digits: 138O0I38000."""

_GAP = r"[ \-·.\u200b]{0,3}"
_SPOKEN_RUN = re.compile(rf"[0-9{NUMERALS}](?:{_GAP}[0-9{NUMERALS}Xx]){{6,40}}")
_NUMERAL = re.compile(f"[{NUMERALS}]")
_LETTERED_RUN = re.compile(
    rf"(?<![A-Za-z0-9_])[0-9{LETTERS}{NUMERALS}](?:{_GAP}[0-9{LETTERS}{NUMERALS}Xx]){{9,40}}(?![A-Za-z0-9_])"
)
_LETTER = re.compile(f"[{LETTERS}]")
_WORD = re.compile(f"(?<![0-9{LETTERS}{NUMERALS}])[{LETTERS}]{{2,}}(?![0-9{LETTERS}{NUMERALS}])")
_SIGN = re.compile(
    rf"(?<![\d{ENCLOSED}])[{ENCLOSED}]{{1,2}}(?=\d)|(?<=\d)[{ENCLOSED}]{{1,2}}(?![\d{ENCLOSED}])"
)
"""What may number an item before a number, or point to a note behind it."""
_SURE = 0.96
"""How sure a number must be, read as digits, to be taken for one: by its checks, or the words around it."""
_MOST_LETTERS = 0.5
"""The share of a number's characters that may be letters."""


def find_all(text: str) -> list[Match]:
    """Every identifier of a text that is known without tables of other countries, overlapping ones too."""
    folded = fold(text)
    found: list[Match] = []
    for finder in watched(_FINDERS):
        found += watched(finder(folded))
    more = find_spoken(folded), find_lettered(folded), find_numbered(text)
    return [*found, *(match for matches in more for match in watched(matches))]


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
    for run in watched(_SPOKEN_RUN.finditer(folded)):
        if len(_NUMERAL.findall(run.group())) > 1:
            yield from _reread(folded, run, spell(run.group()), SPOKEN)


def find_numbered(text: str) -> Iterator[Match]:
    """Numbers that the sign of a list item or of a note touches, in a text as written: ①138…, 138…²."""
    read, signs = _SIGN.subn(lambda sign: WALL * len(sign.group()), text)
    if signs:
        folded = fold(read)
        yield from find_digits(folded)
        yield from find_with_x(folded)


def find_lettered(folded: str) -> Iterator[Match]:
    """Numbers in which letters stand for zeros and ones, in a folded text.

    Serial codes hold letters as well, so a phone or card is found only where the words around it speak of
    one. The letters must stand in the number and be no more than half of it; what looks like a word or a
    Roman number among digits (`II`, `lol`) makes no number.
    """
    for run in watched(_LETTERED_RUN.finditer(folded)):
        if not _LETTER.search(run.group()):
            continue
        for match in _reread(folded, run, unletter(spell(run.group())), LETTERED):
            if match.score >= _SURE * LETTERED and _is_number(folded[match.start : match.end]):
                yield match


def _is_number(written: str) -> bool:
    """Whether letters stand in a number and are not what it is made of."""
    letters = len(_LETTER.findall(written))
    return 0 < letters <= sum(map(str.isalnum, written)) * _MOST_LETTERS and not _WORD.search(written)


def _reread(folded: str, run: re.Match[str], digits: str, share: float) -> Iterator[Match]:
    """What is found where a run is read as these digits; scores keep that share of themselves."""
    start, end = run.span()
    # The words around stay as they are: context is read from them.
    read = folded[max(0, start - 40) : start] + digits + folded[end : end + 20]
    shift = start - min(start, 40)
    for match in (*find_digits(read), *find_with_x(read)):
        left, right = match.start + shift, match.end + shift
        if left < end and right > start:
            yield Match(match.label, left, right, round(match.score * share, 3), match.reason)
