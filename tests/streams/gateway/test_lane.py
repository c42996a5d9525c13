"""Records of many callers share batches, in the order in which they came."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from streams.gateway.lane import MOST_BYTES, Lane, cut
from streams.log.ports import AppendUnknownError, EventRecord

SMALL = EventRecord(b"k", b"v")


class Log:
    """One partition that takes batches when it is told to; `refuses`: how many of the first it does not."""

    def __init__(self) -> None:
        self.batches: list[Sequence[EventRecord]] = []
        self.open = asyncio.Event()
        self.refuses = 0
        self._end = 100

    async def append(self, records: Sequence[EventRecord]) -> int:
        self.batches.append(records)
        number = len(self.batches)
        await self.open.wait()
        if number <= self.refuses:
            raise AppendUnknownError("no ack")
        self._end += len(records)
        return self._end - len(records)


async def test_what_comes_while_a_batch_is_under_way_goes_out_together() -> None:
    log = Log()
    lane = Lane(log.append)
    pieces = lane.put([SMALL])
    await asyncio.sleep(0)
    pieces += lane.put([SMALL, SMALL])
    pieces += lane.put([SMALL])
    log.open.set()
    assert [await piece.base for piece in pieces] == [100, 101, 103]
    assert [len(batch) for batch in log.batches] == [1, 3]


async def test_an_append_that_failed_is_told_to_its_callers_alone() -> None:
    log = Log()
    log.refuses = 1
    lane = Lane(log.append)
    [failed] = lane.put([SMALL])
    await asyncio.sleep(0)
    [later] = lane.put([SMALL])
    log.open.set()
    with pytest.raises(AppendUnknownError):
        await failed.base
    assert await later.base == 100


async def test_a_caller_who_left_stops_nobody() -> None:
    log = Log()
    lane = Lane(log.append)
    [left] = lane.put([SMALL])
    [stays] = lane.put([SMALL])
    left.base.cancel()
    log.open.set()
    assert await stays.base == 101


async def test_a_lane_that_closes_leaves_nobody_waiting() -> None:
    lane = Lane(Log().append)
    [under_way] = lane.put([SMALL])
    await asyncio.sleep(0)
    [waiting] = lane.put([SMALL])
    await lane.close()
    assert under_way.base.cancelled()
    assert waiting.base.cancelled()


def test_records_are_cut_into_portions_that_fit_into_a_batch() -> None:
    large = EventRecord(b"k", b"v" * (MOST_BYTES // 2 - 100))
    portions = cut([large, large, large, SMALL])
    assert [len(records) for records, _ in portions] == [2, 2]
    assert all(size <= MOST_BYTES for _, size in portions)
