from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import timedelta

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.record.memory_records import MemoryRecords

from schemas.cluster import Cluster
from schemas.topics import Topics
from streams.log.kafka_events import KafkaEventLog
from streams.log.ports import EventRecord, LogError, LogRecord
from streams.log.producers import RECORD_OVERHEAD_BYTES, BatchTooLargeError
from streams.log.topic_client import TopicClient
from tests.streams.log.conftest import publish, trim


def some(count: int, value: bytes = b"{}") -> list[EventRecord]:
    return [EventRecord(b"phone-1", value)] * count


async def taken(reading: AsyncGenerator[Sequence[LogRecord], None], count: int) -> list[LogRecord]:
    """The first `count` records."""
    records: list[LogRecord] = []
    async with aclosing(reading):
        async for batch in reading:
            records += batch
            if len(records) >= count:
                break
    return records


async def grown(events: KafkaEventLog, end: int) -> None:
    """Wait until partition 0 ends at `end`."""
    while await events.end(0) < end:
        pass


async def test_base_offsets_follow_each_other(events: KafkaEventLog) -> None:
    assert [await events.append(3, some(n)) for n in (1, 5, 2, 1)] == [0, 1, 6, 8]


async def test_partitions_are_appended_at_once(events: KafkaEventLog) -> None:
    bases = await asyncio.gather(*(events.append(partition, some(2)) for partition in range(8)))
    assert bases == [0] * 8


async def test_end_is_the_offset_of_the_next_event(events: KafkaEventLog) -> None:
    await events.append(1, some(7))
    assert await events.end(1) == 7


async def test_ends_are_asked_for_at_once(events: KafkaEventLog) -> None:
    assert await asyncio.gather(*(events.end(partition) for partition in range(8))) == [0] * 8


async def test_events_that_add_up_to_the_limit_fit(events: KafkaEventLog) -> None:
    value = b"x" * 1000
    count = events.max_batch_bytes // (len(b"phone-1") + len(value) + RECORD_OVERHEAD_BYTES)
    assert await events.append(0, some(count, value)) == 0


@pytest.mark.parametrize(("count", "size"), [(1, 2_000_000), (1100, 1000)])
async def test_events_that_do_not_fit_in_a_batch_are_refused_before_sending(
    events: KafkaEventLog, count: int, size: int
) -> None:
    with pytest.raises(BatchTooLargeError, match="append fewer at once"):
        await events.append(0, some(count, b"x" * size))
    assert await events.append(0, some(1)) == 0


async def test_reading_gives_every_event_with_the_brokers_time(events: KafkaEventLog) -> None:
    began_ms = int(time.time() * 1000)
    for n in range(4):
        await events.append(0, [EventRecord(b"k", b"%d" % n), EventRecord(b"k", b"%d" % n)])
    records = await taken(events.read(0, 0), 8)
    assert [(r.offset, r.key, r.value) for r in records] == [(i, b"k", b"%d" % (i // 2)) for i in range(8)]
    assert all(began_ms - 1000 <= r.time <= time.time() * 1000 + 1000 for r in records)


async def test_reading_from_within_a_batch_gives_nothing_before(events: KafkaEventLog) -> None:
    await events.append(0, some(10))
    assert [r.offset for r in await taken(events.read(0, 7), 3)] == [7, 8, 9]


async def test_single_events_are_picked_out_of_batches(events: KafkaEventLog) -> None:
    for n in range(5):
        await events.append(0, some(10, b"%d" % n))
    picked = await events.pick(0, [7, 23, 24, 49])
    assert [(r.offset, r.value) for r in picked] == [(7, b"0"), (23, b"2"), (24, b"2"), (49, b"4")]


async def test_picking_goes_on_where_a_fetch_is_full(events: KafkaEventLog) -> None:
    for _ in range(4):
        await events.append(0, some(5, b"x" * 100_000))
    first = await events.pick(0, [0, 19])
    rest = await events.pick(0, [19])
    assert ([r.offset for r in first], [r.offset for r in rest]) == ([0], [19])


async def test_picking_what_the_log_has_not_is_refused(events: KafkaEventLog) -> None:
    await events.append(0, some(1))
    with pytest.raises(LogError, match="no offset 7"):
        await events.pick(0, [7])


async def test_reading_at_the_end_gives_empty_batches_and_goes_on(events: KafkaEventLog) -> None:
    await events.append(0, some(1))
    async with aclosing(events.read(0, 1)) as reading:
        assert await anext(reading) == []
        await events.append(0, some(1))
        while not (batch := await anext(reading)):
            pass
    assert [r.offset for r in batch] == [1]


async def test_reading_gives_what_a_transaction_aborted_and_passes_its_marker(
    events: KafkaEventLog, kafka_topics: Topics, producer: AIOKafkaProducer
) -> None:
    await publish(producer, kafka_topics.events(), [b"a", b"b"], commit=False)
    await grown(events, 3)
    await events.append(0, some(1))
    assert [r.offset for r in await taken(events.read(0, 0), 3)] == [0, 1, 3]


async def test_reading_before_what_was_trimmed_says_so(
    events: KafkaEventLog, cluster: Cluster, kafka_topics: Topics
) -> None:
    await events.append(0, some(10))
    await trim(cluster, kafka_topics.events(), 6)
    with pytest.raises(LogError, match="no offset 2, only 6 to 10: a snapshot"):
        await taken(events.read(0, 2), 1)


async def test_reading_behind_the_end_says_so(events: KafkaEventLog) -> None:
    with pytest.raises(LogError, match="no offset 5, only 0 to 0: the log lost its tail"):
        await taken(events.read(0, 5), 1)


async def producer_ids(cluster: Cluster, topic: str, partition: int = 0) -> list[int]:
    """Who wrote each batch of the partition."""
    client = TopicClient(cluster, topic)
    batches = MemoryRecords((await client.fetch(partition, 0)).batches)
    await client.close()
    return [batches.next_batch().producer_id for _ in iter(batches.has_next, False)]


async def test_clean_appends_share_a_producer(events: KafkaEventLog, cluster: Cluster, kafka_topics: Topics) -> None:
    await events.append(0, some(1))
    await events.append(0, some(1))
    first, second = await producer_ids(cluster, kafka_topics.events())
    assert first == second


async def test_cancelled_append_is_passed_on_and_the_next_takes_a_new_producer(
    events: KafkaEventLog, cluster: Cluster, kafka_topics: Topics
) -> None:
    await events.append(0, some(1))
    appending = asyncio.create_task(events.append(0, some(1)))
    await asyncio.sleep(0)
    appending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await appending
    await events.append(0, some(1))
    ids = await producer_ids(cluster, kafka_topics.events())
    assert ids[0] != ids[-1]


async def test_other_partitions_move_to_the_new_producer_too(
    events: KafkaEventLog, cluster: Cluster, kafka_topics: Topics
) -> None:
    await events.append(1, some(1))
    appending = asyncio.create_task(events.append(0, some(1)))
    await asyncio.sleep(0)
    appending.cancel()
    await asyncio.wait({appending})
    await events.append(1, some(1))
    first, second = await producer_ids(cluster, kafka_topics.events(), 1)
    assert first != second


async def test_producer_is_replaced_before_its_sequence_wraps(cluster: Cluster, kafka_topics: Topics) -> None:
    events = KafkaEventLog(cluster, kafka_topics.events(), records_per_producer=5)
    bases = [await events.append(0, some(2)) for _ in range(4)]
    await events.close()
    ids = await producer_ids(cluster, kafka_topics.events())
    assert bases == [0, 2, 4, 6]
    assert [ids.count(producer_id) for producer_id in ids] == [2, 2, 2, 2]


async def test_producer_whose_sender_died_is_replaced(
    events: KafkaEventLog, cluster: Cluster, kafka_topics: Topics
) -> None:
    await events.append(0, some(1))
    producer = events._producers._newest
    assert producer is not None
    producer._started._sender.sender_task.cancel()  # no public way to make aiokafka fail there
    await asyncio.sleep(0)
    assert await events.append(0, some(1)) == 1


async def test_an_ack_tells_when_the_broker_wrote(events: KafkaEventLog) -> None:
    assert events.last_ack() is None
    await events.append(0, [EventRecord(b"k", b"v")])
    times = events.last_ack()
    assert times is not None
    assert times.asked - timedelta(seconds=1) < times.broker < times.acked + timedelta(seconds=1)
