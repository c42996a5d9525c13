"""An events topic as a fleet's owners would have written it, for what reads events.

3000 linked devices, 8 partitions, sends of 2 or 3 events (attempted, accepted; every third queued first), 400 bytes an
event.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import uvloop
from aiokafka import AIOKafkaProducer

from schemas.device.body import Body
from schemas.device.lifecycle import DeviceRegistered
from schemas.device.links import DeviceConnected, RefreshStarted, RefreshSucceeded
from schemas.device.sends import Send, SendAccepted, SendAttempted, SendQueued
from schemas.envelope import NO_CONTEXT, Position, encode_event
from schemas.message import Event, PartitionClaimed

PARTITIONS = 8
DEVICES = 3000
START = datetime(2026, 1, 1, tzinfo=UTC)
TEXT = "Your order is on its way and will reach you tomorrow between nine and twelve."
STEP_S = 0.02
Pair = tuple[bytes, bytes]
"""A record's key and value."""


class Appended(NamedTuple):
    """A batch that was acknowledged: where it ends, how many events it has, and when that was, Unix time."""

    partition: int
    next_offset: int
    events: int
    at: float


def history(partition: int, events: int) -> Iterator[tuple[str, Event]]:
    """What a partition's owner writes."""
    yield "(partition)", _marker()
    devices = [f"device-{n:04d}" for n in range(partition, DEVICES, PARTITIONS)]
    for device in devices:
        yield device, DeviceRegistered(driver="simulator", linked=True)
        yield device, RefreshStarted(refresh=1, why="send")
        yield device, RefreshSucceeded(refresh=1)
        yield device, DeviceConnected(link=1, how="refreshed")
    for n in range((events - 4 * len(devices)) * 3 // 7 // len(devices)):
        yield from _round(devices, n)


def _round(devices: list[str], n: int) -> Iterator[tuple[str, Event]]:
    send = Send(to="6281234567890", body=Body(text=TEXT), expires_at=START, digest="0" * 16)
    requests = [(device, n * len(devices) + i, (n + i) % 3 == 0) for i, device in enumerate(devices)]
    for device, request, waits in requests:
        if waits:
            yield device, SendQueued(request=request, request_id=f"order-{request}", send=send, reason="busy")
    for device, request, waits in requests:
        yield device, _attempt(request, None if waits else send)
    for device, request, _ in requests:
        provided = f"3EB0{request:012X}"
        yield (
            device,
            SendAccepted(
                request=request,
                request_id=f"order-{request}",
                attempt=1,
                provider_message_id=provided,
                pace_until=START,
            ),
        )


def _attempt(request: int, send: Send | None) -> SendAttempted:
    name, message = f"order-{request}", f"{hash(str(request)) & (2**128 - 1):032x}"
    return SendAttempted(request=request, request_id=name, attempt=1, message_id=message, link=1, send=send)


def _marker() -> PartitionClaimed:
    names = {"owner": "bench", "installation": "bench"}
    return PartitionClaimed(generation=1, claim="0" * 16, schema_level=1, partitions=PARTITIONS, **names)


def encoded(topic: str, partition: int, events: int) -> list[Pair]:
    """One partition's history as its records."""
    pairs = []
    for offset, (stream_id, event) in enumerate(history(partition, events)):
        at = (START + timedelta(milliseconds=offset)).isoformat()
        place = Position(topic, partition, offset)
        value = encode_event(event, place, stream_id, at, "0" * 16, "due:next_send", None, NO_CONTEXT)
        pairs.append((stream_id.encode(), value))
    return pairs


async def append(producer: AIOKafkaProducer, topic: str, partition: int, pairs: list[Pair]) -> None:
    """Append records in batches as large as the producer takes; acknowledged when it returns."""
    batch, pending = producer.create_batch(), []
    for key, value in pairs:
        if batch.append(key=key, value=value, timestamp=None) is None:
            pending.append(await producer.send_batch(batch, topic, partition=partition))
            batch = producer.create_batch()
            batch.append(key=key, value=value, timestamp=None)
    pending.append(await producer.send_batch(batch, topic, partition=partition))
    await asyncio.gather(*pending)


async def write(bootstrap: str, topic: str, events: int) -> int:
    """Append the histories of all partitions; the number of their events."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, max_batch_size=900_000, linger_ms=0)
    await producer.start()
    written = 0
    for partition in range(PARTITIONS):
        pairs = encoded(topic, partition, events // PARTITIONS)
        await append(producer, topic, partition, pairs)
        written += len(pairs)
    await producer.stop()
    return written


def append_steadily(bootstrap: str, topic: str, rate: int, seconds: float) -> list[Appended]:
    """Append `rate` events a second, every 20 ms a batch a partition; everything is encoded before."""
    return uvloop.run(_append_steadily(bootstrap, topic, rate, seconds))


async def _append_steadily(bootstrap: str, topic: str, rate: int, seconds: float) -> list[Appended]:
    logs = [encoded(topic, p, int(rate * seconds) // PARTITIONS) for p in range(PARTITIONS)]
    a_step = max(1, int(rate * STEP_S) // PARTITIONS)
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, max_batch_size=900_000, linger_ms=0)
    await producer.start()
    appended: list[Appended] = []
    began = time.monotonic()
    for step, first in enumerate(range(0, max(map(len, logs)), a_step)):
        await asyncio.sleep(max(0.0, began + step * STEP_S - time.monotonic()))
        parts = [(p, pairs[first : first + a_step]) for p, pairs in enumerate(logs)]
        await asyncio.gather(*(append(producer, topic, p, pairs) for p, pairs in parts if pairs))
        appended += [Appended(p, first + len(pairs), len(pairs), time.time()) for p, pairs in parts if pairs]
    await producer.stop()
    return appended
