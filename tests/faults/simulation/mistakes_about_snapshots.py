"""Mistakes with snapshots: what goes into them, when they are whole, and which of them may be begun with."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import orjson

from streams.log.ports import LogError, LogRecord
from streams.ownership.folding import Folding
from streams.ownership.frames import unframed
from streams.ownership.snapshot import Place, Snapshot, chunks_of, records_of
from streams.ownership.snapshot_search import SnapshotSearch
from streams.ownership.window import Window
from streams.snapshots import fitting
from streams.snapshots import shelf as shelf_module
from streams.snapshots.shelf import Shelf
from streams.worker.claiming import Claimer
from tests.faults.simulation.event_log import Reading, SimulatedEventLog
from tests.faults.simulation.partition_log import PartitionLog
from tests.faults.simulation.planting import Mistakes, Patch, nothing
from tests.faults.simulation.snapshotting import FIRST_NUMBER


def _any_log_will_do(_: LogRecord, __: str) -> bool:
    return True


def _older_sets_go_first() -> Patch:
    async def put(self: Shelf, snapshot: Snapshot) -> None:
        await self._delete_older_than(snapshot.place)
        for record in records_of(snapshot, self._chunk_bytes):
            await self._log.append(snapshot.place.partition, [record])

    return Shelf, "put", put


def _failed_chunks_are_left_out() -> Patch:
    async def put(self: Shelf, snapshot: Snapshot) -> None:
        for record in records_of(snapshot, self._chunk_bytes):
            try:
                await self._log.append(snapshot.place.partition, [record])
            except LogError:
                continue
        await self._delete_older_than(snapshot.place)

    return Shelf, "put", put


def _window_is_forgotten() -> Patch:
    def restored(cls: type[Window], saved: bytes) -> Window:
        return cls()

    return Window, "restored", classmethod(restored)


def _attempt_claims_are_forgotten() -> Patch:
    def restored(cls: type[Folding], saved: bytes) -> Folding:
        folding: Folding = whole(saved)
        folding.attempt_claims.clear()
        return folding

    whole = Folding.restored
    return Folding, "restored", classmethod(restored)


def _unreplicated(log: PartitionLog) -> list[LogRecord]:
    loose = [record for batch in log._tail for record in batch.records]
    return [LogRecord(log.end() + n, 0, record.key, record.value) for n, record in enumerate(loose)]


class _EagerReading(Reading):
    """Waits for what only the leader has, and reads that as well."""

    _looks = 0

    def _look(self, answer: Any) -> None:
        records, position = self._log.read(self._position, 1000)
        tail = _unreplicated(self._log)
        self._looks += 1
        if tail or self._looks > 200:
            self._process.deliver(self._arrived, answer, [*records, *tail], position + len(tail))
        else:
            self._process.post(0.002, self._look, answer)


def _tail_is_taken_as_well() -> Patch:
    def read(self: SimulatedEventLog, partition: int, begin: int) -> Reading:
        reading = _EagerReading if self._process.number >= FIRST_NUMBER else Reading
        return reading(self._process, self._brokers, self._logs[partition], begin)

    return SimulatedEventLog, "read", read


class _TrustingSearch(SnapshotSearch):
    """Puts together what is there of a set, and believes its manifest."""

    def _whole(self, place: Place) -> Snapshot | None:
        chunks = [self._values.get(place.key(number)) for number in range(chunks_of(self._manifests[place]))]
        whole = b"".join(chunk or b"" for chunk in chunks)
        told = orjson.loads(self._manifests[place])
        markers, state = unframed(whole)
        return Snapshot(
            place=place,
            generation=told["generation"],
            next_request=told["next_request"],
            version=told["state_version"],
            markers=orjson.loads(markers),
            state=state,
        )


MISTAKES_ABOUT_SNAPSHOTS: Mistakes = MappingProxyType(
    {
        "a snapshot is begun with although the log at its position carries another claim": lambda: (
            fitting,
            "is_of",
            _any_log_will_do,
        ),
        "what no replica has acknowledged goes into a snapshot": _tail_is_taken_as_well,
        "older snapshots are deleted before the new one is whole": _older_sets_go_first,
        "a snapshot whose chunks could not all be written is taken for whole": _failed_chunks_are_left_out,
        "a missing chunk is not noticed": lambda: (shelf_module, "SnapshotSearch", _TrustingSearch),
        "the idempotency window is not restored": _window_is_forgotten,
        "under which claim an attempt was made is not restored": _attempt_claims_are_forgotten,
        "the predecessors that a snapshot tells of are not heeded": lambda: (Claimer, "_heed_all", nothing),
    }
)
"""Each by what it does wrong."""
