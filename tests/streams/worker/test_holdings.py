"""All partitions of a worker at its end."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import cast

from schemas.device.body import Body
from schemas.device.outcomes import Accepted
from streams.device.facts import Rules
from streams.drivers.port import Send
from streams.log.ports import Clock, EventLog, Intake, LogRecord, ReportLog
from streams.ownership.budgets import Budgets
from streams.worker.holdings import Holdings
from streams.worker.terms import Terms
from tests.streams.worker.who import WHO

SLOW_S = 0.2


class SlowReports(ReportLog):
    """A log that takes its time."""

    def __init__(self) -> None:
        self.told: list[bytes] = []

    async def report(self, key: bytes, value: bytes) -> None:
        await asyncio.sleep(SLOW_S)
        self.told.append(key)

    async def dead_letter(self, reason: str, topic: str, partition: int, record: LogRecord) -> None:
        raise NotImplementedError


def holdings(reports: ReportLog, terms: Terms) -> Holdings:
    clock = cast(Clock, SimpleNamespace(now=lambda: datetime(2026, 3, 1, tzinfo=UTC), monotonic=lambda: 0.0))
    events, intake = cast(EventLog, SimpleNamespace()), cast(Intake, SimpleNamespace())
    return Holdings(WHO, terms, Rules(), Budgets(), {}, events, intake, reports, clock, lambda: 0.5)


async def test_a_worker_that_ends_waits_longer_for_outcomes_to_be_handed_on_than_for_links_to_close() -> None:
    reports = SlowReports()
    ending = holdings(reports, Terms(close_s=SLOW_S / 10, report_s=10 * SLOW_S))
    ending._report(0, Send("d1", None, "0" * 32, 1, "ana", Body(text="hi")), Accepted())
    await ending.leave_all()
    assert reports.told == [b"d1"]
