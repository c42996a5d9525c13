"""Stands in for a partition's owner: appends the events that a test wants decided."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Self

from schemas.cluster import Cluster
from schemas.envelope import NO_CONTEXT, Context, Position, encode_event
from schemas.marks import PARTITION
from schemas.message import Event, PartitionClaimed
from schemas.topics import DEVICE, Stream, Topics
from streams.log.kafka_events import KafkaEventLog
from streams.log.ports import EventRecord

AT = "2026-11-23T04:05:06+00:00"


class OwnerByHand:
    """Appends to one events partition, as whom and where the test says; an asynchronous context manager."""

    def __init__(
        self, bootstrap: str, topics: Topics, partition: int, claim: str = "0" * 15 + "1", stream: Stream = DEVICE
    ) -> None:
        self.claim = claim
        self._where = (topics.events(stream), partition)
        self._log = KafkaEventLog(Cluster(bootstrap), topics.events(stream))

    async def __aenter__(self) -> Self:
        self._closing = AsyncExitStack()
        self._closing.push_async_callback(self._log.close)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._closing.aclose()

    async def take(self, generation: int, owner: str = "worker-1") -> int:
        """Claim the partition; the marker's offset."""
        marker = PartitionClaimed(
            generation=generation, claim=self.claim, owner=owner, schema_level=1, partitions=8, installation="x"
        )
        return await self.append(marker, PARTITION)

    async def append(
        self,
        event: Event,
        device_id: str = "d-1",
        *,
        decides: int | None = None,
        off_by: int = 0,
        context: Context = NO_CONTEXT,
    ) -> int:
        """Append an event that expects to lie `off_by` before its offset; its offset."""
        topic, partition = self._where
        offset = await self._log.end(partition)
        position = Position(topic, partition, offset - off_by)
        cause = "due:claim" if decides is None else f"request:{decides}"
        value = encode_event(event, position, device_id, AT, self.claim, cause, decides, context)
        return await self._log.append(partition, [EventRecord(device_id.encode(), value)])

    async def append_raw(self, value: bytes) -> int:
        """Append what is no event; its offset."""
        return await self._log.append(self._where[1], [EventRecord(b"d-1", value)])
