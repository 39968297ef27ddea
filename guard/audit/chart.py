"""Works out the geometry of the report's charts; the template only draws."""

from __future__ import annotations

import datetime
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

ORDER = ("block", "retry", "redact", "flag", "allow")
"""Stacking order, from the foot of a column up."""

DAYS_SHOWN = 45
WEEKS_SHOWN = 60
MONTHS_SHOWN = 240
"""Months shown even if nothing happened in them."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One piece of a stacked column: `y` from above and `height`, both in percent of the chart."""

    action: str
    count: int
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Column:
    """One day, week or month."""

    name: str
    short: str
    segments: tuple[Segment, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Columns:
    """A chart of stacked columns; `unit` is `day`, `week` or `month`, `ticks` are its scale."""

    unit: str
    columns: tuple[Column, ...]
    ticks: tuple[int, ...]
    every: int


@dataclass(frozen=True, slots=True)
class Bar:
    """One horizontal bar: `width` in percent of the longest."""

    name: str
    count: int
    width: float
    tone: str = ""
    note: str = ""


def columns(days: Mapping[str, Counter[str]]) -> Columns | None:
    """The actions by day, or by week or month where there are many days; None without any date."""
    known = {datetime.date.fromisoformat(day): count for day, count in days.items() if day}
    if not known:
        return None
    unit = _unit(min(known), max(known))
    bins: defaultdict[datetime.date, Counter[str]] = defaultdict(Counter)
    for start in _starts(min(known), max(known), unit):
        bins[start].clear()
    for day, count in known.items():
        bins[_start(day, unit)].update(count)
    ticks = scale(max(count.total() for count in bins.values()))
    drawn = tuple(_column(start, count, unit, ticks[-1]) for start, count in sorted(bins.items()))
    return Columns(unit, drawn, ticks, max(1, -(-len(drawn) // 8)))


def _unit(first: datetime.date, last: datetime.date) -> str:
    days = (last - first).days + 1
    return "day" if days <= DAYS_SHOWN else "week" if days <= WEEKS_SHOWN * 7 else "month"


def _start(day: datetime.date, unit: str) -> datetime.date:
    if unit == "week":
        return day - datetime.timedelta(days=min(day.weekday(), (day - datetime.date.min).days))
    return day.replace(day=1) if unit == "month" else day


def _starts(first: datetime.date, last: datetime.date, unit: str) -> Iterable[datetime.date]:
    """The first day of each day, week or month of the period; of many months, the last ones."""
    if unit == "month":
        months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
        return [datetime.date(month // 12, month % 12 + 1, 1) for month in months[-MONTHS_SHOWN:]]
    step, start = 7 if unit == "week" else 1, _start(first, unit)
    count = (last - start).days // step + 1
    return [start + datetime.timedelta(days=number * step) for number in range(count)]


def _column(start: datetime.date, count: Counter[str], unit: str, top: int) -> Column:
    segments = []
    y = 100.0
    for action in ORDER:
        if count[action]:
            height = 100.0 * count[action] / top
            y -= height
            segments.append(Segment(action, count[action], round(y, 3), round(height, 3)))
    name = f"{start:%Y-%m}" if unit == "month" else start.isoformat()
    short = name if unit == "month" else f"{start:%m-%d}"
    return Column(name, short, tuple(segments), count.total())


def scale(most: int) -> tuple[int, ...]:
    """Round numbers from 0 to at least `most`, in two to five steps.

    >>> scale(7)
    (0, 2, 4, 6, 8)
    """
    step = 1
    while most / step > 5:
        step = step * 5 // 2 if str(step).startswith("2") else step * 2
    top = max(1, -(-most // step))
    return tuple(step * number for number in range(top + 1))


def bars(counts: Mapping[str, int], tones: Mapping[str, str], notes: Mapping[str, str]) -> list[Bar]:
    """One bar for each name that was counted, the longest first."""
    longest = max(counts.values(), default=0)
    ranked = sorted(((name, count) for name, count in counts.items() if count), key=lambda item: -item[1])
    return [
        Bar(name, count, round(100 * count / longest, 2), tones.get(name, ""), notes.get(name, ""))
        for name, count in ranked
    ]
