"""Puts written partitions into Kafka, and runs projectors on them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from aiokafka import AIOKafkaProducer

from projections.positions import wait_until
from projections.projector import run_projector
from schemas.cluster import Cluster
from schemas.topics import Topics
from tests.projections.written_log import WrittenPartition

CHUNK = 200
BATCH_BYTES = 500_000


async def publish(bootstrap: str, topic: str, partition: WrittenPartition, start: int = 0) -> int:
    """Append a partition's records from `start` on; the offset of the last one."""
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, max_batch_size=BATCH_BYTES) as producer:
        for first in range(start, len(partition.records), CHUNK):
            batch = producer.create_batch()
            for record in partition.records[first : first + CHUNK]:
                assert batch.append(key=record.key, value=record.value, timestamp=None) is not None
            await (await producer.send_batch(batch, topic, partition=partition.number))
    return len(partition.records) - 1


@asynccontextmanager
async def running_projector(bootstrap: str, dsn: str, topics: Topics, **options: Any) -> AsyncIterator[None]:
    """A projector that runs meanwhile."""
    stop = asyncio.Event()
    running = asyncio.create_task(run_projector(Cluster(bootstrap), dsn, topics, stop=stop, **options))
    try:
        yield
    finally:
        stop.set()
        await running


async def level(dsn: str, topic: str, *partitions: WrittenPartition, timeout_s: float = 30) -> None:
    """Wait until all read models contain all that was written."""
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        for partition in partitions:
            offset = len(partition.records) - 1
            await wait_until(connection, topic, partition.number, offset, timeout_s=timeout_s)
