"""Looking through the snapshots topic, the end of it first, for the newest whole set of one partition."""

from __future__ import annotations

from collections.abc import Iterable

from streams.log.ports import LogRecord
from streams.ownership.snapshot import BrokenSetError, Place, Snapshot, assembled, chunks_of, part_of


class SnapshotSearch:
    """Takes in what lies in the topic, from its end to its beginning, until there is a whole set.

    up_to: sets beyond that position are passed over. refused: the sets that are broken, each with the reason.
    """

    def __init__(self, topic: str, partition: int, up_to: int) -> None:
        self.refused: dict[Place, str] = {}
        self._of = (topic, partition)
        self._up_to = up_to
        self._values: dict[bytes, bytes | None] = {}
        self._manifests: dict[Place, bytes] = {}

    def take(self, records: Iterable[LogRecord]) -> None:
        """Take in records, in their order, that lie before all that were taken in so far."""
        found: dict[bytes, bytes | None] = {}
        for record in records:
            part = part_of(record.key)
            if part is not None and part.place[:2] == self._of and part.place.position <= self._up_to:
                found[record.key or b""] = record.value
        for key, value in found.items():  # of a key's values the last one holds
            if key not in self._values:
                self._values[key] = value
                self._note_manifest(key, value)

    def _note_manifest(self, key: bytes, value: bytes | None) -> None:
        part = part_of(key)
        if part is not None and part.number is None and value is not None:
            self._manifests[part.place] = value

    def newest(self) -> Snapshot | None:
        """The whole set with the highest position among what was taken in."""
        for place in sorted(self._manifests.keys() - self.refused.keys(), key=lambda p: p.position, reverse=True):
            try:
                snapshot = self._whole(place)
            except BrokenSetError as error:
                self.refused[place] = str(error)
                continue
            if snapshot is not None:
                return snapshot
        return None

    def _whole(self, place: Place) -> Snapshot | None:
        """None while a chunk may lie further ahead; raises BrokenSetError."""
        manifest, chunks = self._manifests[place], []
        for number in range(chunks_of(manifest)):
            key = place.key(number)
            if key not in self._values:
                return None
            chunk = self._values[key]
            if chunk is None:
                message = f"its chunk {number} was deleted"
                raise BrokenSetError(message)
            chunks.append(chunk)
        return assembled(place, manifest, chunks)

    def end(self) -> None:
        """Nothing lies further ahead: sets that still lack a chunk lack it for good."""
        for place in self._manifests.keys() - self.refused.keys():
            self.refused[place] = "a chunk of it is missing"
