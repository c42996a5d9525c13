"""What a fleet costs that does nothing: start, memory and work of its worker: python -m benchmarks.idle.

The devices are written into the events topic as a former worker would have left them, which then ended politely; so
a start is Python's, the group's, the fold of one event a device, and a claim a partition. Memory is the process's
resident set; idle work is its CPU time over ten seconds. With --linked every device is refreshed first.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil
import uvloop
from aiokafka import AIOKafkaConsumer, TopicPartition

from benchmarks.peers.catalogue import MENDLINE, named
from benchmarks.peers.process import running
from benchmarks.worker_process import identity
from benchmarks.workload import PARTITIONS, ends, fresh_topics, producer, publish, publish_lane
from mendline.embedded.jars import jars_of
from mendline.embedded.kafka import KafkaCluster
from mendline.settings import load_settings
from mendline.worker import identity_of
from schemas.device.lifecycle import DeviceRegistered
from schemas.device.requests import RefreshRequested
from schemas.envelope import NO_CONTEXT, encode_event, encode_request
from schemas.marks import PARTITION
from schemas.message import Event, PartitionClaimed, PartitionReleased
from schemas.partitioner import partition_of
from schemas.topics import Topics

IDLE_S = 10.0
LIMIT_S = 300.0
CLAIM = "c" * 16


@dataclass(frozen=True, slots=True)
class Cost:
    """start_s: from the process's start to its last claim; memory in MB; idle: the share of one core."""

    start_s: float
    memory_mb: float
    idle: float


def left_behind(topic: str, partition: int, devices: list[str], installation: str) -> Iterator[tuple[str, bytes]]:
    """A partition's events: claimed, the devices registered, released."""
    at = datetime.now(UTC).isoformat(timespec="microseconds")
    marker = PartitionClaimed(
        generation=1,
        claim=CLAIM,
        owner="former",
        schema_level=1,
        partitions=PARTITIONS,
        installation=installation,
        folder="former",
        process="f" * 16,
    )
    told: list[tuple[str, Event]] = [(PARTITION, marker)]
    told += [(device, DeviceRegistered(driver="simulated", linked=True)) for device in devices]
    told.append((PARTITION, PartitionReleased()))
    for offset, (subject, event) in enumerate(told):
        cause = "due:claim" if offset == 0 else "due:benchmark"
        yield subject, encode_event(event, (topic, partition, offset), subject, at, CLAIM, cause, None, NO_CONTEXT)


async def leave_behind(bootstrap: str, topics: Topics, devices: list[str]) -> None:
    """Write the log that a former worker would have left."""
    shares: list[list[str]] = [[] for _ in range(PARTITIONS)]
    for device in devices:
        shares[partition_of(device.encode(), PARTITIONS)].append(device)
    installation = identity_of(identity(topics.prefix), topics, PARTITIONS).installation
    async with producer(bootstrap) as to:
        for partition, share in enumerate(shares):
            told = left_behind(topics.events(), partition, share, installation)
            await publish_lane(to, topics.events(), partition, [(key.encode(), value) for key, value in told])


async def measure(bootstrap: str, count: int, *, linked: bool) -> Cost:
    """Start a worker over a fleet of `count` devices, and let it idle."""
    topics = await fresh_topics(bootstrap, "idle")
    await leave_behind(bootstrap, topics, devices := [f"device-{number:06d}" for number in range(1, count + 1)])
    begin, begun = await ends(bootstrap, topics.events()), time.monotonic()
    async with running(named(MENDLINE), bootstrap, topics, 10.0):
        await seen(bootstrap, topics, begin, "partition_claimed", PARTITIONS)
        started = time.monotonic() - begun
        if linked:
            await refresh(bootstrap, topics, devices)
            await seen(bootstrap, topics, begin, "device_connected", count)
        process = psutil.Process().children()[-1]
        worked = sum(process.cpu_times()[:2])
        await asyncio.sleep(IDLE_S)
        idle = (sum(process.cpu_times()[:2]) - worked) / IDLE_S
        return Cost(started, process.memory_info().rss / 1e6, idle)


async def refresh(bootstrap: str, topics: Topics, devices: list[str]) -> None:
    """Ask for a link of every device."""
    now, request = datetime.now(UTC), RefreshRequested()
    asked = ((d, encode_request(f"link-{d}", request.type, d, "bench", request, time=now)) for d in devices)
    async with producer(bootstrap) as to:
        await publish(to, topics.requests(), asked)


async def seen(bootstrap: str, topics: Topics, begin: dict[int, int], kind: str, wanted: int) -> None:
    """Wait until so many events of a type lie behind `begin`."""
    mark, found = f'"type":"{kind}"'.encode(), 0
    async with asyncio.timeout(LIMIT_S), AIOKafkaConsumer(bootstrap_servers=bootstrap) as consumer:
        places = {TopicPartition(topics.events(), partition): offset for partition, offset in begin.items()}
        consumer.assign(list(places))
        for place, offset in places.items():
            consumer.seek(place, offset)
        while found < wanted:
            for records in (await consumer.getmany(timeout_ms=100, max_records=5000)).values():
                found += sum(mark in record.value for record in records)


async def run(bootstrap: str, arguments: argparse.Namespace) -> None:
    """Measure every size that was asked for."""
    for count in arguments.devices:
        for linked in (False, True) if arguments.linked else (False,):
            cost = await measure(bootstrap, count, linked=linked)
            what = f"{count:,} devices, {'each with its link' if linked else 'none linked'}"
            print(f"{what}: start {cost.start_s:.1f} s, {cost.memory_mb:.0f} MB, idle at {cost.idle:.1%} of a core")


def main() -> None:
    """Measure on an embedded broker."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.idle", description=__doc__)
    parser.add_argument("--devices", type=int, nargs="+", default=[3000, 30_000, 300_000])
    parser.add_argument("--linked", action="store_true", help="also with a link of every device")
    arguments = parser.parse_args()
    class_path = jars_of(load_settings().jars, print)
    with tempfile.TemporaryDirectory() as folder, KafkaCluster(Path(folder), class_path) as cluster:
        uvloop.run(run(cluster.bootstrap, arguments))


if __name__ == "__main__":
    main()
