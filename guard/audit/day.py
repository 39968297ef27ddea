"""Reads the day from the time stamps that logs carry."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from typing import Any

NAMES = (
    "time", "timestamp", "ts", "created", "created_at", "create_time", "createtime", "createTime",
    "date", "datetime", "started_at", "start_time", "时间", "日期", "创建时间",
)  # fmt: skip
"""The fields that may hold a record's time, in order of preference."""

NESTED = ("request", "response", "metadata", "body")
"""The fields of a record in which its time may stand when it has none of its own."""

_WRITTEN = re.compile(r"\s*(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})")
_BEYOND = 1e20
_SCALES = ((1e8, 1), (1e11, 1e3), (1e14, 1e6), (1e17, 1e9))
"""From which number on an epoch time counts seconds, milli-, micro- and nanoseconds: as seconds, 1e8
is 1973 and 1e11 the year 5138."""


def day_of(raw: Any) -> datetime.date | None:
    """The day of a record, or None when it has no time that can be read."""
    if not isinstance(raw, Mapping):
        return None
    for name in NAMES:
        if name in raw and (day := read_day(raw[name])) is not None:
            return day
    for name in NESTED:
        if isinstance(raw.get(name), Mapping) and (day := day_of(raw[name])) is not None:
            return day
    return None


def read_day(value: Any) -> datetime.date | None:
    """The day of a time stamp.

    ISO 8601 and its everyday kin (`2026-11-23T08:00:00+08:00`, `2026/11/23 8:00`, `2026年11月23日`)
    give the day as written, whatever the zone; seconds, milli-, micro- and nanoseconds since 1970
    give the day in UTC.
    """
    if isinstance(value, str):
        return _written(value) if _WRITTEN.match(value) else _number(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _epoch(value)
    return None


def _written(text: str) -> datetime.date | None:
    match = _WRITTEN.match(text)
    try:
        return datetime.date(*map(int, match.groups())) if match else None
    except ValueError:
        return None


def _number(text: str) -> datetime.date | None:
    text = text.strip()
    if re.fullmatch(r"(19|20)\d{6}(T.*)?", text, re.ASCII):
        return _written(f"{text[:4]}-{text[4:6]}-{text[6:8]}")
    if re.fullmatch(r"\d{9,19}(\.\d+)?", text, re.ASCII):
        return _epoch(float(text))
    return None


def _epoch(number: float) -> datetime.date | None:
    for least, scale in reversed(_SCALES):
        if least <= number < _BEYOND:
            return datetime.datetime.fromtimestamp(number / scale, datetime.UTC).date()
    return None
