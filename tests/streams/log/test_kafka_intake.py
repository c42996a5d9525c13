from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.consumer.fetcher import FetchResult
from aiokafka.errors import CorruptRecordException

from schemas.cluster import Cluster
from schemas.topics import CLIENT, DEVICE, Topics
from streams.log.kafka_intake import KafkaIntake
from streams.log.membership import Group
from streams.log.ports import LogError, NotMemberError, RequestBatch, TruncatedRequestsError
from tests.streams.log.conftest import batch_of, publish, trim


def flow(intake: KafkaIntake, partition: int, offset: int) -> None:
    intake.seek(partition, offset)
    intake.resume([partition])


def shape(batch: RequestBatch) -> tuple[int, int, list[bytes | None]]:
    return batch.begin, batch.end, [record.value for record in batch.records]


async def batches_until(intake: KafkaIntake, end: int) -> list[RequestBatch]:
    """The batches of partition 0 up to `end`."""
    batches = [await batch_of(intake)]
    while batches[-1].end < end:
        batches.append(await batch_of(intake))
    return batches


def damaged_in_partition_1(
    fetched: FetchResult, max_records: int, intact: Callable[..., list[Any]] = FetchResult.getall
) -> list[Any]:
    """As aiokafka's own `getall` when a checksum is wrong."""
    if fetched._topic_partition.partition == 1:
        raise CorruptRecordException("Invalid CRC")
    return intact(fetched, max_records)


async def batches_until_refused(intake: KafkaIntake) -> list[RequestBatch]:
    """All batches before a partition is refused."""
    batches: list[RequestBatch] = []
    with contextlib.suppress(LogError):
        while True:
            batches += (await intake.batches()).values()
    return batches


@pytest.fixture
def topic(kafka_topics: Topics) -> str:
    return kafka_topics.requests()


async def test_only_member_gets_every_partition(intake: KafkaIntake) -> None:
    assert intake.assigned() == frozenset(range(8))


async def test_partitions_are_counted(intake: KafkaIntake) -> None:
    assert await intake.partitions() == 8


async def test_batch_ends_behind_the_transactions_marker(
    intake: KafkaIntake, producer: AIOKafkaProducer, topic: str
) -> None:
    await publish(producer, topic, [b"a", b"b"])
    flow(intake, 0, 0)
    assert shape(await batch_of(intake)) == (0, 3, [b"a", b"b"])


async def test_records_that_were_aborted_leave_an_empty_batch(
    intake: KafkaIntake, producer: AIOKafkaProducer, topic: str
) -> None:
    await publish(producer, topic, [b"a", b"b"], commit=False)
    flow(intake, 0, 0)
    assert shape(await batch_of(intake)) == (0, 3, [])


async def test_batches_follow_each_other_over_markers_and_aborted_records(
    intake: KafkaIntake, producer: AIOKafkaProducer, topic: str
) -> None:
    flow(intake, 0, 0)
    for number in range(6):
        await publish(producer, topic, [b"%d" % number] * 3, commit=number % 2 == 1)
    batches = await batches_until(intake, 24)
    assert all(one.end == next_.begin for one, next_ in pairwise(batches))
    assert [(r.offset, r.value) for batch in batches for r in batch.records] == [
        (offset, b"%d" % (offset // 4)) for offset in (4, 5, 6, 12, 13, 14, 20, 21, 22)
    ]


async def test_batch_is_bounded_and_the_next_one_goes_on_behind_it(
    cluster: Cluster, kafka_topics: Topics, producer: AIOKafkaProducer, topic: str
) -> None:
    intake = KafkaIntake(cluster, topic, Group(kafka_topics.prefix, None), max_records=4)
    await intake.open()
    await intake.changed()
    flow(intake, 0, 0)
    await publish(producer, topic, [b"%d" % n for n in range(9)])
    batches = await batches_until(intake, 10)
    await intake.close()
    assert [(b.begin, b.end, len(b.records)) for b in batches] == [(0, 4, 4), (4, 8, 4), (8, 10, 1)]


async def test_partition_that_was_never_sought_yields_nothing(
    intake: KafkaIntake, producer: AIOKafkaProducer, topic: str
) -> None:
    await publish(producer, topic, [b"a"])
    intake.resume([0])
    assert await intake.batches() == {}


async def test_committed_position_does_not_make_a_partition_flow(
    intake: KafkaIntake, producer: AIOKafkaProducer, topic: str, cluster: Cluster, kafka_topics: Topics
) -> None:
    await publish(producer, topic, [b"a"])
    await intake.commit({0: 0})
    await intake.close()
    later = KafkaIntake(cluster, topic, Group(kafka_topics.prefix, None))
    await later.open()
    await later.changed()
    taken = await later.batches()
    await later.close()
    assert taken == {}


async def test_partition_that_is_sought_waits_for_resume(
    intake: KafkaIntake, producer: AIOKafkaProducer, topic: str
) -> None:
    await publish(producer, topic, [b"a"])
    intake.seek(0, 0)
    assert await intake.batches() == {}


async def test_what_was_fetched_before_a_seek_is_never_returned(
    intake: KafkaIntake, producer: AIOKafkaProducer, topic: str
) -> None:
    await publish(producer, topic, [b"a", b"b", b"c"])
    flow(intake, 0, 0)
    await asyncio.sleep(0.5)  # long enough to be fetched
    intake.seek(0, 1)
    assert shape(await batch_of(intake)) == (1, 4, [b"b", b"c"])


async def test_seek_back_gives_the_same_batch_again(
    intake: KafkaIntake, producer: AIOKafkaProducer, topic: str
) -> None:
    await publish(producer, topic, [b"a"])
    flow(intake, 0, 0)
    await batch_of(intake)
    intake.seek(0, 0)
    assert shape(await batch_of(intake)) == (0, 2, [b"a"])


async def test_paused_partition_keeps_its_place(intake: KafkaIntake, producer: AIOKafkaProducer, topic: str) -> None:
    await publish(producer, topic, [b"a"])
    flow(intake, 0, 0)
    await asyncio.sleep(0.5)  # long enough to be fetched
    intake.pause([0])
    assert await intake.batches() == {}
    intake.resume([0])
    assert shape(await batch_of(intake)) == (0, 2, [b"a"])


async def test_batches_gives_up_after_a_second(intake: KafkaIntake) -> None:
    async with asyncio.timeout(1.3):
        assert await intake.batches() == {}


async def test_requests_that_are_gone_are_named(
    intake: KafkaIntake, producer: AIOKafkaProducer, topic: str, cluster: Cluster
) -> None:
    await publish(producer, topic, [b"a", b"b", b"c"])
    await trim(cluster, topic, 2)
    flow(intake, 0, 1)
    with pytest.raises(TruncatedRequestsError, match=r"-requests\[0\] begins at 2, but 1 was to be decided next"):
        await batches_until(intake, 4)


async def test_position_behind_the_end_is_named(intake: KafkaIntake) -> None:
    flow(intake, 0, 5)
    with pytest.raises(LogError, match=r"-requests\[0\] ends before 5"):
        await batches_until(intake, 6)


async def test_wrong_position_of_one_partition_loses_nothing_of_another(
    intake: KafkaIntake, producer: AIOKafkaProducer, topic: str
) -> None:
    await publish(producer, topic, [b"a"])
    flow(intake, 0, 0)
    flow(intake, 1, 5)
    before = await batches_until_refused(intake)
    intake.seek(1, 0)
    await publish(producer, topic, [b"b"])
    batches = [*before, *await batches_until(intake, 4)]
    assert [r.value for batch in batches for r in batch.records] == [b"a", b"b"]


async def test_damaged_partition_is_named_and_loses_nothing_of_another(
    intake: KafkaIntake, producer: AIOKafkaProducer, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await publish(producer, topic, [b"a"])
    await publish(producer, topic, [b"b"], partition=1)
    monkeypatch.setattr(FetchResult, "getall", damaged_in_partition_1)
    for partition in (0, 1):
        flow(intake, partition, 0)
        await asyncio.sleep(0.5)  # fetched in this order, the damage comes last
    before = await batches_until_refused(intake)
    monkeypatch.undo()
    intake.pause([1])
    await publish(producer, topic, [b"c"])
    batches = [*before, *await batches_until(intake, 4)]
    assert [r.value for batch in batches for r in batch.records] == [b"a", b"c"]


async def test_first_offset_is_what_retention_left(
    intake: KafkaIntake, producer: AIOKafkaProducer, topic: str, cluster: Cluster
) -> None:
    await publish(producer, topic, [b"a", b"b"])
    await trim(cluster, topic, 2)
    assert await intake.first(0) == 2


async def test_member_may_commit_its_partitions(intake: KafkaIntake) -> None:
    await intake.commit({0: 0, 7: 12})


async def test_commit_of_no_partition_proves_nothing(intake: KafkaIntake) -> None:
    with pytest.raises(ValueError, match="name one"):
        await intake.commit({})


async def test_commit_before_joining_is_refused(cluster: Cluster, topic: str) -> None:
    intake = KafkaIntake(cluster, topic, Group("nobody", None))
    with pytest.raises(NotMemberError, match="not joined nobody"):
        await intake.commit({0: 0})


async def test_one_member_takes_requests_of_several_topics_each_by_its_own_view(
    cluster: Cluster, kafka_topics: Topics, producer: AIOKafkaProducer
) -> None:
    topics = [kafka_topics.requests(DEVICE), kafka_topics.requests(CLIENT)]
    devices, clients = KafkaIntake.of_topics(cluster, topics, Group(kafka_topics.prefix, None)).values()
    await devices.open()
    assert await devices.changed() == await clients.changed() == frozenset(range(8))
    for view, topic, value in zip((devices, clients), topics, (b"to a device", b"to a client"), strict=True):
        await publish(producer, topic, [value])
        flow(view, 0, 0)
    assert shape(await batch_of(devices))[2] == [b"to a device"]
    assert shape(await batch_of(clients))[2] == [b"to a client"]
    await clients.commit({0: 1}, {0: 2})
    assert (await clients.passed(0), await devices.passed(0)) == ((1, 2), None)
    await clients.close()
    await devices.close()


async def test_a_view_of_a_topic_stands_still_alone_where_its_own_position_is_gone(
    cluster: Cluster, kafka_topics: Topics, producer: AIOKafkaProducer
) -> None:
    topics = [kafka_topics.requests(DEVICE), kafka_topics.requests(CLIENT)]
    devices, clients = KafkaIntake.of_topics(cluster, topics, Group(kafka_topics.prefix, None)).values()
    await devices.open()
    await asyncio.gather(devices.changed(), clients.changed())
    for topic in topics:
        await publish(producer, topic, [b"first", b"second"])
    await trim(cluster, topics[1], 1)
    flow(devices, 0, 0)
    flow(clients, 0, 0)
    with pytest.raises(TruncatedRequestsError):
        await batch_of(clients)
    assert shape(await batch_of(devices))[2] == [b"first", b"second"]
    await clients.close()
    await devices.close()
