"""Finding the snapshot to begin with: the newest whole one that can be restored, and that this very log amounts to."""

from __future__ import annotations

import logging
from contextlib import aclosing

from schemas.envelope import UndecodableError, decode_event
from streams.log.ports import EventLog, LogRecord
from streams.ownership.folding import Folding, state_version
from streams.ownership.frames import StateDamagedError
from streams.ownership.snapshot import Snapshot
from streams.snapshots.shelf import Shelf

log = logging.getLogger(__name__)


class UnfitSnapshotError(Exception):
    """Only a snapshot of this log, of a known version, is begun with."""


class Fitting:
    """Takes the snapshot that fits."""

    def __init__(self, shelf: Shelf, events: EventLog) -> None:
        self._shelf = shelf
        self._events = events
        self._version = state_version()

    async def newest(self, partition: int) -> tuple[Snapshot, Folding] | None:
        """The newest snapshot that fits, restored; None: fold from the beginning. Raises LogError."""
        up_to = await self._events.end(partition)
        while (snapshot := await self._shelf.newest(partition, up_to)) is not None:
            try:
                return snapshot, await self._fitted(snapshot)
            except (UnfitSnapshotError, StateDamagedError) as error:
                log.warning("snapshot %d of partition %d is not used: %s", snapshot.place.position, partition, error)
                up_to = snapshot.place.position - 1
        return None

    async def _fitted(self, snapshot: Snapshot) -> Folding:
        if snapshot.version != self._version:
            raise UnfitSnapshotError(f"its state is of version {snapshot.version}, known is {self._version}")
        place = snapshot.place
        if not is_of(await self._record(place.partition, place.position - 1), place.claim):
            raise UnfitSnapshotError(f"the log was another one before offset {place.position}: was it cut or restored?")
        state = Folding.restored(snapshot.state)
        told = place.position, snapshot.generation, snapshot.next_request
        if (state.fence.position, state.fence.generation, state.next_request) != told:
            raise UnfitSnapshotError("its manifest tells another position than its state")
        return state

    async def _record(self, partition: int, offset: int) -> LogRecord:
        async with aclosing(self._events.read(partition, offset)) as batches:
            while not (records := await anext(batches)):
                pass
            return records[0]


def is_of(record: LogRecord, claim: str) -> bool:
    """Whether an event was written there under that claim: then all before it is what its writer had folded."""
    try:
        event = decode_event(record.value)
    except UndecodableError:
        return False
    return event.claim == claim and event.sequence == record.offset
