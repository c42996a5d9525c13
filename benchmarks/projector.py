"""How many events a second the projector folds into PostgreSQL while it catches up: python -m benchmarks.projector.

The log: 3000 linked devices, 8 partitions, sends of 2 or 3 events (attempted, accepted; every third queued first),
400 bytes an event. Printed: events/s of the wall clock, and of one core's time in the projector's process; beside it
what reading the same JSON alone takes (orjson.loads), because both move with the machine and with who else uses it.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import uvloop
from aiokafka import AIOKafkaProducer

from mendline.embedded.jars import jars_of
from mendline.embedded.kafka import KafkaCluster
from mendline.embedded.postgres import PostgresServer
from mendline.settings import load_settings
from mendline.topics import ensure_topics, planned_topics
from projections.follower import Progress
from projections.migrations import migrate
from projections.projector import run_projector
from schemas.device.body import Body
from schemas.device.lifecycle import DeviceRegistered
from schemas.device.links import DeviceConnected, RefreshStarted, RefreshSucceeded
from schemas.device.sends import Send, SendAccepted, SendAttempted, SendQueued
from schemas.envelope import NO_CONTEXT, Position, encode_event
from schemas.message import Event, PartitionClaimed
from schemas.topics import Topics

PARTITIONS = 8
DEVICES = 3000
START = datetime(2026, 1, 1, tzinfo=UTC)
TEXT = "Your order is on its way and will reach you tomorrow between nine and twelve."


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
    name, message = f"order-{request}", f"{hash(request) & (2**128 - 1):032x}"
    return SendAttempted(request=request, request_id=name, attempt=1, message_id=message, link=1, send=send)


def _marker() -> PartitionClaimed:
    names = {"owner": "bench", "installation": "bench"}
    return PartitionClaimed(generation=1, claim="0" * 16, schema_level=1, partitions=PARTITIONS, **names)


async def write(bootstrap: str, topic: str, partition: int, events: int) -> int:
    """Append one partition's history; the number of its events."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, max_batch_size=900_000, linger_ms=0)
    await producer.start()
    batch, offset, pending = producer.create_batch(), 0, []
    for stream_id, event in history(partition, events):
        at = (START + timedelta(milliseconds=offset)).isoformat()
        place = Position(topic, partition, offset)
        value = encode_event(event, place, stream_id, at, "0" * 16, "due:next_send", None, NO_CONTEXT)
        if batch.append(key=stream_id.encode(), value=value, timestamp=None) is None:
            pending.append(await producer.send_batch(batch, topic, partition=partition))
            batch = producer.create_batch()
            batch.append(key=stream_id.encode(), value=value, timestamp=None)
        offset += 1
    pending.append(await producer.send_batch(batch, topic, partition=partition))
    await asyncio.gather(*pending)
    await producer.stop()
    return offset


def parsing_us() -> float:
    """Microseconds to read the JSON of one event, here and now."""
    place, at = Position("device-events", 0, 0), START.isoformat()
    values = [encode_event(e, place, s, at, "0" * 16, "due:next_send", None, NO_CONTEXT) for s, e in history(0, 20_000)]
    began = time.process_time()
    for value in values:
        orjson.loads(value)
    return (time.process_time() - began) / len(values) * 1e6


async def measure(bootstrap: str, dsn: str, events: int, lanes: int) -> None:
    """Write a log, fold it, print how fast that was."""
    topics = Topics(prefix=f"bench{lanes}-")
    await ensure_topics(bootstrap, planned_topics(topics))
    written = [await write(bootstrap, topics.events(), p, events // PARTITIONS) for p in range(PARTITIONS)]
    await migrate(dsn)
    stop, total = asyncio.Event(), sum(written)
    positions: dict[int, int] = {}

    def progress(seen: Progress) -> None:
        positions.update(seen.positions)
        if sum(positions.values()) >= total:
            stop.set()

    began, cpu = time.perf_counter(), time.process_time()
    await run_projector(bootstrap, dsn, topics, stop=stop, pool_size=lanes, on_progress=progress)
    wall, used = time.perf_counter() - began, time.process_time() - cpu
    print(
        f"{total} events, {lanes} connections: {total / wall:,.0f} events/s"
        f" ({total / used:,.0f} a second of the projector's own core), {used / total * 1e6:.1f} us each;"
        f" their JSON alone {parsing_us():.1f} us"
    )


def main() -> None:
    """Measure with one, two and four connections."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=400_000)
    parser.add_argument("--connections", type=int, nargs="*", default=[1, 2, 4])
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        class_path = jars_of(load_settings().jars, print)
        with KafkaCluster(Path(folder) / "kafka", class_path) as kafka:
            for lanes in given.connections:
                with PostgresServer(Path(folder) / f"postgres-{lanes}") as postgres:
                    uvloop.run(measure(kafka.bootstrap, postgres.dsn, given.events, lanes))


if __name__ == "__main__":
    main()
