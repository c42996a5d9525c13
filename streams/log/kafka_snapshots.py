"""The snapshots partitions in Kafka: a compacted topic, read in pieces from its end."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from schemas.cluster import Cluster
from streams.log.event_reading import decoded
from streams.log.ports import LogRecord, SnapshotLog
from streams.log.producers import Producers
from streams.log.topic_client import TopicClient


class KafkaSnapshotLog(SnapshotLog):
    """The snapshots topic. Close it from the loop that used it."""

    def __init__(self, cluster: Cluster, topic: str) -> None:
        self._topic = topic
        self._client = TopicClient(cluster, topic)
        self._producers = Producers(cluster)

    async def first(self, partition: int) -> int:
        """The first offset that the partition still has."""
        return await self._client.first(partition)

    async def end(self, partition: int) -> int:
        """The offset that the next record will have."""
        return await self._client.end(partition)

    async def read(self, partition: int, begin: int, end: int) -> Sequence[LogRecord]:
        """The records that compaction has left in [begin, end)."""
        records: list[LogRecord] = []
        position = begin
        while position < end:
            chunk, reached = decoded(await self._client.fetch(partition, position), f"{self._topic}[{partition}]")
            records += [record for record in chunk if record.offset < end]
            if reached == position:  # compaction may have left nothing up to the end
                break
            position = reached
        return records

    async def append(self, partition: int, records: Sequence[tuple[bytes, bytes | None]]) -> None:
        """Append records as one batch, acknowledged; raises AppendUnknownError or BatchTooLargeError."""
        await self._producers.append(self._topic, partition, records)

    async def close(self) -> None:
        """Close all connections."""
        await asyncio.gather(self._client.close(), self._producers.close())
