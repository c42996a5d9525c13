"""The raw limit of the log: what any decider can reach at most: python -m benchmarks.raw.

300,000 requests of 250 B in 8 partitions. For each, one record is read and three of 400 B are written, acknowledged
by all replicas, one batch a partition in flight; nothing is decided. Once with aiokafka alone, once through
Mendline's adapters; then how long an append takes, and how fast an events partition is read back.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from mendline.embedded.jars import jars_of
from mendline.embedded.kafka import KafkaCluster
from mendline.settings import load_settings
from mendline.topics import ensure_topics, planned_topics
from schemas.cluster import Cluster
from schemas.partitioner import partition_of
from schemas.topics import Topics
from streams.log.kafka_events import KafkaEventLog
from streams.log.kafka_intake import KafkaIntake
from streams.log.membership import Group
from streams.log.ports import EventRecord

PARTITIONS = range(8)
DEVICES = [f"device-{number:04d}".encode() for number in range(3000)]
REQUEST = b"r" * 250
EVENTS_A_REQUEST = [EventRecord(b"device-0000", b"e" * 400)] * 3
REQUESTS_A_BATCH = 600
APPENDS = 200

Read = Callable[[], Awaitable[Mapping[int, int]]]
"""How many requests came, by partition."""
Append = Callable[[int, Sequence[EventRecord]], Awaitable[int]]


class Writer:
    """Writes one partition's events, one batch in flight."""

    def __init__(self, partition: int, append: Append) -> None:
        self._partition = partition
        self._append = append
        self._waiting = 0
        self._writing: asyncio.Task[None] | None = None
        self.written = 0

    def add(self, requests: int) -> None:
        """Write three events for each of `requests`."""
        self._waiting += requests
        if self._writing is None:
            self._writing = asyncio.ensure_future(self._write())

    async def _write(self) -> None:
        while self._waiting:
            requests = min(self._waiting, REQUESTS_A_BATCH)
            self._waiting -= requests
            await self._append(self._partition, EVENTS_A_REQUEST * requests)
            self.written += requests
        self._writing = None


async def measure(name: str, requests: int, read: Read, append: Append) -> float:
    """Read `requests`, write their events, print and give sends a second."""
    writers = [Writer(partition, append) for partition in PARTITIONS]
    began, cpu = time.perf_counter(), time.process_time()
    while sum(writer.written for writer in writers) < requests:
        for partition, count in (await read()).items():
            writers[partition].add(count)
    took, spent = time.perf_counter() - began, time.process_time() - cpu
    print(f"{name}: {requests / took:,.0f} sends/s, {spent / requests * 1e6:.1f} µs of this process a send")
    return requests / took


async def measure_bare(cluster: Cluster, topics: Topics, requests: int) -> float:
    """The limit of aiokafka alone."""
    async with _bare_consumer(cluster, topics) as consumer, _bare_producer(cluster) as producer:

        async def read() -> Mapping[int, int]:
            fetched = await consumer.getmany(timeout_ms=100, max_records=2000)
            return {where.partition: len(records) for where, records in fetched.items()}

        async def append(partition: int, events: Sequence[EventRecord]) -> int:
            batch = producer.create_batch()
            for key, value in events:
                batch.append(timestamp=None, key=key, value=value)
            ack = await (await producer.send_batch(batch, topics.events(), partition=partition))
            return int(ack.offset)

        return await measure("aiokafka alone", requests, read, append)


async def measure_adapters(cluster: Cluster, topics: Topics, requests: int) -> float:
    """The limit through Mendline's adapters."""
    intake = KafkaIntake(cluster, topics.requests(), Group(f"{topics.prefix}raw", None))
    events = KafkaEventLog(cluster, topics.events())
    await intake.open()
    await intake.changed()
    for partition in PARTITIONS:
        intake.seek(partition, 0)
    intake.resume(PARTITIONS)

    async def read() -> Mapping[int, int]:
        return {partition: len(batch.records) for partition, batch in (await intake.batches()).items()}

    rate = await measure("through the adapters", requests, read, events.append)
    await measure_appends(events)
    await measure_fold(events)
    await asyncio.gather(intake.close(), events.close())
    return rate


async def measure_appends(events: KafkaEventLog) -> None:
    """How long one append takes while every partition has one in flight."""
    for requests in (1, 20, 200):
        times: list[float] = []
        began = time.perf_counter()
        batch = EVENTS_A_REQUEST * requests
        await asyncio.gather(*(_append_often(events, partition, batch, times) for partition in PARTITIONS))
        rate = len(batch) * len(times) / (time.perf_counter() - began)
        p50, p99 = statistics.median(times) * 1000, statistics.quantiles(times, n=100)[98] * 1000
        print(f"appends of {len(batch)} records: p50 {p50:.1f} ms, p99 {p99:.1f} ms, {rate:,.0f} records/s")


async def _append_often(
    events: KafkaEventLog, partition: int, batch: Sequence[EventRecord], times: list[float]
) -> None:
    for _ in range(APPENDS):
        began = time.perf_counter()
        await events.append(partition, batch)
        times.append(time.perf_counter() - began)


async def measure_fold(events: KafkaEventLog) -> None:
    """How fast one partition is read from its beginning to its end."""
    end = await events.end(0)
    began, cpu = time.perf_counter(), time.process_time()
    count = 0
    async with aclosing(events.read(0, 0)) as reading:
        while count < end:
            count += len(await anext(reading))
    took, spent = time.perf_counter() - began, time.process_time() - cpu
    print(f"reading back: {count / took:,.0f} records/s, {spent / count * 1e6:.2f} µs of this process a record")


@asynccontextmanager
async def _bare_consumer(cluster: Cluster, topics: Topics) -> AsyncIterator[AIOKafkaConsumer]:
    async with AIOKafkaConsumer(**cluster.options(), isolation_level="read_committed") as consumer:
        consumer.assign([TopicPartition(topics.requests(), partition) for partition in PARTITIONS])
        for partition in PARTITIONS:
            consumer.seek(TopicPartition(topics.requests(), partition), 0)
        yield consumer


@asynccontextmanager
async def _bare_producer(cluster: Cluster) -> AsyncIterator[AIOKafkaProducer]:
    options = {"acks": "all", "enable_idempotence": True, "max_batch_size": 1024 * 1024}
    async with AIOKafkaProducer(**cluster.options(), **options) as producer:
        yield producer


async def publish(cluster: Cluster, topics: Topics, requests: int) -> None:
    """Fill the requests topic."""
    keys: list[list[bytes]] = [[] for _ in PARTITIONS]
    for number in range(requests):
        key = DEVICES[number % len(DEVICES)]
        keys[partition_of(key, len(PARTITIONS))].append(key)
    async with _bare_producer(cluster) as producer:
        for partition, own in enumerate(keys):
            for begin in range(0, len(own), 2000):
                batch = producer.create_batch()
                for key in own[begin : begin + 2000]:
                    batch.append(timestamp=None, key=key, value=REQUEST)
                await (await producer.send_batch(batch, topics.requests(), partition=partition))


async def run(bootstrap: str, requests: int) -> None:
    """Measure both ways, each in topics of its own."""
    cluster = Cluster(bootstrap)
    for way in (measure_bare, measure_adapters):
        topics = Topics(prefix=f"raw-{time.time_ns():x}-")
        await ensure_topics(Cluster(bootstrap), planned_topics(topics))
        await publish(cluster, topics, requests)
        await way(cluster, topics, requests)


def main() -> None:
    """Measure on the given brokers, else on an embedded one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kafka", help="host:port of running brokers; none: an embedded one")
    parser.add_argument("--requests", type=int, default=300_000)
    arguments = parser.parse_args()
    if arguments.kafka:
        uvloop.run(run(arguments.kafka, arguments.requests))
        return
    class_path = jars_of(load_settings().jars, print)
    with tempfile.TemporaryDirectory() as folder, KafkaCluster(Path(folder), class_path) as cluster:
        uvloop.run(run(cluster.bootstrap, arguments.requests))


if __name__ == "__main__":
    main()
