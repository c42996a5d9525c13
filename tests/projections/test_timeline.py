"""A device's history, straight from the log."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from aiokafka import AIOKafkaProducer

from projections.timeline import timeline
from projections.timeline_line import TimelineLine, as_json, in_words, local_time
from schemas.cluster import Cluster
from schemas.device.body import Body
from schemas.device.requests import RefreshRequested, SendRequested
from schemas.envelope import Context, encode_request
from schemas.partitioner import partition_of
from schemas.topics import Topics
from tests.projections.events import REGISTERED, accepted, attempted, queued
from tests.projections.publishing import publish
from tests.projections.written_log import WrittenPartition, at, claimed

DEVICE = "d-1"
PARTITION = partition_of(DEVICE.encode(), 8)


@pytest.fixture
async def log(kafka: str, kafka_topics: Topics) -> WrittenPartition:
    """What became of two requests, another device's events, a void event and a second owner."""
    await _request(kafka, kafka_topics, "other", SendRequested(to="1", body=Body(text="not mine")))
    await _request(kafka, kafka_topics, DEVICE, SendRequested(to="62811", body=Body(text="hello")))
    await _request(kafka, kafka_topics, DEVICE, RefreshRequested())
    log = claimed(PARTITION)
    log.add("other", REGISTERED)
    log.add(DEVICE, REGISTERED)
    log.add(DEVICE, queued(1), decides=1, cause="request:1", context=Context(actor="ann", reason="sale"))
    log.void(DEVICE, attempted(1))
    log.claim("worker-2")
    log.add(DEVICE, attempted(1), cause="event:3")
    log.raw(b"nonsense", DEVICE)
    log.add(DEVICE, accepted(1), cause="driver:1")
    log.void("other", REGISTERED)
    log.release()
    await publish(kafka, kafka_topics.events(), log)
    return log


async def _request(kafka: str, topics: Topics, device: str, request: Any) -> None:
    context = Context(actor="ann")
    now = datetime.now(UTC)
    value = encode_request(f"r-{device}", request.type, device, "shop", request, time=now, context=context)
    async with AIOKafkaProducer(bootstrap_servers=kafka) as producer:
        await producer.send_and_wait(topics.requests(), value, device.encode(), partition=PARTITION)


async def _lines(kafka: str, topics: Topics, **options: Any) -> list[TimelineLine]:
    return [line async for line in timeline(Cluster(kafka), topics, DEVICE, **options)]


@pytest.mark.usefixtures("log")
async def test_it_tells_what_was_asked_before_what_came_of_it(kafka: str, kafka_topics: Topics) -> None:
    lines = await _lines(kafka, kafka_topics)
    assert [(line.kind, line.type, line.offset, line.counts) for line in lines] == [
        ("event", "device_registered", 2, True),
        ("request", "send_requested", 1, True),
        ("event", "send_queued", 3, True),
        ("event", "send_attempted", 4, False),
        ("event", "partition_claimed", 5, True),
        ("event", "send_attempted", 6, True),
        ("event", "(undecodable)", 7, False),
        ("event", "send_accepted", 8, True),
        ("event", "partition_released", 10, True),
        ("request", "refresh_requested", 2, True),
    ]


@pytest.mark.usefixtures("log")
async def test_a_line_says_when_where_what_why_and_who(kafka: str, kafka_topics: Topics) -> None:
    line = (await _lines(kafka, kafka_topics))[2]
    assert in_words(line) == (
        f'{local_time(line.at)}  {kafka_topics.events()}/{PARTITION}/3  send queued  request=1 request_id="r-1"'
        ' send.to="62811" send.body.text="hello" send.expires_at="2026-01-02T00:00:00+00:00"'
        ' send.digest="0000000000000000" reason="busy"  because of request:1  by ann  reason: sale'
    )


@pytest.mark.usefixtures("log")
async def test_a_void_line_says_so(kafka: str, kafka_topics: Topics) -> None:
    assert in_words((await _lines(kafka, kafka_topics))[3]).endswith("because of due:test  VOID")


@pytest.mark.usefixtures("log")
async def test_programs_read_it_as_json(kafka: str, kafka_topics: Topics) -> None:
    line = (await _lines(kafka, kafka_topics))[7]
    assert orjson.loads(orjson.dumps(as_json(line))) == {
        "time": "2026-01-01T00:00:08+00:00",
        "topic": kafka_topics.events(),
        "partition": PARTITION,
        "offset": 8,
        "stream_id": DEVICE,
        "kind": "event",
        "type": "send_accepted",
        "counts": True,
        "cause": "driver:1",
        "actor": None,
        "reason": None,
        "decides": None,
        "data": {
            "request": 1,
            "request_id": "r-1",
            "attempt": 1,
            "provider_message_id": None,
            "pace_until": None,
        },
    }


@pytest.mark.usefixtures("log")
async def test_a_limit_gives_the_newest_lines_and_times_bound_it(kafka: str, kafka_topics: Topics) -> None:
    newest = await _lines(kafka, kafka_topics, limit=2)
    assert [line.type for line in newest] == ["partition_released", "refresh_requested"]
    between = await _lines(kafka, kafka_topics, since=at(3), until=at(6))
    assert [line.offset for line in between] == [3, 4, 5]


async def test_a_device_that_nobody_knows_has_no_lines(kafka: str, kafka_topics: Topics) -> None:
    assert await _lines(kafka, kafka_topics) == []
