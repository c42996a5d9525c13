"""A worker's clock is held against the broker's at acks, too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from streams.device.facts import Rules
from streams.log.ports import AckTimes
from streams.ownership.budgets import Budgets
from streams.worker.holdings import Holdings
from streams.worker.terms import Terms
from streams.worker.timekeeping import ClockWatch, seconds_off
from streams.worker.unfit import ClockOffError
from tests.streams.worker.who import WHO

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def times(broker_s: float, took_s: float = 1.0) -> AckTimes:
    """An append asked for at noon, written by the broker's clock so many seconds later."""
    return AckTimes(NOON, NOON + timedelta(seconds=broker_s), NOON + timedelta(seconds=took_s))


class Events:
    """An events log of which only the last ack is asked."""

    def __init__(self, last: AckTimes) -> None:
        self.last = last

    def last_ack(self) -> AckTimes:
        return self.last


def holdings(events: Any) -> Holdings:
    nothing: Any = None
    return Holdings(WHO, Terms(), Rules(drivers={}), Budgets(), {}, events, nothing, nothing, nothing, lambda: 0.5)


@pytest.mark.parametrize(("broker_s", "off"), [(0.5, 0.0), (-3.0, 3.0), (4.0, 3.0)])
def test_a_clock_is_off_by_what_the_ack_s_way_cannot_explain(broker_s: float, off: float) -> None:
    assert seconds_off(times(broker_s)) == off


def test_a_clock_is_warned_of_once_each_time_it_goes_wrong(caplog: pytest.LogCaptureFixture) -> None:
    watch = ClockWatch(Terms())
    for broker_s in (9.0, 9.0, 0.5, 9.0):
        watch.mind(times(broker_s))
    assert [r.getMessage().split(":")[0] for r in caplog.records] == ["this clock is 8.0 s off the broker's"] * 2


async def test_a_worker_whose_clock_goes_far_off_between_claims_must_end() -> None:
    held = holdings(Events(times(-31.0)))
    await held.look_around()
    assert isinstance(held.unfit, ClockOffError)
    assert held.ends.is_set()


async def test_a_worker_whose_clock_is_right_goes_on() -> None:
    held = holdings(Events(times(0.5)))
    await held.look_around()
    assert held.unfit is None
