"""The grammar of time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mendline.command_line.times import Period, TimeUnreadableError, future, length, past, period
from projections.timeline_line import local_time

NOW = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
"""In Jakarta it is three o'clock of the next day."""


@pytest.fixture(autouse=True)
def _in_jakarta(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Asia/Jakarta")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def _utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]  # year, month, day, ...


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("15m", 900), ("1.5h", 5400), ("2d", 172_800), ("1w", 604_800), ("1h30m", 5400), ("0s", 0)],
)
def test_a_length_of_time_is_a_number_with_its_unit(text: str, seconds: float) -> None:
    assert length(text) == timedelta(seconds=seconds)


def test_a_told_time_is_local_and_is_read_as_the_same_moment() -> None:
    told = local_time(NOW)
    assert (told, past(told, NOW)) == ("2026-11-24 03:00:00.000", NOW)


@pytest.mark.parametrize("text", ["", "15", "m", "15 m", "-15m", "1h30", "15min", "1,5h", "٣h", "9" * 400 + "w"])
def test_what_is_no_length_is_refused(text: str) -> None:
    with pytest.raises(TimeUnreadableError, match=r"no length of time|longer than any calendar"):
        length(text)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-23T15:30:00Z", _utc(2026, 11, 23, 15, 30)),
        ("2026-11-23t15:30:00.250z", _utc(2026, 11, 23, 15, 30, 0, 250_000)),
        ("2026-11-23T15:30+07:00", _utc(2026, 11, 23, 8, 30)),
        ("2026-11-23 15:30", _utc(2026, 11, 23, 8, 30)),
        ("2026-11-23", _utc(2026, 11, 22, 17)),
        ("@1764000000", _utc(2025, 11, 24, 16)),
        ("now", NOW),
        ("today", _utc(2026, 11, 23, 17)),
        ("yesterday", _utc(2026, 11, 22, 17)),
        ("tomorrow", _utc(2026, 11, 24, 17)),
    ],
)
def test_a_moment_is_the_same_whichever_way_one_looks(text: str, moment: datetime) -> None:
    assert past(text, NOW) == future(text, NOW) == moment


def test_a_length_is_ago_where_one_looks_back_and_ahead_where_one_plans() -> None:
    assert (past("15m", NOW), future("15m", NOW)) == (NOW - timedelta(minutes=15), NOW + timedelta(minutes=15))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "later",
        "2026-13-01",
        "2026-02-30",
        "15:30",
        "20261123",
        "2026-11-23T25:00",
        "@",
        "@nan",
        "1764000000",
        "9" * 30 + "w",
    ],
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(TimeUnreadableError):
        past(text, NOW)


def test_a_moment_beyond_the_calendar_is_refused() -> None:
    with pytest.raises(TimeUnreadableError, match="is no time"):
        past("9000w", _utc(20, 1, 1))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2h..1h", Period(NOW - timedelta(hours=2), NOW - timedelta(hours=1))),
        ("15m..", Period(NOW - timedelta(minutes=15), None)),
        ("..2026-11-23", Period(None, _utc(2026, 11, 22, 17))),
        ("2026-11-20..2026-11-23", Period(_utc(2026, 11, 19, 17), _utc(2026, 11, 22, 17))),
        ("2026-11-23", Period(_utc(2026, 11, 22, 17), _utc(2026, 11, 23, 17))),
        ("yesterday", Period(_utc(2026, 11, 22, 17), _utc(2026, 11, 23, 17))),
    ],
)
def test_a_range_has_two_ends_or_is_a_day(text: str, found: Period) -> None:
    assert period(text, NOW) == found


@pytest.mark.parametrize("text", ["", "..", "2h", "1h..2h", "2026-02-30", "now..now", "a..b", "1h..later"])
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(TimeUnreadableError):
        period(text, NOW)


def test_a_day_is_as_long_as_the_clocks_make_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    begin, end = period("2026-10-25", NOW)
    assert end is not None
    assert begin is not None
    assert end - begin == timedelta(hours=25)


@given(st.text(alphabet="0123456789smhdwTZ:-+.@ nowtday", max_size=30), st.sampled_from((past, future, period)))
def test_whatever_is_written_is_read_or_refused_in_words(text: str, read: Callable[[str, datetime], object]) -> None:
    with suppress(TimeUnreadableError):
        read(text, NOW)
