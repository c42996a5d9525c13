"""The one grammar of time: how people write moments, lengths and ranges. Pure; docs/command-line.md tells it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
LENGTH = re.compile(r"(\d+(?:\.\d+)?)([smhdw])", re.ASCII)
DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
RFC_3339 = re.compile(rf"{DATE.pattern}[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?", re.ASCII | re.IGNORECASE)
DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1}
MOMENTS = "2026-11-23T15:30+07:00, 2026-11-23 15:30 (local time), 2026-11-23, now, today, yesterday or @1764000000"


class TimeUnreadableError(ValueError):
    """A time is written as the grammar has it; the message says how."""


class Period(NamedTuple):
    """A stretch of time, its end not in it; None: open on that side."""

    begin: datetime | None
    end: datetime | None


def length(text: str) -> timedelta:
    """A length of time: 90s, 15m, 1.5h, 2d, 1w, 1h30m; raises TimeUnreadableError."""
    parts = LENGTH.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise TimeUnreadableError(f"{text!r} is no length of time: write 90s, 15m, 1.5h, 2d, 1w or 1h30m")
    try:
        return timedelta(seconds=sum(float(number) * SECONDS[unit] for number, unit in parts))
    except OverflowError:
        raise TimeUnreadableError(f"{text!r} is longer than any calendar") from None


def past(text: str, now: datetime) -> datetime:
    """A moment, in UTC; a length is so long ago. Raises TimeUnreadableError."""
    return _moment(text, now, -1, "15m (ago)")


def future(text: str, now: datetime) -> datetime:
    """A moment, in UTC; a length is so long from now. Raises TimeUnreadableError."""
    return _moment(text, now, 1, "15m (from now)")


def period(text: str, now: datetime) -> Period:
    """A range BEGIN..END of the past, either side may be left out; a day by itself is the whole day."""
    if _is_day(text):
        return Period(past(text, now), _end_of_day(text, now))
    first, dots, last = text.partition("..")
    if not dots or not (first or last):
        raise TimeUnreadableError(f"{text!r} is no range of time: write 2h..1h, 2026-11-20..2026-11-23, 15m.. or a day")
    found = Period(past(first, now) if first else None, past(last, now) if last else None)
    if found.begin and found.end and found.begin >= found.end:
        raise TimeUnreadableError(f"{text!r} ends before it begins: write the earlier time first")
    return found


def _moment(text: str, now: datetime, sign: int, lengths: str) -> datetime:
    try:
        if LENGTH.match(text):
            return now + sign * length(text)
        return _utc(_named(text, now))
    except (ValueError, OverflowError, OSError) as error:
        if isinstance(error, TimeUnreadableError):
            raise
        raise TimeUnreadableError(f"{text!r} is no time: write {lengths}, {MOMENTS}") from None


def _named(text: str, now: datetime) -> datetime:
    if text == "now":
        return now
    if text.startswith("@"):
        return datetime.fromtimestamp(float(text[1:]), UTC)
    if _is_day(text):
        return _day(text, now)
    if RFC_3339.fullmatch(text):
        return datetime.fromisoformat(text.upper())
    raise ValueError


def _is_day(text: str) -> bool:
    return text in DAYS or DATE.fullmatch(text) is not None


def _day(text: str, now: datetime) -> datetime:
    """A day's local midnight, without its offset, which another day may not share."""
    if text in DAYS:
        return datetime.combine(now.astimezone().date() + timedelta(days=DAYS[text]), time())
    return datetime.fromisoformat(text)


def _end_of_day(text: str, now: datetime) -> datetime | None:
    try:
        return _utc(_day(text, now) + timedelta(days=1))
    except OverflowError:  # the last day of the calendar
        return None


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)
