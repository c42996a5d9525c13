"""Reads a topic from Kafka, one partition after the other, up to an end that was fixed before."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, ClassVar, Literal

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from mendline.errors import SetupError
from mendline.verify.history import Record
from schemas.cluster import Cluster

Isolation = Literal["read_committed", "read_uncommitted"]

POLL_MS = 1000
PATIENCE = 30
"""Empty polls in a row before a partition counts as unreadable."""
STOP_S = 5.0
BATCH = 5000
FETCH_BYTES = 4 * 1024 * 1024
"""More than the largest record that a topic of ours takes."""


class LogUnreadableError(SetupError):
    """Every partition of both topics can be read from its first kept record to its end."""

    code: ClassVar[str] = "log_unreadable"


class TopicReader:
    """A topic of `partitions` partitions, read from `begins` to `ends`; `open_reader` makes one."""

    def __init__(self, consumer: AIOKafkaConsumer, topic: str, partitions: int) -> None:
        self.topic = topic
        self.partitions = partitions
        self.begins: dict[int, int] = {}
        self.ends: dict[int, int] = {}
        self.position = 0
        self._consumer = consumer
        self._place = TopicPartition(topic, 0)

    async def fix_bounds(self) -> None:
        """Take the first kept offsets and the ends as they are now."""
        places = [TopicPartition(self.topic, partition) for partition in range(self.partitions)]
        begins: dict[Any, int] = await self._consumer.beginning_offsets(places)
        ends: dict[Any, int] = await self._consumer.end_offsets(places)
        self.begins = {place.partition: offset for place, offset in begins.items()}
        self.ends = {place.partition: offset for place, offset in ends.items()}
        # Assigned once for all: a consumer that is stopped soon after a new assignment hangs (aiokafka 0.14).
        self._consumer.assign(places)
        for place in places:
            self._consumer.seek(place, begins[place])
        self._consumer.pause(*places)

    def turn_to(self, partition: int) -> None:
        """Go to a partition's first kept record."""
        self._consumer.pause(self._place)
        self._place = TopicPartition(self.topic, partition)
        self.position = self.begins[partition]
        self._consumer.resume(self._place)

    @property
    def done(self) -> bool:
        """Whether the partition's end is reached."""
        return self.position >= self.ends[self._place.partition]

    async def more(self) -> Sequence[Record]:
        """The next records before the end, and `position` behind them; raises LogUnreadableError when none come.

        There may be none although the position moves: what lies there is aborted, or a mark of a transaction.
        """
        for _ in range(PATIENCE):
            found = await self._consumer.getmany(self._place, timeout_ms=POLL_MS, max_records=BATCH)
            records: list[Record] = found.get(self._place, [])
            position: int = await self._consumer.position(self._place)
            if position > self.position:
                self.position = position
                return self._before_end(records)
        message = f"{self._place.topic}/{self._place.partition}/{self.position} does not come: is its leader there?"
        raise LogUnreadableError(message)

    def _before_end(self, records: list[Record]) -> list[Record]:
        end = self.ends[self._place.partition]
        if records and records[-1].offset >= end:
            return [record for record in records if record.offset < end]
        return records


@asynccontextmanager
async def open_reader(cluster: Cluster, topic: str, isolation: Isolation) -> AsyncIterator[TopicReader]:
    """Connect to read a topic; raises LogUnreadableError when there is none, or no broker."""
    consumer = AIOKafkaConsumer(
        **cluster.options(),
        enable_auto_commit=False,
        auto_offset_reset="none",
        isolation_level=isolation,
        max_partition_fetch_bytes=FETCH_BYTES,
    )
    try:
        partitions = await _partitions_of(cluster, topic)
        await consumer.start()
        yield TopicReader(consumer, topic, partitions)
    except KafkaError as error:
        message = (
            f"cannot read {topic} on {cluster.bootstrap}: {error!r}: are the brokers up, and may this user read it?"
        )
        raise LogUnreadableError(message) from error
    finally:
        # While no broker answers, its own end may never come.
        with suppress(TimeoutError):
            await asyncio.wait_for(consumer.stop(), STOP_S)


async def _partitions_of(cluster: Cluster, topic: str) -> int:
    admin = AIOKafkaAdminClient(**cluster.options())
    try:
        await admin.start()
        known = await admin.list_topics()
        # Asking about a topic that is not there would make it, on brokers that are set up so.
        described = await admin.describe_topics([topic]) if topic in known else []
    finally:
        await admin.close()
    if not described:
        message = (
            f"there is no topic {topic}: is this the right cluster, and the right prefix of topics? `mendline topics` "
            "makes what an older installation lacks"
        )
        raise LogUnreadableError(message)
    return len(described[0]["partitions"])
