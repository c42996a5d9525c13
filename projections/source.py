"""Reading an events topic from Kafka: everything, uncommitted, from offsets of our own, without a group."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Collection, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import for_code

from projections.errors import TopicMissingError
from schemas.cluster import Cluster

FETCH_BYTES = 4 * 1024 * 1024
"""The most that is fetched ahead of one partition; more than the largest batch in a topic. The more of a partition is
folded at once, the fewer rows are read and written again."""
FETCH_WAIT_MS = 250
SILENT_S = 5.0
CLOSE_S = 3.0


class KafkaSilentError(Exception):
    """A broker answers every fetch within its waiting time, also when there is nothing new."""


@asynccontextmanager
async def open_consumer(cluster: Cluster) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer without a group and without offsets to fall back to; raises aiokafka's KafkaError."""
    consumer = AIOKafkaConsumer(
        **cluster.options(),
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="none",
        isolation_level="read_uncommitted",
        max_partition_fetch_bytes=FETCH_BYTES,
        fetch_max_wait_ms=FETCH_WAIT_MS,
    )
    try:
        await consumer.start()
        yield consumer
    finally:
        await close(consumer)


async def close(consumer: AIOKafkaConsumer) -> None:
    """End a consumer within a bounded time; its connections too, which aiokafka leaves open when a fetch is cut."""
    if not await _ended(consumer.stop()):
        # No public way leads there: `stop` does nothing the second time.
        await _ended(consumer._client.close())


async def _ended(closing: Coroutine[Any, Any, None]) -> bool:
    task = asyncio.ensure_future(closing)
    await asyncio.wait({task}, timeout=CLOSE_S)
    if not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=CLOSE_S)
    return task.done() and not task.cancelled() and task.exception() is None


def check_heard(consumer: AIOKafkaConsumer, partitions: Collection[TopicPartition], since_s: float) -> None:
    """Raise KafkaSilentError where no broker has answered for long; `since_s`: when fetching began, Unix time.

    aiokafka itself would try again for ever, and say so for every try.
    """
    heard_ms = [consumer.last_poll_timestamp(partition) or 0 for partition in partitions]
    silent_s = time.time() - max(since_s, max(heard_ms) / 1000)
    if silent_s > SILENT_S:
        raise KafkaSilentError(f"no answer for {silent_s:.0f} s")


async def partitions_of(cluster: Cluster, topic: str) -> list[int]:
    """Numbers of a topic's partitions; raises TopicMissingError, and aiokafka's KafkaError."""
    admin = AIOKafkaAdminClient(**cluster.options())
    try:
        await admin.start()
        (described,) = await admin.describe_topics([topic])
    finally:
        await admin.close()
    if described["error_code"]:
        why = for_code(described["error_code"]).__name__
        raise TopicMissingError(
            f"the topic {topic} cannot be read ({why}): is its prefix right? `mendline topics` makes what is missing"
        )
    return sorted(found["partition"] for found in described["partitions"])


async def length_of(cluster: Cluster, topic: str, partitions: Collection[int]) -> int:
    """How many offsets lie between the beginnings and the ends of some partitions; raises aiokafka's KafkaError."""
    places = of_topic(topic, partitions)
    async with open_consumer(cluster) as consumer:
        begins, ends = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
    return sum(ends[place] - begins[place] for place in places)


def of_topic(topic: str, partitions: Collection[int]) -> list[TopicPartition]:
    """Some partitions of a topic, as aiokafka names them."""
    return [TopicPartition(topic, partition) for partition in partitions]
