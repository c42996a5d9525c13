"""The snapshots topic as one process reaches it, and the real shelf and fitting over it, under the witness's eyes."""

from __future__ import annotations

from collections.abc import Sequence

from streams.log.ports import EventLog, EventRecord, LogRecord, SnapshotLog
from streams.ownership.folding import Folding
from streams.ownership.snapshot import Snapshot, part_of
from streams.snapshots.fitting import Fitting
from streams.snapshots.shelf import Shelf
from tests.faults.simulation.brokers import TOPICS, Brokers
from tests.faults.simulation.event_log import SimulatedEventLog
from tests.faults.simulation.process import Process
from tests.faults.simulation.snapshot_witness import SnapshotWitness
from tests.faults.simulation.witness import Witness


class SimulatedSnapshotLog(SnapshotLog):
    """Keyed records, appended one by one; what becomes of each append is the network's luck."""

    def __init__(self, process: Process, brokers: Brokers, watched: SnapshotWitness) -> None:
        self._process = process
        self._brokers = brokers
        self._records = SimulatedEventLog(process, brokers, Witness(), brokers.snapshots)
        self._watched = watched

    async def first(self, partition: int) -> int:
        """The first offset."""
        return 0

    async def end(self, partition: int) -> int:
        """The offset that the next record will have."""
        return await self._records.end(partition)

    async def read(self, partition: int, begin: int, end: int) -> Sequence[LogRecord]:
        """The records that are left in [begin, end)."""
        await self._records.end(partition)
        return self._brokers.snapshots[partition].read(begin, end - begin)[0]

    async def append(self, partition: int, records: Sequence[tuple[bytes, bytes | None]]) -> None:
        """Append records, acknowledged; raises LogError."""
        for key, value in records:
            part = part_of(key)
            if value is None and part is not None:
                self._watched.deleted(self._process, part.place)
        await self._records.append(partition, [EventRecord(*record) for record in records])  # type: ignore[arg-type]


class WatchedShelf(Shelf):
    """The real shelf; the witness sees what is put on it."""

    def __init__(self, process: Process, brokers: Brokers, watched: SnapshotWitness, chunk_bytes: int) -> None:
        super().__init__(TOPICS.events(), SimulatedSnapshotLog(process, brokers, watched), chunk_bytes)
        self._process = process
        self._watched = watched

    async def put(self, snapshot: Snapshot) -> None:
        """Write a set."""
        self._process.world.count("snapshots taken")
        self._watched.taken(self._process, snapshot.place, snapshot.state)
        await super().put(snapshot)


class WatchedFitting(Fitting):
    """The real choice of a snapshot; the witness sees what is chosen."""

    def __init__(self, process: Process, shelf: Shelf, events: EventLog, watched: SnapshotWitness) -> None:
        super().__init__(shelf, events)
        self._process = process
        self._watched = watched

    async def newest(self, partition: int) -> tuple[Snapshot, Folding] | None:
        """The newest that fits."""
        found = await super().newest(partition)
        if found is not None:
            self._process.world.count("snapshots used")
            self._watched.used(self._process, found[0].place, found[1])
        return found
