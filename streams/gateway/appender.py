"""Appending requests of many callers to the log, each acknowledged by all in-sync replicas."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from functools import partial

from schemas.cluster import Cluster
from schemas.envelope import Position
from schemas.partitioner import partition_of
from schemas.topics import Stream, Topics
from streams.gateway.lane import Lane
from streams.log.ports import EventRecord
from streams.log.producers import APPEND_TIMEOUT_S, Producers


class Appender:
    """Appends requests, each to its key's partition, those of one key in the order in which they were given.

    Raises LogError when they cannot be acknowledged in time: whether they are in the log is unknown then, and asking
    again with the same request id is safe.
    """

    def __init__(self, cluster: Cluster, topics: Topics, *, append_timeout_s: float = APPEND_TIMEOUT_S) -> None:
        self._topics = topics
        self._producers = Producers(cluster, append_timeout_s=append_timeout_s)
        self._partitions: dict[str, int] = {}
        self._lanes: dict[tuple[str, int], Lane] = {}

    async def partition(self, stream: Stream, key: str) -> int:
        """Where requests of a key lie, and their fates in the stream's events."""
        return partition_of(key.encode(), await self._count(self._topics.requests(stream)))

    async def append(self, stream: Stream, records: Sequence[EventRecord]) -> list[Position]:
        """Where each of the records lies; all of them are acknowledged."""
        topic = self._topics.requests(stream)
        count = await self._count(topic)
        by_partition: dict[int, list[int]] = defaultdict(list)
        for number, record in enumerate(records):
            by_partition[partition_of(record.key, count)].append(number)
        placed: dict[int, Position] = {}

        async def put(where: int, numbers: Sequence[int]) -> None:
            offsets = await self._put(topic, where, [records[number] for number in numbers])
            placed.update(zip(numbers, (Position(topic, where, offset) for offset in offsets), strict=True))

        await asyncio.gather(*(put(where, numbers) for where, numbers in by_partition.items()))
        return [placed[number] for number in range(len(records))]

    async def aclose(self) -> None:
        """Close all connections, within two seconds also while the brokers are away."""
        await asyncio.gather(*(lane.close() for lane in self._lanes.values()))
        await self._producers.close()

    async def _put(self, topic: str, partition: int, records: Sequence[EventRecord]) -> list[int]:
        pieces = self._lane(topic, partition).put(records)
        bases = await asyncio.gather(*(piece.base for piece in pieces))
        return [
            base + number for base, piece in zip(bases, pieces, strict=True) for number in range(len(piece.records))
        ]

    def _lane(self, topic: str, partition: int) -> Lane:
        if (topic, partition) not in self._lanes:
            self._lanes[topic, partition] = Lane(partial(self._producers.append, topic, partition))
        return self._lanes[topic, partition]

    async def _count(self, topic: str) -> int:
        if topic not in self._partitions:
            self._partitions[topic] = await self._producers.partitions(topic)
        return self._partitions[topic]
