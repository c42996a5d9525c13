"""Appending and hearing on a real Kafka, with an owner played by hand."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from schemas.cluster import Cluster
from schemas.device.requests import RefreshRequested
from schemas.envelope import NO_CONTEXT, Position, encode_event
from schemas.message import RequestRefused
from schemas.topics import DEVICE, Topics
from streams.gateway.appender import Appender
from streams.gateway.fates import Fates
from streams.gateway.hearing import Hearing
from streams.log.kafka_events import KafkaEventLog
from streams.log.ports import EventRecord, LogError
from tests.streams.gateway.requests import request_of

REFUSED = RequestRefused(reason="unknown_device", detail="there is none")


async def _refuse(events: KafkaEventLog, topics: Topics, position: Position, key: str) -> None:
    end = await events.end(position.partition)
    place = topics.events(), position.partition, end
    value = encode_event(REFUSED, place, key, "2026-01-01T00:00:00Z", "0" * 16, "x", position.offset, NO_CONTEXT)
    await events.append(position.partition, [EventRecord(key.encode(), value)])


def _ended(hearing: Hearing) -> bool:
    return hearing.story.ended


@pytest.mark.kafka
async def test_a_request_is_appended_and_its_fate_heard(kafka: str, kafka_topics: Topics) -> None:
    cluster = Cluster(kafka)
    events = KafkaEventLog(cluster, kafka_topics.events())
    async with aclosing(Appender(cluster, kafka_topics)) as appender, aclosing(Fates(cluster, kafka_topics)) as fates:
        partition = await appender.partition(DEVICE, "d-1")
        async with fates.listening(DEVICE, {partition}) as ear:
            [position] = await appender.append(DEVICE, [request_of("d-1", RefreshRequested())])
            await _refuse(events, kafka_topics, position, "d-1")
            [hearing] = ear.hear([(position, "d-1")])
            assert await hearing.until(_ended, asyncio.get_running_loop().time() + 20)
    assert [told.event for told in hearing.told] == [REFUSED]
    await events.close()


@pytest.mark.kafka
async def test_a_thousand_requests_lie_where_it_is_said(kafka: str, kafka_topics: Topics) -> None:
    async with aclosing(Appender(Cluster(kafka), kafka_topics)) as appender:
        records = [request_of(f"d-{number % 30}", RefreshRequested()) for number in range(1000)]
        positions = await appender.append(DEVICE, records)
        partitions = [await appender.partition(DEVICE, record.key.decode()) for record in records]
    assert [position.partition for position in positions] == partitions
    assert len(set(positions)) == 1000


async def test_brokers_that_are_away_are_told_of_in_time() -> None:
    appender = Appender(Cluster("127.0.0.1:9"), Topics(), append_timeout_s=0.5)
    with pytest.raises(LogError):
        await appender.append(DEVICE, [request_of("d-1", RefreshRequested())])
    await appender.aclose()
