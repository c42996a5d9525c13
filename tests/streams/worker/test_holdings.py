"""All partitions of a worker at its end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import cast

import pytest

from schemas.device.body import Body
from schemas.device.outcomes import Accepted
from streams.device.facts import Rules
from streams.drivers.port import Send
from streams.log.ports import Clock, EventLog, EventRecord, Intake, LogRecord, NotMemberError, ReportLog
from streams.ownership.budgets import Budgets
from streams.worker import holdings as holdings_module
from streams.worker.holdings import Holdings
from streams.worker.losses import REFUSALS
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

    async def publish(self, topic: str, records: Sequence[EventRecord]) -> None:
        raise NotImplementedError

    async def dead_letter(self, reason: str, topic: str, partition: int, record: LogRecord) -> None:
        raise NotImplementedError


class Lost:
    """A group that gives partition 0 and takes it back: in the next generation, or in one that was missed."""

    def __init__(self, *, missed: bool) -> None:
        self._missed = missed
        self._told = [frozenset({0}), frozenset[int]()]
        self._number = 1

    async def changed(self) -> frozenset[int]:
        if not self._told:
            await asyncio.Event().wait()
        if len(self._told) == 1 and self._missed:
            self._number = 2
        return self._told.pop(0)

    def holding(self, partition: int) -> int:
        return self._number


class Runner:
    """Notes how its partition is given up."""

    partition = 0

    def __init__(self) -> None:
        self.owner = None
        self.how: list[str] = []

    async def run(self) -> None:
        await asyncio.Event().wait()

    def put_out(self, *, long_ago: bool = False) -> None:
        self.how.append("put out long ago" if long_ago else "put out")

    async def leave(self) -> None:
        self.how.append("leave")


async def given_up(intake: Lost, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """How the partition is given up that the group takes back."""
    runner = Runner()
    monkeypatch.setattr(holdings_module, "PartitionRunner", lambda *_: runner)
    held = holdings(SlowReports(), Terms(), cast(Intake, intake))
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(SLOW_S):
            await held.follow()
    await held.leave_all()
    return runner.how


async def test_a_partition_lost_in_the_next_generation_is_left_politely(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await given_up(Lost(missed=False), monkeypatch) == ["leave"]


async def test_a_partition_lost_in_a_generation_that_was_missed_is_left_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert await given_up(Lost(missed=True), monkeypatch) == ["put out long ago", "leave"]


class Expelled:
    """A group that gave partition 0 and does not know the process any more."""

    def __init__(self) -> None:
        self._told = [frozenset({0})]

    async def changed(self) -> frozenset[int]:
        if not self._told:
            await asyncio.Event().wait()
        return self._told.pop()

    def holding(self, partition: int) -> int:
        return 1

    async def confirm(self) -> None:
        raise NotMemberError


async def test_a_worker_that_claims_all_anew_notices_that_it_was_put_out(monkeypatch: pytest.MonkeyPatch) -> None:
    runner = Runner()
    monkeypatch.setattr(holdings_module, "PartitionRunner", lambda *_: runner)
    held = holdings(SlowReports(), Terms(), cast(Intake, Expelled()))
    following = asyncio.ensure_future(held.follow())
    await asyncio.sleep(0)
    for _ in range(REFUSALS):
        await held.commit_positions()
    following.cancel()
    await held.leave_all()
    assert runner.how == ["put out", "leave"]


def holdings(reports: ReportLog, terms: Terms, intake: Intake | None = None) -> Holdings:
    clock = cast(Clock, SimpleNamespace(now=lambda: datetime(2026, 3, 1, tzinfo=UTC), monotonic=lambda: 0.0))
    events, intake = cast(EventLog, SimpleNamespace()), intake or cast(Intake, SimpleNamespace())
    return Holdings(WHO, terms, Rules(), Budgets(), {}, events, intake, reports, clock, lambda: 0.5)


async def test_a_worker_that_ends_waits_longer_for_outcomes_to_be_handed_on_than_for_links_to_close() -> None:
    reports = SlowReports()
    ending = holdings(reports, Terms(close_s=SLOW_S / 10, report_s=10 * SLOW_S))
    ending._report(0, Send("d1", None, "0" * 32, 1, "ana", Body(text="hi")), Accepted())
    await ending.leave_all()
    assert reports.told == [b"d1"]
