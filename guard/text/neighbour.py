"""What values take over from their neighbours in a text: units, scales, years, signs, and sums."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from guard.text.unit import MEASURES
from guard.text.value import HALF_DAY, Date, Value

_TO = frozenset(("-", "–", "—", "~", "～", "至", "到", "to", "through"))
_RANGE = _TO | {"and", "或", "or"}
_LONGEST = 9
"""Characters between the two ends of a range."""
_SUM = re.compile(r"\s?(?:(?:and|零|又|余)\s?)?\Z")
_AMOUNTS = ("percent", "money", "measure", "count")
_FAR = 100
"""A first end this many times the second, in bare numbers, has no scale to share: 500至1万元."""

_MINUS = re.compile(r"[-−－]\Z")
_BELOW_ZERO = re.compile(r"(?:零下|(?<![担自肩胜背抱辜欺])负|minus\s)\s?\Z")
_TOLD = re.compile(
    r"(?:[为是至达约到于（(：:=、，,<>≤≥~～]|利润|收益|盈亏|增长率?|增速|[同环]比|变动|变化|现金流|净额|回报率?|涨跌幅?"
    r"|\b(?:of|to|was|is|at|by|from|and|reached|hit|growth|change|return|profit|income))\s?\Z"
)
"""What stands before a minus sign; elsewhere a dash may be no more than a dash (成人票-50元)."""
_LOSS = re.compile(
    r"亏|损|[降减跌缩]|负(?![责担荷载])|节省|下滑|下挫|回落|走低|低于|收窄|萎缩|赤字|逆差|缺口|优惠|折|零下|流出"
    r"|\b(?:loss|lost|lose|fell|fall|down|declin|decreas|drop|shr[iau]nk|negative|below|minus|off|discount|cut|less"
    r"|reduc|outflow|deficit|contract)",
    re.IGNORECASE,
)
_NEAR = 24
"""Characters before and after an amount in which such words count."""
_DEGREES = ("celsius", "fahrenheit", "degree")


def settle(text: str, found: Sequence[Value]) -> list[Value]:
    """Values in order, each with what its neighbours tell of it; parts of one amount are added up."""
    shared = list(_shared(text, list(_added(text, found))))
    return [replace(value, sign=_sign(text, value, shared[:at])) for at, value in enumerate(shared)]


def _added(text: str, found: Sequence[Value]) -> Iterator[Value]:
    """1小时30分钟, 2 years 3 months, 1米75 and 1万2千 as one value each."""
    last: Value | None = None
    for value in found:
        total = _add(text, last, value) if last else None
        if last and not total:
            yield last
        last = total or value
    if last:
        yield last


def _add(text: str, first: Value, second: Value) -> Value | None:
    if not _SUM.match(text[first.end : second.start]) or second.start - first.end > _LONGEST:
        return None
    end, amount = second.end, second.amount
    glued = first.end == second.start
    if first.kind == "measure" and second.kind == "count" and glued:
        part = text[second.start : end]
        if first.factor == 3600 and first.unit == "second" and text[end : end + 1] == "分":
            amount, end = 60 * amount, end + 1
        elif first.unit == "metre" and first.factor == 1 and part.isdecimal() and second.unit not in MEASURES:
            amount = amount / 10 ** len(part)
        else:
            return None
        return replace(first, end=end, amount=first.amount + amount)
    if first.kind == second.kind == "measure" and first.unit == second.unit:
        is_part = second.factor < first.factor and amount < first.factor
        return replace(second, start=first.start, amount=first.amount + amount) if is_part else None
    if glued and first.kind == "count" and not first.unit and second.kind in _AMOUNTS:
        is_part = 1 <= second.scale < first.scale and amount < first.scale * second.factor
        total = first.amount * second.factor + amount
        return replace(second, start=first.start, amount=total) if is_part else None
    return None


def _shared(text: str, found: list[Value]) -> list[Value]:
    """Gives both ends of a range, as in "3 to 5 million days", the unit, scale, month and year of either."""
    for index, (first, second) in enumerate(itertools.pairwise(found)):
        first = found[index]
        gap = _gap(text, first, second)
        if gap not in _RANGE:
            continue
        if first.kind == second.kind == "date" and gap in _TO:
            found[index], found[index + 1] = _share_date(first, second)
        elif first.kind in ("count", "money") and second.kind in _AMOUNTS:
            if (
                first.kind == "money"
                and second.kind == "count"
                and ((gap in _TO and not second.unit) or second.scale > 1)
            ):
                second = replace(second, kind="money", unit=first.unit)
                found[index + 1] = second
            found[index] = _share_unit(first, second)
    return found


def _gap(text: str, first: Value, second: Value) -> str:
    gap = text[first.end : second.start]
    return gap.strip().lower() if len(gap) <= _LONGEST else ""


def _share_unit(first: Value, second: Value) -> Value:
    bare = first.kind == "count"
    if not bare and (first.kind, first.unit) != (second.kind, second.unit):
        return first
    near = first.amount * second.scale < _FAR * second.amount / second.factor
    scale = second.scale if first.scale == 1 and near else 1.0
    factor = second.factor if bare else 1.0
    if not bare and first.factor != second.factor:
        return first
    by = scale * factor
    return replace(
        first,
        kind=second.kind,
        unit=second.unit,
        factor=second.factor,
        scale=first.scale * scale,
        amount=first.amount * by,
        slack=first.slack * by,
    )


def _share_date(first: Value, second: Value) -> tuple[Value, Value]:
    """A second day without a month is of the first's, unless it lies before; likewise with years."""
    (year, month, day), (other_year, other_month, other_day) = first.date, second.date
    if other_month is None and other_day is not None and day is not None and day <= other_day:
        other_month = month
    if month is not None and other_month is not None and month <= other_month:
        other_year, year = other_year or year, year or other_year
    return _dated(first, (year, month, day)), _dated(second, (other_year, other_month, other_day))


def _dated(value: Value, date: Date) -> Value:
    return replace(value, date=date, amount=float(date[0] or 0))


def _sign(text: str, value: Value, before: Sequence[Value]) -> int:
    """-1 for an amount with a minus sign, 0 where a dash might be one or words tell of a loss."""
    if value.kind not in _AMOUNTS:
        return 1
    head = text[max(0, value.start - _NEAR) : value.start]
    if _BELOW_ZERO.search(head):
        return -1
    is_loss = _LOSS.search(head) or _LOSS.search(text[value.end : value.end + _NEAR])
    minus = _MINUS.search(head)
    if not minus:
        return 0 if is_loss else 1
    place = value.start - len(head) + minus.start()
    lead = head[: minus.start()]
    if (before and before[-1].end >= place) or (lead[-1:].isascii() and lead[-1:].isalnum()):
        return 1
    is_told = (value.unit in _DEGREES and lead) or _TOLD.search(lead)
    return -1 if is_told and not is_loss else 0


def encloses(text: str, found: Sequence[Value], said: Value) -> bool:
    """Whether a value lies within a range of its kind that the text gives: 周一至周五, 9:00-17:00, 3-5天."""
    return any(
        _is_within(first, second, said)
        for first, second in itertools.pairwise(found)
        if first.kind == second.kind == said.kind
        and (said.kind == "time" or first.unit == second.unit == said.unit)
        and _gap(text, first, second) in _RANGE
    )


def _is_within(first: Value, second: Value, said: Value) -> bool:
    if said.kind == "date":
        return _is_between(first.date, second.date, said.date)
    if said.kind == "time":
        return any(
            low <= at <= high for low, at, high in itertools.product(*map(_minutes, (first, said, second)))
        )
    if said.kind == "weekday" and second.amount < first.amount:
        return said.amount >= first.amount or said.amount <= second.amount
    return first.amount <= said.amount <= second.amount


def _minutes(time: Value) -> list[float]:
    """The minutes from midnight that a time may mean."""
    return [time.amount + HALF_DAY * late for late in (0, 1) if time.unit != ("am", "pm")[1 - late]]


def _is_between(first: Date, second: Date, said: Date) -> bool:
    """Whether a day or month lies between two others, as far as all three say; not within a life of years."""
    if said[1:] == (None, None) or (first[0] and second[0] and first[0] != second[0]):
        return False
    fields = [at for at in range(3) if None not in (first[at], second[at], said[at])]
    low, high, mine = ([date[at] or 0 for at in fields] for date in (first, second, said))
    return bool(fields) and low <= mine <= high
