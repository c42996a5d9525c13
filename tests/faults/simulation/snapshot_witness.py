"""What the simulation saw of snapshots: each must hold what the acknowledged log amounts to, however it came about."""

from __future__ import annotations

from schemas.envelope import decode_event
from streams.log.ports import LogRecord
from streams.ownership.folding import Folding
from streams.ownership.snapshot import Place
from streams.ownership.snapshot_search import SnapshotSearch
from tests.faults.simulation.partition_log import PartitionLog


class SnapshotWitness:
    """Folds each log once, apart from all snapshots, and complains."""

    def __init__(self, topic: str, events: list[PartitionLog], snapshots: list[PartitionLog]) -> None:
        self.complaints: list[str] = []
        self._topic = topic
        self._events = events
        self._snapshots = snapshots
        self._foldings = [Folding() for _ in events]
        self._truths: list[dict[int, bytes]] = [{} for _ in events]

    def taken(self, who: object, place: Place, state: bytes) -> None:
        """A snapshotter is about to write a set."""
        if place.position > self._events[place.partition].end():
            self.complaints.append(f"snapshot: {who} takes {place} of what the log has not acknowledged")
        elif state != self._truth(place.partition, place.position):
            self.complaints.append(f"snapshot: {who} takes another state than the log amounts to at {place}")

    def used(self, who: object, place: Place, folding: Folding) -> None:
        """A claimer begins with a snapshot."""
        if folding.saved() != self._truth(place.partition, place.position):
            self.complaints.append(f"snapshot: {who} begins with another state than the log amounts to at {place}")

    def deleted(self, who: object, place: Place) -> None:
        """A part of a set is about to be deleted."""
        search = SnapshotSearch(place.topic, place.partition, 1 << 62)
        search.take(self._snapshots[place.partition].all())
        newest = search.newest()
        if newest is None or newest.place.position <= place.position:
            self.complaints.append(f"snapshot: {who} deletes a part of {place}, and none newer is whole")

    def _truth(self, partition: int, position: int) -> bytes:
        truths, folding = self._truths[partition], self._foldings[partition]
        if position not in truths:
            if position < folding.fence.position:
                folding = Folding()
            records, _ = self._events[partition].read(folding.fence.position, position - folding.fence.position)
            fold_all(folding, records)
            self._foldings[partition] = folding
            truths[position] = folding.saved()
        return truths[position]


def fold_all(folding: Folding, records: list[LogRecord]) -> None:
    """Take in records of an events partition."""
    for record in records:
        folding.fold(record.offset, decode_event(record.value))
