"""A device's history straight from the log, for auditors: what was asked, tried and came of it, and why."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import datetime, timedelta

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from projections.decoding import read_envelope
from projections.source import open_consumer, partitions_of
from projections.timeline_line import TimelineLine, event_line, request_line, undecodable
from schemas.cluster import Cluster
from schemas.fence import Fence, Verdict
from schemas.message import PartitionClaimed, PartitionReleased
from schemas.partitioner import partition_of
from schemas.topics import Topics

CLOCK_SLACK = timedelta(minutes=1)
"""How far a decision's time may lie behind the broker's, generously (design §4: workers give up at 30 s)."""
POLL_MS = 500
MARKERS = (PartitionClaimed.type.encode(), PartitionReleased.type.encode())


async def timeline(
    cluster: Cluster,
    topics: Topics,
    device_id: str,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int | None = None,
) -> AsyncGenerator[TimelineLine, None]:
    """A device's lines in the order of the log, each request before its fate; of more than `limit` the newest.

    Memory is bounded by `limit`, not by the log. Raises TopicMissingError and aiokafka's KafkaError.
    """
    async with open_consumer(cluster) as events, open_consumer(cluster) as requests:
        lines = _merged(
            _events(events, await _place(cluster, topics.events(), device_id), device_id, until),
            _requests(requests, await _place(cluster, topics.requests(), device_id), device_id, until),
        )
        wanted = (line async for line in lines if _is_between(line.at, since, until))
        if limit is None:
            async for line in wanted:
                yield line
            return
        newest: deque[TimelineLine] = deque(maxlen=limit)
        async for line in wanted:
            newest.append(line)
        for line in newest:
            yield line


def _is_between(at: datetime, since: datetime | None, until: datetime | None) -> bool:
    return (since is None or at >= since) and (until is None or at < until)


async def _place(cluster: Cluster, topic: str, device_id: str) -> TopicPartition:
    partitions = await partitions_of(cluster, topic)
    return TopicPartition(topic, partition_of(device_id.encode(), len(partitions)))


async def _merged(
    events: AsyncIterator[TimelineLine], requests: AsyncIterator[TimelineLine]
) -> AsyncIterator[TimelineLine]:
    asked = await anext(requests, None)
    async for event in events:
        while asked is not None and event.decides is not None and asked.offset <= event.decides:
            yield asked
            asked = await anext(requests, None)
        yield event
    while asked is not None:
        yield asked
        asked = await anext(requests, None)


async def _batches(
    consumer: AIOKafkaConsumer, place: TopicPartition, until: datetime | None
) -> AsyncIterator[list[ConsumerRecord]]:
    consumer.assign([place])
    begin, end = (await consumer.beginning_offsets([place]))[place], (await consumer.end_offsets([place]))[place]
    last_ms = None if until is None else (until + CLOCK_SLACK).timestamp() * 1000
    consumer.seek(place, begin)
    while begin < end:
        for records in (await consumer.getmany(timeout_ms=POLL_MS)).values():
            yield records
            begin = records[-1].offset + 1
            if last_ms is not None and records[-1].timestamp > last_ms:
                return


async def _events(
    consumer: AIOKafkaConsumer, place: TopicPartition, device_id: str, until: datetime | None
) -> AsyncIterator[TimelineLine]:
    key, fence, seen = device_id.encode(), Fence(), False
    async for records in _batches(consumer, place, until):
        for record in records:
            mine = record.key == key
            if mine or any(marker in (record.value or b"") for marker in MARKERS):
                line = _event_line(record, fence)
                seen = seen or mine
                if mine or (seen and line.counts and line.type.encode() in MARKERS):
                    yield line


def _event_line(record: ConsumerRecord, fence: Fence) -> TimelineLine:
    """Records that neither are the device's nor marker anything change no fence, so they are not even judged."""
    envelope = read_envelope(record.value)
    if envelope is None:
        return undecodable(record, "event", counts=False)
    blind = record.offset > 0 and fence.generation == 0
    verdict = fence.judge(record.offset, envelope)
    counts = None if blind and verdict is Verdict.VOID else verdict is not Verdict.VOID
    return event_line(record, envelope, counts=counts)


async def _requests(
    consumer: AIOKafkaConsumer, place: TopicPartition, device_id: str, until: datetime | None
) -> AsyncIterator[TimelineLine]:
    key = device_id.encode()
    async for records in _batches(consumer, place, until):
        for record in records:
            if record.key == key:
                yield request_line(record)
