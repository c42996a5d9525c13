"""How long a worker's start takes behind snapshots, and what a snapshot costs: python -m benchmarks.starting.

Writes as many events as asked for into eight partitions (idempotency windows are full), takes a snapshot of each, and
lets as many events follow as there may be between two. Then a worker starts: until it has claimed every partition.
What was written stays in FOLDER, so that the start alone can be measured again, by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Iterable
from contextlib import AsyncExitStack
from itertools import islice
from pathlib import Path

import uvloop

from benchmarks.synthetic import Record, claimed, sends
from benchmarks.worker_process import drivers
from benchmarks.workload import PARTITIONS, producer, registration
from mendline.data_folder import Identity
from mendline.embedded.jars import jars_of
from mendline.embedded.kafka import KafkaCluster
from mendline.garbage import collect_seldom
from mendline.settings import load_settings
from mendline.topics import ensure_topics, planned_topics
from mendline.worker import Site, identity_of, open_holdings
from schemas.cluster import Cluster
from schemas.topics import Topics
from streams.log.kafka_events import KafkaEventLog
from streams.log.kafka_snapshots import KafkaSnapshotLog
from streams.ownership.snapshot import Snapshot
from streams.snapshots.shelf import Shelf
from streams.snapshots.snapshotter import Snapshotter
from streams.worker.app import Working

WHO = Identity(installation_id="bench", installation_key=b"\0" * 32, instance_id="starter", folder="starter")
TOPICS = Topics()
BATCH = 1500


async def write(bootstrap: str, events: int, tail: int) -> None:
    """The events, their snapshots, and the events after those; nothing where that was done before."""
    each = events // PARTITIONS // 2 * 2
    async with AsyncExitStack() as opened:
        log = KafkaEventLog(Cluster(bootstrap), TOPICS.events())
        opened.push_async_callback(log.close)
        records = KafkaSnapshotLog(Cluster(bootstrap), TOPICS.snapshots)
        opened.push_async_callback(records.close)
        if await log.end(0) == 0:
            began = time.monotonic()
            await asyncio.gather(*(_write_partition(bootstrap, partition, each) for partition in range(PARTITIONS)))
            _show(f"{events:,} events written", time.monotonic() - began)
        if await records.end(0) == 0:
            await _take_snapshots(log, records, events)
            await asyncio.gather(*(_append_sends(bootstrap, p, each, each + tail) for p in range(PARTITIONS)))
        print(f"{await _size(records):,} bytes of snapshots, {await log.end(0):,} events in partition 0")


async def _write_partition(bootstrap: str, partition: int, end: int) -> None:
    installation = identity_of(WHO, TOPICS, PARTITIONS).installation
    first = claimed(TOPICS.events(), partition, installation)
    if len(first) % 2:
        first.append(first[-1])  # void: it does not lie where its writer expected it
    await _append(bootstrap, TOPICS.events(), partition, first)
    await _append_sends(bootstrap, partition, len(first), end)
    key, value = registration("nobody")
    await _append(bootstrap, TOPICS.requests(), partition, [(key.encode(), value)])


async def _append_sends(bootstrap: str, partition: int, begin: int, end: int) -> None:
    await _append(bootstrap, TOPICS.events(), partition, sends(TOPICS.events(), partition, begin, end))


async def _append(bootstrap: str, topic: str, partition: int, records: Iterable[Record]) -> None:
    waiting = iter(records)
    async with producer(bootstrap) as to:
        while chunk := list(islice(waiting, BATCH)):
            batch, place = to.create_batch(), 0
            while place < len(chunk):
                key, value = chunk[place]
                if batch.append(timestamp=None, key=key, value=value) is None:
                    await (await to.send_batch(batch, topic, partition=partition))
                    batch = to.create_batch()
                else:
                    place += 1
            await (await to.send_batch(batch, topic, partition=partition))


async def _take_snapshots(log: KafkaEventLog, records: KafkaSnapshotLog, events: int) -> None:
    shelf = _Timed(TOPICS.events(), records)
    began, cpu = time.monotonic(), time.process_time()
    await Snapshotter(shelf, log, PARTITIONS, every=1).look_around()
    wall, cpu = time.monotonic() - began, time.process_time() - cpu
    _show(f"folded by the snapshotter: {events / wall:,.0f} events/s, {events / cpu:,.0f} a second of its CPU", wall)
    _show(f"of that {PARTITIONS} sets written", shelf.took_s)


class _Timed(Shelf):
    """The shelf, and the seconds that sets took to be written."""

    took_s = 0.0

    async def put(self, snapshot: Snapshot) -> None:
        """Write a set."""
        began = time.monotonic()
        await super().put(snapshot)
        self.took_s += time.monotonic() - began


async def _size(records: KafkaSnapshotLog) -> int:
    found = [await records.read(partition, 0, await records.end(partition)) for partition in range(PARTITIONS)]
    return sum(len(record.value or b"") for partition in found for record in partition)


async def start(bootstrap: str) -> None:
    """Start a worker as users do, and wait until it has claimed every partition."""
    began, cpu = time.monotonic(), time.process_time()
    site = Site(Cluster(bootstrap), Path("unused"), WHO)
    async with open_holdings(load_settings(), site, drivers(10.0)) as working:
        while len(working.holdings.runners()) < PARTITIONS:  # noqa: ASYNC110  # nobody tells
            await asyncio.sleep(0.01)
        _show("membership of the group", time.monotonic() - began)
        assigned = time.monotonic()
        await _until_claimed(working)
        _show("every partition claimed", time.monotonic() - assigned)
        _show(f"start in all ({time.process_time() - cpu:.1f} s of CPU)", time.monotonic() - began)


async def _until_claimed(working: Working) -> None:
    async with asyncio.timeout(600):
        while any(runner.owner is None for runner in working.holdings.runners().values()):
            working.check()
            await asyncio.sleep(0.01)


def _show(what: str, seconds: float) -> None:
    print(f"{seconds:8.2f} s  {what}", flush=True)


async def measure(bootstrap: str, events: int, tail: int) -> None:
    """Make what is missing, then measure the start."""
    await ensure_topics(Cluster(bootstrap), planned_topics(TOPICS))
    await write(bootstrap, events, tail)
    await start(bootstrap)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.starting", description=__doc__)
    parser.add_argument("folder", type=Path, help="of the broker: 0.6 GB a million events")
    parser.add_argument("--events", type=int, default=2_000_000)
    parser.add_argument("--tail", type=int, default=50_000, help="events of each partition after its snapshot")
    asked = parser.parse_args()
    collect_seldom()
    with KafkaCluster(asked.folder.absolute(), jars_of(load_settings().jars, print)) as cluster:
        uvloop.run(measure(cluster.bootstrap, asked.events, asked.tail))


if __name__ == "__main__":
    main()
