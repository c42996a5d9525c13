"""The events partitions in Kafka: append with acks of all in-sync replicas, read uncommitted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence

from schemas.cluster import Cluster
from streams.log.event_reading import picked, records_from
from streams.log.ports import AckTimes, EventLog, EventRecord, LogRecord
from streams.log.producers import (
    APPEND_TIMEOUT_S,
    BATCH_OVERHEAD_BYTES,
    MAX_BATCH_BYTES,
    RECORDS_PER_PRODUCER,
    Producers,
)
from streams.log.topic_client import TopicClient


class KafkaEventLog(EventLog):
    """One events topic. Close it from the loop that used it.

    append_timeout_s: how long an append may take before it counts as unknown.
    """

    def __init__(
        self,
        cluster: Cluster,
        topic: str,
        *,
        append_timeout_s: float = APPEND_TIMEOUT_S,
        max_batch_bytes: int = MAX_BATCH_BYTES,
        records_per_producer: int = RECORDS_PER_PRODUCER,
    ) -> None:
        self.max_batch_bytes = max_batch_bytes - BATCH_OVERHEAD_BYTES
        """Events fit in one append if their keys, values and RECORD_OVERHEAD_BYTES each add up to no more."""
        self._cluster = cluster
        self._topic = topic
        self._ends = TopicClient(cluster, topic)
        self._picks = TopicClient(cluster, topic)
        self._producers = Producers(
            cluster,
            append_timeout_s=append_timeout_s,
            max_batch_bytes=max_batch_bytes,
            records_per_producer=records_per_producer,
        )

    async def append(self, partition: int, events: Sequence[EventRecord]) -> int:
        """Append `events` as one Kafka batch; its base offset.

        Raises BatchTooLargeError before sending, AppendUnknownError on anything but a clean ack. A cancelled
        append is as unknown as a failed one: its CancelledError is passed on, and its producer is not used again.
        """
        return await self._producers.append(self._topic, partition, events)

    def last_ack(self) -> AckTimes | None:
        """Of the latest clean ack of any partition, once there is one; the topic has to write append times."""
        return self._producers.last_ack

    async def end(self, partition: int) -> int:
        """The offset that the next event will have."""
        return await self._ends.end(partition)

    async def pick(self, partition: int, offsets: Sequence[int]) -> Sequence[LogRecord]:
        """Of the records at these rising offsets as many as one fetch brings, from the first on."""
        fetched = await self._picks.fetch(partition, offsets[0])
        return picked(fetched, offsets, f"{self._topic}[{partition}]")

    def read(self, partition: int, begin: int) -> AsyncGenerator[Sequence[LogRecord], None]:
        """Every record from `begin` on, in batches; waits while the broker is away; close it by `aclose`."""
        return records_from(TopicClient(self._cluster, self._topic), partition, begin)

    async def close(self) -> None:
        """Close all connections, within two seconds also while the broker is away."""
        await asyncio.gather(self._producers.close(), self._ends.close(), self._picks.close())
