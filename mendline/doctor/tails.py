"""The ends of partitions: their last few thousand records, and nothing more, however long the log is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from schemas.envelope import EventEnvelope, UndecodableError, decode_event
from schemas.message import PartitionClaimed
from streams.log.event_reading import decoded
from streams.log.ports import LogRecord
from streams.log.topic_client import TopicClient


class Seen(NamedTuple):
    """A record of an events partition; no envelope: it is no event. counts: as far as a tail can tell."""

    offset: int
    time_ms: int
    envelope: EventEnvelope | None
    counts: bool


@dataclass(frozen=True)
class Tail:
    """A partition's last records, in [begin, end); the log itself begins at `first`. partitions: of its topic."""

    topic: str
    partition: int
    partitions: int
    first: int
    begin: int
    end: int
    records: Sequence[LogRecord]

    @property
    def whole(self) -> bool:
        """Whether nothing lies before it."""
        return self.begin == 0

    @cached_property
    def events(self) -> Sequence[Seen]:
        """The records as events.

        Which of them count is told by their `sequence` alone, since the marker of the first ones may lie further
        back (mendline/following.py says why that is enough).
        """
        return [_seen(record) for record in self.records]


def _seen(record: LogRecord) -> Seen:
    try:
        envelope = decode_event(record.value)
    except UndecodableError:
        return Seen(record.offset, record.time, None, counts=False)
    counts = envelope.sequence == record.offset or envelope.type == PartitionClaimed.type
    return Seen(record.offset, record.time, envelope, counts)


async def read_tails(client: TopicClient, limit: int) -> list[Tail]:
    """The last `limit` records or fewer of every partition of a topic that exists."""
    partitions = await client.partitions()
    return [await _read_tail(client, partition, partitions, limit) for partition in range(partitions)]


async def _read_tail(client: TopicClient, partition: int, partitions: int, limit: int) -> Tail:
    first, end = await client.first(partition), await client.end(partition)
    begin = position = max(first, end - limit)
    records: list[LogRecord] = []
    while position < end:
        chunk, position = decoded(await client.fetch(partition, position), f"{client.topic}[{partition}]")
        records += chunk
    return Tail(client.topic, partition, partitions, first, begin, end, [r for r in records if r.offset < end])
