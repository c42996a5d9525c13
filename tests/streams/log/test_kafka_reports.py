from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from schemas.cluster import Cluster
from schemas.partitioner import partition_of
from schemas.topics import Topics
from streams.log.kafka_reports import KafkaReportLog
from streams.log.ports import LogRecord

UNREADABLE = LogRecord(17, 1_700_000_000_000, b"phone-1", b"{", [("content-type", b"text/plain")])


@pytest.fixture
async def reports(cluster: Cluster, kafka_topics: Topics) -> AsyncIterator[KafkaReportLog]:
    log = KafkaReportLog(cluster, kafka_topics.requests(), kafka_topics.dead_letters)
    yield log
    await log.close()


async def only_record(cluster: Cluster, topic: str) -> ConsumerRecord[bytes, bytes]:
    """The first record in any partition."""
    async with AIOKafkaConsumer(**cluster.options(), max_partition_fetch_bytes=2**22) as consumer:
        consumer.assign([TopicPartition(topic, partition) for partition in range(8)])
        await consumer.seek_to_beginning()
        record: ConsumerRecord[bytes, bytes] = await consumer.getone()
        return record


async def test_report_lies_in_the_partition_of_its_key(
    reports: KafkaReportLog, cluster: Cluster, kafka_topics: Topics
) -> None:
    await reports.report(b"phone-77", b"{}")
    record = await only_record(cluster, kafka_topics.requests())
    assert (record.key, record.value, record.partition) == (b"phone-77", b"{}", partition_of(b"phone-77", 8))


async def test_dead_letter_keeps_the_record_and_says_where_it_lay_and_why(
    reports: KafkaReportLog, cluster: Cluster, kafka_topics: Topics
) -> None:
    await reports.dead_letter("no JSON", "device-requests", 3, UNREADABLE)
    record = await only_record(cluster, kafka_topics.dead_letters)
    assert (record.key, record.value) == (UNREADABLE.key, UNREADABLE.value)
    assert record.headers == (
        ("reason", b"no JSON"),
        ("topic", b"device-requests"),
        ("partition", b"3"),
        ("offset", b"17"),
        ("content-type", b"text/plain"),
    )


async def test_dead_letter_of_a_record_without_key_and_value_is_kept(
    reports: KafkaReportLog, cluster: Cluster, kafka_topics: Topics
) -> None:
    await reports.dead_letter("no value", "device-requests", 3, LogRecord(17, 0, None, None))
    record = await only_record(cluster, kafka_topics.dead_letters)
    assert (record.key, record.value) == (None, None)


async def test_dead_letter_that_is_too_large_is_kept_without_its_value(
    reports: KafkaReportLog, cluster: Cluster, kafka_topics: Topics
) -> None:
    value = b"x" * 1024 * 1024
    await reports.dead_letter("no JSON", "device-requests", 3, LogRecord(17, 0, b"phone-1", value))
    record = await only_record(cluster, kafka_topics.dead_letters)
    assert (record.value, dict(record.headers)["value-bytes"]) == (None, b"1048576")


async def test_dead_letter_with_a_key_that_fills_a_batch_is_kept_without(
    reports: KafkaReportLog, cluster: Cluster, kafka_topics: Topics
) -> None:
    await reports.dead_letter("no JSON", "device-requests", 3, LogRecord(17, 0, b"k" * (1024 * 1024 - 100), b"{"))
    record = await only_record(cluster, kafka_topics.dead_letters)
    assert (record.key, dict(record.headers)["offset"]) == (None, b"17")


async def test_thousands_of_dead_letters_at_once_do_not_keep_one_another_waiting(
    reports: KafkaReportLog, caplog: pytest.LogCaptureFixture
) -> None:
    letters = (reports.dead_letter("no JSON", "device-requests", 3, UNREADABLE) for _ in range(3000))
    async with asyncio.timeout(20):
        await asyncio.gather(*letters)
    assert [record for record in caplog.records if record.name == "streams.log.outage"] == []
