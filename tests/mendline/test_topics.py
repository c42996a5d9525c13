from __future__ import annotations

import pytest
from aiokafka import AIOKafkaProducer

from mendline.errors import TopicCreationError
from mendline.topics import Difference, Size, TopicPlan, check_topics, ensure_topics, planned_topics
from schemas.cluster import Cluster
from schemas.topics import Topics

NOBODY_LISTENS = "127.0.0.1:9"


def settings_of(name: str) -> dict[str, str]:
    [plan] = [plan for plan in planned_topics() if plan.name == name]
    return dict(plan.settings)


def test_events_are_kept_for_ever_and_timed_by_the_broker() -> None:
    events = settings_of("device-events")
    assert (events["retention.ms"], events["retention.bytes"], events["cleanup.policy"]) == (
        "-1",
        "-1",
        "delete",
    )
    assert events["message.timestamp.type"] == "LogAppendTime"


def test_requests_are_kept_thirty_days() -> None:
    assert settings_of("device-requests")["retention.ms"] == str(30 * 24 * 60 * 60 * 1000)


def test_three_copies_need_two_brokers_to_acknowledge() -> None:
    assert Size(replication=3).safety["min.insync.replicas"] == "2"


async def test_made_topics_are_as_planned(kafka: str, kafka_topics: Topics) -> None:
    assert await check_topics(Cluster(kafka), planned_topics(kafka_topics)) == []


async def test_topics_that_are_there_are_left_alone(kafka: str, kafka_topics: Topics) -> None:
    await ensure_topics(Cluster(kafka), planned_topics(kafka_topics), Size(partitions=3))
    assert await check_topics(Cluster(kafka), planned_topics(kafka_topics)) == []


async def test_fresh_topic_takes_a_record(kafka: str, kafka_topics: Topics) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all", enable_idempotence=True)
    await producer.start()
    acknowledged = await producer.send_and_wait(kafka_topics.events(), b"first", partition=7)
    await producer.stop()
    assert acknowledged.offset == 0


async def test_missing_topic_is_a_difference(kafka: str) -> None:
    assert await check_topics(Cluster(kafka), [TopicPlan("nowhere", {})]) == [
        Difference("nowhere", "topic", wanted="there", found="missing")
    ]


async def test_other_setting_is_a_difference(kafka: str, kafka_topics: Topics) -> None:
    name = kafka_topics.events()
    found = await check_topics(Cluster(kafka), [TopicPlan(name, {"retention.ms": "1000"})])
    assert found == [Difference(name, "retention.ms", wanted="1000", found="-1")]


async def test_other_number_of_partitions_is_a_difference(kafka: str, kafka_topics: Topics) -> None:
    name = kafka_topics.snapshots
    found = await check_topics(Cluster(kafka), [TopicPlan(name, {})], Size(partitions=64))
    assert found == [Difference(name, "partitions", wanted="64", found="8")]


async def test_topic_that_the_brokers_refuse_is_an_error_with_their_reason(kafka: str) -> None:
    with pytest.raises(TopicCreationError, match=r"did not make too-many-copies: .*replication factor of 3"):
        await ensure_topics(Cluster(kafka), [TopicPlan("too-many-copies", {})], Size(replication=3))


async def test_absent_broker_is_an_error_that_names_the_setting() -> None:
    with pytest.raises(TopicCreationError, match=f"no broker answers at {NOBODY_LISTENS}.*MENDLINE_KAFKA"):
        await ensure_topics(Cluster(NOBODY_LISTENS), planned_topics())
