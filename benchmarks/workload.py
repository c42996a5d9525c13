"""The same input for everybody: devices registered, sends published; and what the log says of when they were done."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from mendline.topics import ensure_topics, planned_topics
from schemas.cluster import Cluster
from schemas.device.body import Body
from schemas.device.requests import DevicePairingRequested, DeviceRegistrationRequested, SendRequested
from schemas.envelope import encode_request
from schemas.message import Request
from schemas.partitioner import partition_of
from schemas.topics import Topics

PARTITIONS = 8
DEVICES = [f"device-{number:04d}" for number in range(1, 3001)]
TICK_S = 0.005
TEXT = "Your parcel is on its way"
SETTLED = ("send_accepted", "send_rejected", "send_uncertain", "send_expired")


async def fresh_topics(bootstrap: str, name: str) -> Topics:
    """Topics that nobody else uses."""
    topics = Topics(prefix=f"bench-{name}-{time.time_ns():x}-")
    await ensure_topics(Cluster(bootstrap), planned_topics(topics))
    return topics


def registration(device: str, driver: str = "simulated", pace_s: float = 0.0) -> tuple[str, bytes]:
    """The key and the value of a device's registration."""
    request = DeviceRegistrationRequested(driver=driver, pace_min_s=pace_s, pace_max_s=pace_s)
    return device, _value(f"register-{device}", device, request)


def send(device: str, number: int, to: str | None = None) -> tuple[str, bytes]:
    """The key and the value, some 250 bytes, of a send."""
    request = SendRequested(to=to or f"62811{number:08d}", body=Body(text=TEXT))
    return device, _value(f"send-{number}", device, request)


def pairing(device: str) -> tuple[str, bytes]:
    """The key and the value of a request to pair the device."""
    return device, _value(f"pair-{device}", device, DevicePairingRequested())


def _value(request_id: str, device: str, request: Request) -> bytes:
    return encode_request(request_id, request.type, device, "bench", request, time=datetime.now(UTC))


@asynccontextmanager
async def producer(bootstrap: str, linger_ms: int = 0) -> AsyncIterator[AIOKafkaProducer]:
    """A producer as a careful outside program would make it."""
    options = {"acks": "all", "enable_idempotence": True, "linger_ms": linger_ms, "max_batch_size": 512 * 1024}
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, **options) as made:
        yield made


async def publish(to: AIOKafkaProducer, topic: str, records: Iterable[tuple[str, bytes]]) -> None:
    """Publish whole batches as fast as the broker takes them, in order."""
    lanes: list[list[tuple[bytes, bytes]]] = [[] for _ in range(PARTITIONS)]
    for key, value in records:
        raw = key.encode()
        lanes[partition_of(raw, PARTITIONS)].append((raw, value))
    await asyncio.gather(*(publish_lane(to, topic, partition, lane) for partition, lane in enumerate(lanes)))


async def publish_lane(to: AIOKafkaProducer, topic: str, partition: int, lane: list[tuple[bytes, bytes]]) -> None:
    """Publish to one partition."""
    for begin in range(0, len(lane), 1000):
        batch = to.create_batch()
        for key, value in lane[begin : begin + 1000]:
            batch.append(timestamp=None, key=key, value=value)
        await (await to.send_batch(batch, topic, partition=partition))


async def publish_steadily(to: AIOKafkaProducer, topic: str, rate: float, records: Sequence[tuple[str, bytes]]) -> None:
    """Publish so many records a second, one by one."""
    loop = asyncio.get_running_loop()
    began, done, sent = loop.time(), 0, []
    while done < len(records):
        due = min(len(records), int((loop.time() - began) * rate))
        for key, value in records[done:due]:
            raw = key.encode()
            sent.append(await to.send(topic, key=raw, value=value, partition=partition_of(raw, PARTITIONS)))
        done = due
        await asyncio.sleep(TICK_S)
    await asyncio.gather(*sent)


@dataclass(slots=True)
class Outcome:
    """What the log says of a run. Times by the broker's clock, ms; settled: by (partition, request offset)."""

    began: int = 0
    ended: int = 0
    settled: dict[tuple[int, int], int] = field(default_factory=dict)
    kinds: Counter[str] = field(default_factory=Counter)
    """How the sends ended."""
    events: int = 0

    @property
    def per_second(self) -> float:
        """Sends settled a second, from the first send's first event to the last outcome."""
        return len(self.settled) / max((self.ended - self.began) / 1000, 0.001)


async def watch(bootstrap: str, topics: Topics, wanted: int, *, begin: Mapping[int, int], limit_s: float) -> Outcome:
    """Read the events from `begin` on until `wanted` sends are settled; raises TimeoutError after `limit_s`."""
    outcome = Outcome()
    async with asyncio.timeout(limit_s), AIOKafkaConsumer(bootstrap_servers=bootstrap) as consumer:
        places = [TopicPartition(topics.events(), partition) for partition in range(PARTITIONS)]
        consumer.assign(places)
        for place in places:
            consumer.seek(place, begin.get(place.partition, 0))
        while len(outcome.settled) < wanted:
            for place, records in (await consumer.getmany(timeout_ms=200, max_records=5000)).items():
                for record in records:
                    _note(outcome, place.partition, record)
    return outcome


def _note(outcome: Outcome, partition: int, record: Any) -> None:
    value: bytes = record.value
    kind = value[value.index(b'"type":"') + 8 :].split(b'"', 1)[0].decode()
    if not kind.startswith("send_"):
        return
    outcome.events += 1
    outcome.began = min(outcome.began or record.timestamp, record.timestamp)
    if kind in SETTLED:
        outcome.settled[partition, orjson.loads(value)["data"]["request"]] = record.timestamp
        outcome.kinds[kind] += 1
        outcome.ended = max(outcome.ended, record.timestamp)


async def ends(bootstrap: str, topic: str) -> dict[int, int]:
    """The end offset of every partition."""
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap) as consumer:
        places = [TopicPartition(topic, partition) for partition in range(PARTITIONS)]
        return {place.partition: end for place, end in (await consumer.end_offsets(places)).items()}


async def asked_at(bootstrap: str, topic: str, begin: Mapping[int, int]) -> dict[tuple[int, int], int]:
    """When each request from `begin` on reached the broker, ms, by (partition, offset)."""
    until = await ends(bootstrap, topic)
    found: dict[tuple[int, int], int] = {}
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap) as consumer:
        places = [TopicPartition(topic, partition) for partition in range(PARTITIONS)]
        consumer.assign(places)
        for place in places:
            consumer.seek(place, begin[place.partition])
        while any([await consumer.position(place) < until[place.partition] for place in places]):
            for place, records in (await consumer.getmany(timeout_ms=200)).items():
                found.update({(place.partition, r.offset): r.timestamp for r in records})
    return found
