"""Reading an events partition from a position on, for ever, the next batches always under way."""

from __future__ import annotations

import asyncio
import contextlib
from bisect import bisect_left
from collections.abc import AsyncGenerator, Iterator, Sequence
from typing import Any

from aiokafka.record.memory_records import MemoryRecords

from streams.log.ports import LogError, LogRecord
from streams.log.topic_client import Fetched, TopicClient

Chunk = tuple[Sequence[LogRecord], int]
"""Records, and the position behind them."""

# A fold is as fast as this call (benchmarks/raw.py): LogRecord(...) takes half as long again.
_new = tuple.__new__


async def records_from(topic: TopicClient, partition: int, begin: int) -> AsyncGenerator[Sequence[LogRecord], None]:
    """Every record from `begin` on; an empty batch: nothing new yet. Closes `topic` at its end."""
    fetching = asyncio.ensure_future(topic.fetch(partition, begin))
    try:
        while True:
            records, position = decoded(await fetching, f"{topic.topic}[{partition}]")
            fetching = asyncio.ensure_future(topic.fetch(partition, position))
            yield records
    finally:
        fetching.cancel()
        with contextlib.suppress(asyncio.CancelledError, LogError):
            await fetching
        await topic.close()


def decoded(fetched: Fetched, where: str) -> Chunk:
    """The records at `fetched.position` and behind; raises LogError for a damaged batch."""
    begin = position = fetched.position
    records: list[LogRecord] = []
    for batch in _batches(fetched, where):
        position = max(position, batch.next_offset)
        if not batch.is_control_batch:
            records += [
                _new(LogRecord, (r.offset, r.timestamp, r.key, r.value, ())) for r in batch if r.offset >= begin
            ]
    return records, position


def picked(fetched: Fetched, offsets: Sequence[int], where: str) -> list[LogRecord]:
    """Of what was fetched the records at these rising offsets; raises LogError for a damaged batch."""
    records: list[LogRecord] = []
    for batch in _batches(fetched, where):
        begin, end = bisect_left(offsets, batch.base_offset), bisect_left(offsets, batch.next_offset)
        if begin < end:  # of most batches nothing is wanted
            wanted = frozenset(offsets[begin:end])
            records += [
                _new(LogRecord, (r.offset, r.timestamp, r.key, r.value, ())) for r in batch if r.offset in wanted
            ]
    return records


def _batches(fetched: Fetched, where: str) -> Iterator[Any]:
    batches = MemoryRecords(fetched.batches)
    while batches.has_next():
        batch = batches.next_batch()
        if not batch.validate_crc():
            message = f"{where} is damaged at offset {batch.base_offset}: restore it from another replica"
            raise LogError(message)
        yield batch
