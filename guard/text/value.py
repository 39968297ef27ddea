"""A number, amount, date or time as a value, and whether two of them agree or clash."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

Date = tuple[int | None, int | None, int | None]
"""Year, month and day, each None where not said."""

HALF_DAY = 720
"""Minutes between a time of the morning and the same of the evening."""
MONTH = 30.44 * 86400
"""Seconds of a month, on average."""
_LEAST_DAYS = 14 * 86400
"""Seconds of a stretch that may be told in months."""
_ODD_DAYS = 0.025
"""Share by which months and days may differ that are the same."""


@dataclass(frozen=True, slots=True)
class Value:
    """A number, amount, date or time in a text.

    `kind` is percent, money, measure, count, score, date, time, weekday or relative. `amount` is in the
    canonical `unit` of its kind: the number times `scale` (million, 万) times `factor` (of the unit).
    `slack` is how far another amount may lie off and still be the same said more roughly. `sign` is 1 or
    -1, and 0 where only the words around it could tell. A time counts minutes from midnight or noon; its
    unit says which: am, pm or neither. The unit of a date may be decade, or either where day and month
    could be the other way round (05/01/2023). Relative is last year (amount -1, unit year) or tomorrow
    (1, day). The unit of a percentage is paid where the rest is a discount (八折).
    """

    start: int
    end: int
    kind: str
    amount: float
    unit: str = ""
    slack: float = 0.0
    factor: float = 1.0
    scale: float = 1.0
    sign: int = 1
    date: Date = (None, None, None)

    @property
    def is_moment(self) -> bool:
        """Whether this is a point in time."""
        return self.kind in ("date", "time", "weekday", "relative")


def readings(value: Value) -> Iterator[Value]:
    """The value, and the same in another unit: days for months, and the discount for what is paid."""
    yield value
    if value.kind == "percent" and value.unit in ("%", "paid"):
        unit = "%" if value.unit == "paid" else "paid"
        yield replace(value, unit=unit)
        yield replace(value, unit=unit, amount=100 - value.amount, sign=0)
    elif value.unit == "month":
        seconds = value.amount * MONTH
        yield replace(value, unit="second", amount=seconds, slack=_ODD_DAYS * seconds)
    elif value.unit == "second" and value.amount >= _LEAST_DAYS:
        months = value.amount / MONTH
        yield replace(value, unit="month", amount=months, slack=_ODD_DAYS * months)


def agrees(said: Value, source: Value) -> bool:
    """Whether a source's value bears out what was said, exactly or rounded."""
    if said.kind == source.kind and said.unit != source.unit:
        return any(is_same(reading, source) for reading in readings(said))
    return is_same(said, source)


def is_same(said: Value, source: Value) -> bool:
    """Whether a value bears out what was said, in the unit in which it is given."""
    if said.kind == "date" or source.kind == "date":
        return _dates_agree(said, source)
    if not _are_alike(said, source) or said.sign * source.sign < 0:
        return False
    slack = 0.0 if said.is_moment else max(said.slack, 1e-9 * abs(said.amount))
    return abs(said.amount - source.amount) <= slack


_SAME_UNITS = ({"celsius", "degree"}, {"fahrenheit", "degree"}, {"am", ""}, {"pm", ""})
"""Units of which one may stand for the other."""


def _are_alike(said: Value, source: Value) -> bool:
    """Whether kinds and units let two values be the same; a plain count may be of anything but percent."""
    kinds = {said.kind, source.kind}
    if len(kinds) > 1:
        return "count" in kinds and kinds <= {"count", "money", "measure"}
    return said.kind == "count" or said.unit == source.unit or {said.unit, source.unit} in _SAME_UNITS


def _dates_agree(said: Value, source: Value) -> bool:
    if said.kind != source.kind:
        plain = said if said.kind == "date" else source
        other = source if plain is said else said
        if said.unit == "century":
            return ((source.date[0] or 0) + 99) // 100 == said.amount
        return plain.date[1] is None and plain.amount == other.amount and other.kind == "count"
    if said.unit == "decade" or source.unit == "decade":
        return (said.date[0] or 0) // 10 == (source.date[0] or 0) // 10
    if _dates_differ(said, source):
        return False
    finest = max(index for index, mine in enumerate(said.date) if mine is not None)
    return source.date[finest] is not None


def _dates_differ(said: Value, source: Value) -> bool:
    return all(
        any(None not in pair and pair[0] != pair[1] for pair in zip(mine, theirs, strict=True))
        for mine in _date_readings(said)
        for theirs in _date_readings(source)
    )


def _date_readings(value: Value) -> list[Date]:
    year, month, day = value.date
    return [value.date, (year, day, month)] if value.unit == "either" else [value.date]


def clashes(said: Value, source: Value) -> bool:
    """Whether two values are of one kind and unit and cannot both be meant."""
    if said.kind != source.kind or agrees(said, source):
        return False
    if said.kind == "time":
        return True
    if said.unit != source.unit:
        return False
    if said.kind == "date":
        return _dates_differ(said, source)
    return said.kind != "count" or bool(said.unit)
