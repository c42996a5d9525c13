from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import orjson
import pytest
from aiokafka import AIOKafkaProducer

from mendline.verify.command import verify
from mendline.verify.history import RawRecord
from mendline.verify.limits import Limits
from mendline.verify.reader import LogUnreadableError
from mendline.verify.rules import Rule
from schemas.cluster import Cluster
from schemas.partitioner import partition_of
from schemas.topics import Topics
from tests.mendline.verify.scribe import DEVICE, Scribe
from tests.mendline.verify.story import tell_story, without

PARTITION = partition_of(DEVICE.encode(), 8)
STORY = tell_story(PARTITION, 8)


async def publish(kafka: str, topic: str, records: Sequence[RawRecord]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=kafka)
    await producer.start()
    for record in records:
        await producer.send(topic, record.value, record.key, PARTITION)
    await producer.stop()


async def publish_aborted(kafka: str, topic: str, records: Sequence[RawRecord]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=kafka, transactional_id=topic)
    await producer.start()
    await producer.begin_transaction()
    for record in records:
        await producer.send_and_wait(topic, record.value, record.key, PARTITION)
    await producer.abort_transaction()
    await producer.stop()


async def publish_story(kafka: str, topics: Topics, story: Scribe) -> None:
    await publish(kafka, topics.requests(), story.requests)
    await publish(kafka, topics.events(), story.events)


def saved(folder: Path, story: Scribe) -> Path:
    path = folder / "ledger"
    path.write_bytes(b"".join(orjson.dumps(entry._asdict()) + b"\n" for entry in story.ledger))
    return path


async def test_sound_log_in_kafka_has_no_violation(kafka: str, kafka_topics: Topics, tmp_path: Path) -> None:
    await publish_story(kafka, kafka_topics, STORY)
    report = await verify(Cluster(kafka), kafka_topics, saved(tmp_path, STORY), Limits(settled=True))
    assert (report.violations, report.figures["requests"], report.figures["partitions"]) == ((), 27, 8)


async def test_aborted_requests_need_no_fate(kafka: str, kafka_topics: Topics) -> None:
    await publish_story(kafka, kafka_topics, STORY)
    await publish_aborted(kafka, kafka_topics.requests(), STORY.requests[:3])
    report = await verify(Cluster(kafka), kafka_topics, None, Limits(settled=True))
    assert (report.violations, report.figures["undecided"]) == ((), 0)


async def test_damaged_log_in_kafka_is_told_with_its_position(kafka: str, kafka_topics: Topics) -> None:
    await publish(kafka, kafka_topics.requests(), STORY.requests)
    await publish(kafka, kafka_topics.events(), without(STORY.events, 1))
    report = await verify(Cluster(kafka), kafka_topics)
    first = report.violations[0]
    assert (report.exit_code, first.rule) == (1, Rule.DEVICE_ABSENT)
    assert first.positions == ((kafka_topics.events(), PARTITION, 1),)


async def test_requests_of_events_that_are_not_there_yet_are_undecided(kafka: str, kafka_topics: Topics) -> None:
    await publish(kafka, kafka_topics.requests(), STORY.requests)
    report = await verify(Cluster(kafka), kafka_topics)
    assert (report.ok, report.figures["undecided"]) == (True, 27)


async def test_topic_that_is_not_there_is_told(kafka: str) -> None:
    with pytest.raises(LogUnreadableError, match="there is no topic nowhere-device-events"):
        await verify(Cluster(kafka), Topics("nowhere-"))


async def test_broker_that_is_not_there_is_told() -> None:
    with pytest.raises(LogUnreadableError, match="are the brokers up"):
        await verify(Cluster("127.0.0.1:9"), Topics())
