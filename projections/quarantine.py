"""Streams that a read model cannot follow any more: set aside with the reason, so that all others go on."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from psycopg import AsyncConnection

from projections.decoding import Unreadable
from projections.read_model import MARKERS, Recorded

log = logging.getLogger(__name__)

LOAD = "SELECT projection, partition, stream_id FROM quarantine WHERE topic = %s AND partition = ANY(%s)"
ADD = """
INSERT INTO quarantine (projection, topic, partition, stream_id, position, type, reason, held_back)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""
COUNT = """
UPDATE quarantine SET held_back = held_back + %s
WHERE projection = %s AND topic = %s AND partition = %s AND stream_id = %s
"""


class HeldStream(NamedTuple):
    """A stream that one read model cannot follow."""

    projection: str
    partition: int
    stream_id: str


class Cause(NamedTuple):
    """The first event of a stream that could not be applied, and how many came after it."""

    position: int
    type: str
    reason: str
    held_back: int


class Quarantine:
    """The quarantine as one transaction finds it and changes it; thrown away when the transaction fails.

    unreadable: whether the transaction's batch holds anything unreadable.
    """

    def __init__(self, held: Collection[HeldStream], unreadable: bool) -> None:
        self.held = held
        self.unreadable = unreadable
        self.added: dict[HeldStream, Cause] = {}
        self.counted: dict[HeldStream, int] = {}

    def admit(self, projection: str, records: Sequence[Recorded]) -> Sequence[Recorded]:
        """The records that a read model may fold; the others are counted."""
        if not self.unreadable and not any(h.projection == projection for h in self.held):
            return records
        return [r for r in records if self._admits(projection, r, records)]

    def holds(self, projection: str, record: Recorded) -> bool:
        """Whether the record comes after one of its stream that the read model could not apply."""
        stream = HeldStream(projection, record.partition, record.stream_id)
        return not isinstance(record.event, MARKERS) and (stream in self.added or stream in self.held)

    def add(self, projection: str, record: Recorded, reason: str, records: Iterable[Recorded]) -> None:
        """Set a record's stream aside; `records`: the batch, in which what follows is counted."""
        stream = HeldStream(projection, record.partition, record.stream_id)
        after = sum(1 for r in records if _follows(r, record))
        self.added[stream] = Cause(record.offset, _type_of(record), reason, after)

    def _admits(self, projection: str, record: Recorded, records: Sequence[Recorded]) -> bool:
        if self.holds(projection, record):
            stream = HeldStream(projection, record.partition, record.stream_id)
            if stream not in self.added:
                self.counted[stream] = self.counted.get(stream, 0) + 1
            return False
        if isinstance(record.event, Unreadable):
            self.add(projection, record, record.event.reason, records)
            return False
        return True

    async def store(self, connection: AsyncConnection, topic: str) -> None:
        """Write what this transaction added and counted."""
        if not self.added and not self.counted:
            return
        async with connection.cursor() as cursor:
            await cursor.executemany(ADD, [(s[0], topic, *s[1:], *c) for s, c in self.added.items()])
            await cursor.executemany(COUNT, [(n, s[0], topic, *s[1:]) for s, n in self.counted.items()])

    def announce(self) -> None:
        """Say which streams have been set aside."""
        models: dict[tuple[int, str, Cause], list[str]] = {}
        for stream, cause in self.added.items():
            models.setdefault((stream.partition, stream.stream_id, cause), []).append(stream.projection)
        for (partition, stream_id, cause), names in models.items():
            log.error(
                "stream %s is in quarantine for %s: they cannot apply %s at partition %d offset %d: %s",
                stream_id,
                ", ".join(names),
                cause.type,
                partition,
                cause.position,
                cause.reason,
            )


def _type_of(record: Recorded) -> str:
    return record.event.of_type if isinstance(record.event, Unreadable) else record.event.type


def _follows(record: Recorded, first: Recorded) -> bool:
    same = record.partition == first.partition and record.stream_id == first.stream_id
    return same and record.offset > first.offset and not isinstance(record.event, MARKERS)


async def load_held(connection: AsyncConnection, topic: str, partitions: Collection[int]) -> set[HeldStream]:
    """The streams in quarantine in some partitions."""
    cursor = await connection.execute(LOAD, [topic, list(partitions)])
    return {HeldStream(*row) for row in await cursor.fetchall()}
