"""Logs in memory, for tests of what a snapshotter does with them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import cast

from streams.log.ports import EventLog, LogError, LogRecord, SnapshotLog


class Events:
    """Events partitions as lists of values; `away`: partitions that cannot be read."""

    def __init__(self, *partitions: Sequence[bytes], away: Sequence[int] = ()) -> None:
        self._partitions = partitions
        self._away = away

    async def end(self, partition: int) -> int:
        return len(self._partitions[partition])

    async def read(self, partition: int, begin: int) -> AsyncGenerator[Sequence[LogRecord], None]:
        if partition in self._away:
            raise LogError("no leader")
        while True:
            found = [LogRecord(n, 0, None, value) for n, value in enumerate(self._partitions[partition])][begin:]
            begin += len(found)
            yield found


class Snapshots(SnapshotLog):
    """Snapshots partitions as lists of keyed values."""

    def __init__(self) -> None:
        self.records: dict[int, list[tuple[bytes, bytes | None]]] = {}

    async def first(self, partition: int) -> int:
        return 0

    async def end(self, partition: int) -> int:
        return len(self.records.get(partition, []))

    async def read(self, partition: int, begin: int, end: int) -> Sequence[LogRecord]:
        found = [LogRecord(n, 0, key, value) for n, (key, value) in enumerate(self.records.get(partition, []))]
        return found[begin:end]

    async def append(self, partition: int, records: Sequence[tuple[bytes, bytes | None]]) -> None:
        self.records.setdefault(partition, []).extend(records)


def events(*partitions: Sequence[bytes], away: Sequence[int] = ()) -> EventLog:
    """As a snapshotter is given them."""
    return cast(EventLog, Events(*partitions, away=away))
