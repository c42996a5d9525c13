"""Where retention took the marker behind the last request, every claim goes on there, not only the first."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from streams.device.facts import Rules
from streams.log.ports import EventRecord, LogRecord
from streams.ownership.budgets import Budgets
from streams.worker.holdings import Holdings
from streams.worker.terms import Terms
from tests.streams.worker.who import WHO


class WallClock:
    """The machine's."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


class Events:
    """The events of one partition, in memory."""

    def __init__(self) -> None:
        self.records: list[LogRecord] = []

    def last_ack(self) -> None:
        return None

    async def append(self, _partition: int, events: Sequence[EventRecord]) -> int:
        base = len(self.records)
        now = time.time_ns() // 1_000_000
        self.records += [LogRecord(base + n, now, key, value) for n, (key, value) in enumerate(events)]
        return base

    async def end(self, _partition: int) -> int:
        return len(self.records)

    async def read(self, _partition: int, begin: int) -> AsyncGenerator[Sequence[LogRecord], None]:
        while True:
            found = self.records[begin:]
            begin += len(found)
            yield found


class Intake:
    """A requests partition that begins at `begins`, and what the group committed of it: (position, passed)."""

    def __init__(self, begins: int, committed: tuple[int, int]) -> None:
        self.begins = begins
        self.committed = committed
        self.sought: list[int] = []
        self._changed = asyncio.Semaphore(1)

    def assigned(self) -> frozenset[int]:
        return frozenset({0})

    def holding(self, _partition: int) -> int:
        return 1

    async def commit(self, positions: Mapping[int, int], passed: Mapping[int, int] | None = None) -> None:
        self.committed = positions[0], (passed or positions)[0]

    async def passed(self, _partition: int) -> tuple[int, int]:
        return self.committed

    async def first(self, _partition: int) -> int:
        return self.begins

    async def changed(self) -> frozenset[int]:
        await self._changed.acquire()
        return self.assigned()

    def seek(self, _partition: int, offset: int) -> None:
        self.sought.append(offset)

    def pause(self, _partitions: Collection[int]) -> None:
        pass

    def resume(self, _partitions: Collection[int]) -> None:
        pass


async def holding(events: Any, intake: Any, snapshots: Any = None) -> Holdings:
    """Holdings that own the partition."""
    nothing: Any = None
    rules, budgets = Rules(drivers={}), Budgets()
    clock, terms = WallClock(), Terms(retry_s=0.01)
    held = Holdings(WHO, terms, rules, budgets, {}, events, intake, nothing, clock, lambda: 0.5, snapshots=snapshots)
    async with asyncio.timeout(5.0):
        following = asyncio.ensure_future(held.follow())
        while held.tenure(0) < 0:  # noqa: ASYNC110  # a claim has nobody to tell
            await asyncio.sleep(0.01)
        following.cancel()
    return held


async def test_a_position_behind_the_first_request_s_offset_outlives_every_claim() -> None:
    events, intake = Events(), Intake(begins=1, committed=(0, 1))
    held = await holding(events, intake)
    await held.commit_positions()
    await held.leave_all()
    assert (intake.sought, intake.committed) == ([1], (0, 1))
