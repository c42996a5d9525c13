"""The snapshotter: folds what came to each events partition since its last snapshot, and writes the next one.

Nothing is kept between two snapshots: each begins with the one before, as a claim does.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import aclosing

from schemas.catalogue import UnknownTypeError
from schemas.envelope import EventEnvelope, decode_event
from schemas.fence import Verdict
from schemas.message import SCHEMA_LEVEL
from streams.log.ports import EventLog, LogError, LogRecord
from streams.ownership.folding import Folding, state_version
from streams.ownership.lineage import Lineage
from streams.ownership.snapshot import Place, Snapshot
from streams.ownership.taking_in import take_in
from streams.snapshots.fitting import Fitting
from streams.snapshots.shelf import Shelf

log = logging.getLogger(__name__)


class TooNewError(Exception):
    """What a newer writer wrote may mean what this program does not know: it takes no snapshots of that."""


class Snapshotter:
    """Takes snapshots of the devices' partitions. every: so many events after the last one."""

    def __init__(self, shelf: Shelf, events: EventLog, partitions: int, every: int) -> None:
        self._shelf = shelf
        self._events = events
        self._partitions = partitions
        self._every = every
        self._fitting = Fitting(shelf, events)
        self._taken: dict[int, int] = {}

    async def look_around(self) -> None:
        """Take the snapshots that are due; a partition where that fails is looked at again next time."""
        for partition in range(self._partitions):
            try:
                end = await self._events.end(partition)
                if end - self._taken.get(partition, 0) >= self._every:
                    await self._take(partition, end)
            except LogError as error:
                log.warning("no snapshot of %s/%d: %s", self._shelf.topic, partition, error)

    async def _take(self, partition: int, end: int) -> None:
        try:
            await self._go_on(partition, end)
        except LogError:
            raise
        except (TooNewError, UnknownTypeError) as error:
            log.warning("no snapshot of %s/%d: %s", self._shelf.topic, partition, error)
            self._taken[partition] = end
        except Exception:  # the other partitions go on, and this one is tried again once there is more of it
            log.exception("no snapshot of %s/%d: an unexpected error", self._shelf.topic, partition)
            self._taken[partition] = end

    async def _go_on(self, partition: int, end: int) -> None:
        found = await self._fitting.newest(partition)
        self._taken[partition] = 0 if found is None else found[0].place.position
        if end - self._taken[partition] < self._every:
            return
        state, lineage = (Folding(), Lineage()) if found is None else (found[1], Lineage(found[0].markers))
        snapshot = await self._folded(partition, state, lineage, end)
        if snapshot is not None:
            await self._shelf.put(snapshot)
            self._taken[partition] = snapshot.place.position
            log.info(
                "snapshot of %s/%d at %d: %d bytes", *snapshot.place[:2], snapshot.place.position, len(snapshot.state)
            )

    async def _folded(self, partition: int, state: Folding, lineage: Lineage, end: int) -> Snapshot | None:
        """None: the last event does not count, so that nothing could tell whether the snapshot is of this log."""
        claim = None
        async with aclosing(self._events.read(partition, state.fence.position)) as batches:
            while state.fence.position < end:
                if records := await anext(batches):
                    claim = self._take_in(state, lineage, records)
                await asyncio.sleep(0)
        if claim is None:
            return None
        return Snapshot(
            place=Place(self._shelf.topic, partition, claim, state.fence.position),
            generation=state.fence.generation,
            next_request=state.next_request,
            version=state_version(),
            markers=lineage.markers(),
            state=state.saved(),
        )

    def _take_in(self, state: Folding, lineage: Lineage, records: Sequence[LogRecord]) -> str | None:
        """The claim of the last event, where it counts and lies where its writer expected it."""

        def hear(_: LogRecord, envelope: EventEnvelope | None, verdict: Verdict) -> None:
            if envelope is not None and verdict is Verdict.CLAIMED:
                self._mind_level(envelope.data["schema_level"])
                lineage.note(envelope.data)

        if take_in(state, records, hear) is Verdict.VOID:
            return None
        last = decode_event(records[-1].value)
        return last.claim if last.sequence == records[-1].offset else None

    def _mind_level(self, level: int) -> None:
        if level > SCHEMA_LEVEL:
            message = f"it was written at schema level {level}, known is {SCHEMA_LEVEL}: run a newer one"
            raise TooNewError(message)
