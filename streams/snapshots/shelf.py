"""Where snapshots lie: the newest whole set is found from the end on, and a newer whole one deletes older ones."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from streams.log.ports import LogRecord, SnapshotLog
from streams.ownership.snapshot import CHUNK_BYTES, MANIFEST, Place, Snapshot, records_of
from streams.ownership.snapshot_search import SnapshotSearch
from streams.snapshots.inventory import Inventory

log = logging.getLogger(__name__)

SPAN = 16
"""Offsets that are looked at first; where hardly anything lies, four times as many each time."""
SPARSE_BYTES = 4 * 1024 * 1024


class Shelf:
    """The snapshots of one events topic: those of its partition n lie in partition n of the snapshots topic."""

    def __init__(self, topic: str, records: SnapshotLog, chunk_bytes: int = CHUNK_BYTES) -> None:
        self.topic = topic
        self._log = records
        self._chunk_bytes = chunk_bytes
        self._inventories: dict[int, Inventory] = {}

    async def newest(self, partition: int, up_to: int) -> Snapshot | None:
        """The newest whole set up to that position; raises LogError."""
        search = SnapshotSearch(self.topic, partition, up_to)
        first, begin, span = await self._log.first(partition), await self._log.end(partition), SPAN
        found = None
        while found is None and begin > first:
            begin, until = max(first, begin - span), begin
            records = await self._log.read(partition, begin, until)
            search.take(records)
            found = search.newest()
            span = span * 4 if _size(records) < SPARSE_BYTES else SPAN
        if found is None:
            search.end()
        for place, reason in search.refused.items():
            log.warning("snapshot %s is not used: %s", place.key(MANIFEST).decode(), reason)
        return found

    async def put(self, snapshot: Snapshot) -> None:
        """Write a set; once it is whole, delete the older ones but the last; raises LogError."""
        partition = snapshot.place.partition
        for record in records_of(snapshot, self._chunk_bytes):
            await self._log.append(partition, [record])
        await self._delete_older_than(snapshot.place)

    async def _delete_older_than(self, newest: Place) -> None:
        inventory = self._inventories.setdefault(newest.partition, Inventory(self.topic, newest.partition))
        position = max(inventory.position, await self._log.first(newest.partition))
        end = await self._log.end(newest.partition)
        while position < end:
            until = min(end, position + SPAN)
            inventory.take(await self._log.read(newest.partition, position, until), until)
            position = until
        for key in inventory.outdated_by(newest):
            await self._log.append(newest.partition, [(key, None)])


def _size(records: Sequence[LogRecord]) -> int:
    return sum(len(record.value or b"") for record in records)
