"""Publishing requests to a real Kafka, and waiting for what becomes of them."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from mendline.following import NoAnswerError, follow, wait_for_fate
from mendline.producer import Asked, BrokersAwayError, Producer
from schemas.cluster import Cluster
from schemas.device.body import Body
from schemas.device.links import RefreshStarted, RefreshSucceeded
from schemas.device.requests import RefreshRequested, SendRequested
from schemas.envelope import Context, decode_request
from schemas.message import RequestAlreadyDone, RequestRefused
from schemas.partitioner import partition_of
from schemas.topics import Topics
from streams.log.event_reading import decoded
from streams.log.topic_client import TopicClient
from tests.mendline.owner_by_hand import OwnerByHand

PARTITION = partition_of(b"d-1", 8)
HEALTHY = RequestAlreadyDone(reason="healthy")
VOID = RequestRefused(reason="invalid", detail="of an owner that is none any more")


async def _asked(kafka: str, topics: Topics) -> Asked:
    async with Producer(Cluster(kafka), topics) as producer:
        return await producer.publish("d-1", RefreshRequested(), request_id="button-1")


async def test_a_request_lies_in_its_keys_partition_as_it_was_asked(kafka: str, kafka_topics: Topics) -> None:
    request = SendRequested(to="+62", body=Body(text="hello"))
    async with Producer(Cluster(kafka), kafka_topics, source="shop") as producer:
        asked = await producer.publish("d-1", request, request_id="order-1", context=Context(actor="user:ana"))
    reader = TopicClient(Cluster(kafka), kafka_topics.requests())
    records, _ = decoded(await reader.fetch(PARTITION, 0), "")
    await reader.close()
    read = decode_request(records[0].value)
    assert asked.position == (kafka_topics.requests(), PARTITION, 0)
    assert (records[0].key, read.id, read.source, read.context.actor) == (b"d-1", "order-1", "shop", "user:ana")
    assert read.data["body"]["text"] == "hello"


async def test_a_request_without_an_id_gets_one_of_its_own(kafka: str, kafka_topics: Topics) -> None:
    async with Producer(Cluster(kafka), kafka_topics) as producer:
        first, second = [await producer.publish("d-1", RefreshRequested()) for _ in range(2)]
    assert first.request_id != second.request_id
    assert second.position.offset == first.position.offset + 1


async def test_the_fate_is_the_event_that_decides_the_request(kafka: str, kafka_topics: Topics) -> None:
    asked = await _asked(kafka, kafka_topics)
    async with OwnerByHand(kafka, kafka_topics, PARTITION) as owner:
        await owner.take(1)
        offset = await owner.append(HEALTHY, decides=asked.position.offset)
    told = await wait_for_fate(Cluster(kafka), kafka_topics, asked, 10)
    assert (told.offset, told.event) == (offset, HEALTHY)


async def test_a_fate_decided_before_anyone_waits_is_found(kafka: str, kafka_topics: Topics) -> None:
    async with OwnerByHand(kafka, kafka_topics, PARTITION) as owner:
        await owner.take(1)
        asked = await _asked(kafka, kafka_topics)
        await owner.append(HEALTHY, decides=asked.position.offset)
        await owner.append(VOID)
    assert (await wait_for_fate(Cluster(kafka), kafka_topics, asked, 10)).event == HEALTHY


async def test_a_fate_that_does_not_count_is_passed_over(kafka: str, kafka_topics: Topics) -> None:
    asked = await _asked(kafka, kafka_topics)
    async with OwnerByHand(kafka, kafka_topics, PARTITION) as owner:
        await owner.take(1)
        await owner.append(VOID, decides=asked.position.offset, off_by=1)
        await owner.append(HEALTHY, decides=asked.position.offset)
    assert (await wait_for_fate(Cluster(kafka), kafka_topics, asked, 10)).event == HEALTHY


async def test_waiting_goes_on_through_a_change_of_owner(kafka: str, kafka_topics: Topics) -> None:
    asked = await _asked(kafka, kafka_topics)
    waiting = asyncio.create_task(wait_for_fate(Cluster(kafka), kafka_topics, asked, 20))
    async with OwnerByHand(kafka, kafka_topics, PARTITION, "a" * 16) as first:
        await first.take(1)
    async with OwnerByHand(kafka, kafka_topics, PARTITION, "b" * 16) as second:
        await second.take(2)
        await second.append(HEALTHY, decides=asked.position.offset)
    assert (await waiting).event == HEALTHY


async def test_a_refresh_is_followed_to_its_end(kafka: str, kafka_topics: Topics) -> None:
    asked = await _asked(kafka, kafka_topics)
    started, succeeded = RefreshStarted(refresh=1, why="requested"), RefreshSucceeded(refresh=1)
    async with OwnerByHand(kafka, kafka_topics, PARTITION) as owner:
        await owner.take(1)
        await owner.append(started, decides=asked.position.offset)
        await owner.append(succeeded)
    async with aclosing(follow(Cluster(kafka), kafka_topics, asked, 10)) as events:
        assert [told.event async for told in events] == [started, succeeded]


async def test_nobody_waits_longer_than_was_said(kafka: str, kafka_topics: Topics) -> None:
    asked = await _asked(kafka, kafka_topics)
    with pytest.raises(NoAnswerError, match="is a worker running"):
        await wait_for_fate(Cluster(kafka), kafka_topics, asked, 0.2)


async def test_a_record_that_is_no_event_does_not_end_the_wait(kafka: str, kafka_topics: Topics) -> None:
    asked = await _asked(kafka, kafka_topics)
    async with OwnerByHand(kafka, kafka_topics, PARTITION) as owner:
        await owner.take(1)
        await owner.append_raw(b"\xff")
        await owner.append(HEALTHY, decides=asked.position.offset)
    assert (await wait_for_fate(Cluster(kafka), kafka_topics, asked, 10)).event == HEALTHY


async def test_absent_brokers_are_named(unused_tcp_port: int) -> None:
    with pytest.raises(BrokersAwayError, match=f"127.0.0.1:{unused_tcp_port} does not take requests"):
        async with Producer(Cluster(f"127.0.0.1:{unused_tcp_port}"), Topics()):
            pass


async def test_a_missing_topic_is_named(kafka: str) -> None:
    async with Producer(Cluster(kafka), Topics("nobody-made-this-"), timeout_s=0.5) as producer:
        with pytest.raises(BrokersAwayError, match="nobody-made-this-device-requests"):
            await producer.publish("d-1", RefreshRequested())
