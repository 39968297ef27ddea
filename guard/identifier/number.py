"""Identifiers made of digits only: found in runs of digits, however these are spaced.

A run is a row of digit chunks with short gaps. Every stretch of whole chunks that has a fitting number
of digits is asked whether it is one of the kinds; a number inside a longer one is never found.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from guard.deadline import watched
from guard.identifier import checksum
from guard.identifier.match import SERIAL, Context, Match, is_free

_CHUNK = re.compile(r"[0-9]+")
_GAP = re.compile(r"[ \-·.\u200b]{1,3}|\) ?")
_MOST = 19
_CHUNKS = 6
"""The most chunks of a number inside a run; the whole run may have more."""
_MONEY = re.compile(r"(?:[$¥€£₩￥]|rmb|usd|cny|hkd) ?\Z", re.IGNORECASE)
_ITEM = re.compile(r"^[ \t]*[1-9][0-9]?\.\Z", re.MULTILINE)
"""The number of an item in a list, if it is not the whole part of a decimal."""
_BRACKETED_ITEM = re.compile(r"(?:^|[\s(:,;，。；、])[1-9][0-9]?\) ?\Z", re.MULTILINE)
_UNIT = re.compile(
    r" ?(?:美元|人民币|%|‰|℃|公里|千米|公斤|吨|亿|字节|元(?![旦宵月素老帅])|块(?!儿)"
    r"|万(?![一事分能达里科先女总老])|米(?![饭粉线先女总老])|个(?![人体性案税])|次(?![日月年要])|度(?![假过日])"
    r"|(?:(?i:rmb|usd|km|kg|mb|gb)|ms)(?![A-Za-z]))"
)
"""What is counted or measured; words and names that only begin like a unit are none."""
_WHOLE = 11
"""Two chunks with this many digits each, or more, are two numbers."""
_FIRM = 0.85
"""From this score on a number may stand beside underscores."""
_SURE = 0.96
"""From this score on a number's own checks outweigh what stands beside it."""
_AMOUNT = Context(
    "额,费,价,款,共,合计,总计,收入,营收,利润,成本,数,量,约,达,超过,amount,total,sum,revenue,price,cost,costs,"
    "worth,count,about,over,nearly,size"
)


@dataclass(frozen=True, slots=True)
class Digits:
    """A stretch of digit chunks: `text[start:end]` with its gaps, `value` without them."""

    text: str
    start: int
    end: int
    value: str
    shape: tuple[int, ...]
    gaps: tuple[str, ...]

    @property
    def is_plain(self) -> bool:
        """Whether nothing visible stands between the digits."""
        return all(not gap.strip("\u200b") for gap in self.gaps)

    @property
    def is_spelled_out(self) -> bool:
        """Whether the digits stand one by one with the same gap between them."""
        return len(self.shape) == len(self.value) and len(set(self.gaps)) == 1

    @property
    def is_regular(self) -> bool:
        """Whether all gaps are alike."""
        return len(set(self.gaps)) <= 1

    @property
    def is_doubtful(self) -> bool:
        """Whether a sign of money or `1.` stands before, or a unit behind: it may be an amount."""
        before = any(mark.search(self.text, max(0, self.start - 8), self.start) for mark in (_MONEY, _ITEM))
        return before or _UNIT.match(self.text, self.end) is not None


@dataclass(frozen=True, slots=True)
class NumberKind:
    """A kind of identifier made of digits.

    `judge` gives the score without context, 0 for what it is not; `known` the score with context.
    `doubt` is what remains of a score when words name the value as that of an order or a version, or as one
    of `others`.
    """

    label: str
    lengths: frozenset[int]
    judge: Callable[[Digits], float]
    context: Context
    known: float
    reason: str
    doubt: float = 0.4
    others: Context | None = None


def find_numbers(text: str, kinds: Sequence[NumberKind]) -> Iterator[Match]:
    """Identifiers of these kinds in a folded text."""
    by_length: dict[int, list[NumberKind]] = {}
    for kind in kinds:
        for length in kind.lengths:
            by_length.setdefault(length, []).append(kind)
    for stretch in stretches(text, by_length):
        for kind in by_length[len(stretch.value)]:
            score = kind.judge(stretch)
            if score < _FIRM and not is_free(text, stretch.start, stretch.end):
                continue
            if score and not (stretch.is_doubtful and _is_amount(kind, stretch, score)):
                yield _weigh(kind, stretch, score)


def _is_amount(kind: NumberKind, digits: Digits, score: float) -> bool:
    """Whether doubtful digits are an amount: neither checks nor the words around say what else they are."""
    if score >= _SURE:
        return False
    place = digits.text, digits.start, digits.end
    return not kind.context.near(*place) or _AMOUNT.near(*place, after=0)


def _weigh(kind: NumberKind, digits: Digits, score: float) -> Match:
    text, start, end = digits.text, digits.start, digits.end
    reason = kind.reason
    if kind.others and kind.others.announces(text, start):
        score, reason = score * kind.doubt, f"{reason}, but announced as another number"
    elif kind.context.near(text, start, end):
        score, reason = max(score, kind.known), f"{reason}, named nearby"
    elif SERIAL.announces(text, start):
        score, reason = score * kind.doubt, f"{reason}, but announced as a serial number"
    return Match(kind.label, start, end, round(score, 3), reason)


def stretches(text: str, lengths: Container[int]) -> Iterator[Digits]:
    """Every stretch of whole digit chunks, of these numbers of digits, that may be a number of its own."""
    for run in _runs(text):
        for first in watched(range(len(run))):
            total = 0
            for last in range(first, _bound(run, first)):
                total += run[last][1] - run[last][0]
                if total > _MOST:
                    break
                if total in lengths and _stands_alone(text, run, first, last):
                    yield _digits(text, run[first : last + 1])


def _bound(run: Sequence[tuple[int, int]], first: int) -> int:
    """Where stretches from a chunk on must end: digits one by one are read only as a whole run."""
    if first == 0 and len(run) <= _MOST:
        return len(run)
    return min(len(run), first + _CHUNKS)


def _runs(text: str) -> Iterator[list[tuple[int, int]]]:
    run: list[tuple[int, int]] = []
    for found in watched(_CHUNK.finditer(text)):
        if run and not _GAP.fullmatch(text, run[-1][1], found.start()):
            yield run
            run = []
        run.append(found.span())
    if run:
        yield run


def _digits(text: str, chunks: Sequence[tuple[int, int]]) -> Digits:
    gaps = tuple(text[left[1] : right[0]] for left, right in pairwise(chunks))
    value = "".join(text[start:end] for start, end in chunks)
    shape = tuple(end - start for start, end in chunks)
    return Digits(text, chunks[0][0], chunks[-1][1], value, shape, gaps)


def _stands_alone(text: str, run: Sequence[tuple[int, int]], first: int, last: int) -> bool:
    """Whether the chunks are not a part of a longer number, a decimal or a word."""
    start, end = run[first][0], run[last][1]
    if first and _belongs(text, run[first - 1], run[first], inside=run[first : last + 1]):
        return False
    if last + 1 < len(run) and _belongs(text, run[last], run[last + 1], inside=run[first : last + 1]):
        return False
    return is_free(text, start, end, checked=True)


def _belongs(
    text: str, left: tuple[int, int], right: tuple[int, int], inside: Sequence[tuple[int, int]]
) -> bool:
    """Whether the gap between two chunks, one of them outside, ties them into one number.

    A mark with a space ends a clause or begins an item of a list.
    """
    gap = text[left[1] : right[0]]
    item = _BRACKETED_ITEM if gap.startswith(")") else _ITEM
    if gap != " " and right in inside and item.search(text, max(0, right[0] - 8), right[0]):
        return False
    if gap.strip(" \u200b"):
        lengths = left[1] - left[0], right[1] - right[0]
        return " " not in gap and ("." in gap or min(lengths) < _WHOLE)
    if " " not in gap:
        return True
    if len(inside) == 1:
        return False
    edge, outer = (left, right) if left in inside else (right, left)
    if text[inside[0][1] : inside[1][0]] != gap:
        return False
    return edge[1] - edge[0] == outer[1] - outer[0] or _is_letter(text[outer[0] - 1 : outer[0]])


def _is_letter(char: str) -> bool:
    return char.isascii() and char.isalpha()


def is_card(digits: Digits) -> float:
    """How likely the digits are a payment card: Luhn, a usual grouping, and an issuer's range."""
    value = digits.value
    if not checksum.is_luhn(value) or len(set(value)) < 2:
        return 0.0
    if not (digits.is_plain or digits.is_spelled_out or digits.shape in _CARD_SHAPES):
        return 0.0
    if len(value) == 18 and value[:2] in checksum.PROVINCES and checksum.is_date(value[6:14]):
        return 0.2  # an identity number, mistyped perhaps
    if len(value) == 18 and checksum.is_built_as_permanent_resident_id(value):
        return 0.0
    lengths = next((lengths for prefix, lengths in _ISSUERS if prefix.match(value)), ())
    if len(value) not in lengths:
        return 0.2
    if value[0] in "4569" and (len(value) < 16 or (value[0] == "4" and len(value) == 19)):
        return 0.45
    return 0.95 if len(digits.shape) > 1 else 0.9


_ISSUERS = tuple(
    (re.compile(prefix), lengths)
    for prefix, lengths in (
        (r"62|81[0-7]", (16, 17, 18, 19)),  # UnionPay
        (r"955[3-9]|603|68|69", (16, 17, 18, 19)),  # Chinese debit cards older than 62
        (r"4", (13, 16, 19)),  # Visa
        (r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720", (16,)),  # Mastercard
        (r"3[47]", (15,)),  # American Express
        (r"352[89]|35[3-8]", (16, 17, 18, 19)),  # JCB
        (r"2131|1800", (15,)),  # JCB, older
        (r"6011|64[4-9]|65", (16, 19)),  # Discover
        (r"30[0-5]|3095|36|38|39", (14, 16, 19)),  # Diners Club
        (r"220[0-4]", (16,)),  # Mir
        (r"50[0-9]|5[678]|60|6[1-9]", tuple(range(12, 20))),  # Maestro, RuPay
    )
)
"""Issuer identification ranges (ISO/IEC 7812, as the networks publish them) and lengths of number."""

_CARD_SHAPES = frozenset(
    {
        (4, 4, 4, 4),
        (4, 4, 4, 4, 3),
        (4, 4, 4, 4, 2),
        (4, 4, 4, 4, 1),
        (4, 4, 4, 3),
        (4, 4, 4, 1),
        (4, 4, 4, 7),
    }
    | {(4, 6, 5), (4, 6, 4), (4, 12), (4, 15), (6, 10), (6, 12), (6, 13), (6, 4, 4, 4, 1), (8, 8)}
)

CARD = NumberKind(
    "pii.bank_card",
    frozenset(range(12, 20)),
    is_card,
    Context(
        "卡号,卡號,银行卡,銀行卡,信用卡,储蓄卡,借记卡,银联,账号,账户,户名,开户行,转账,汇款,打款,工行,建行,农行,招行,"
        "card,credit,debit,visa,mastercard,amex,unionpay,cc,account,bank,jcb,discover,maestro,diners"
    ),
    0.99,
    "a card number whose check digit is right",
    others=Context(
        "社保,社保卡,医保,医保卡,社会保障卡,社会保险,医疗保险,公积金,公积金账号,公积金账户,社會保障卡"
    ),
)
