"""What lies in one partition of the snapshots topic, and what of it a newer whole set makes superfluous."""

from __future__ import annotations

from collections.abc import Iterable

from streams.log.ports import LogRecord
from streams.ownership.snapshot import BrokenSetError, Part, Place, chunks_of, part_of


class Inventory:
    """The parts of sets of one events partition; `position`: up to where the topic was looked through."""

    def __init__(self, topic: str, partition: int) -> None:
        self.position = 0
        self._of = (topic, partition)
        self._parts: dict[bytes, Part] = {}
        self._chunks: dict[Place, int] = {}

    def take(self, records: Iterable[LogRecord], position: int) -> None:
        """Take in the records up to `position`, in their order."""
        self.position = position
        for record in records:
            part = part_of(record.key)
            if part is None or record.key is None or part.place[:2] != self._of:
                continue
            if record.value is None:
                self._parts.pop(record.key, None)
            else:
                self._parts[record.key] = part
                if part.number is None:
                    self._note_manifest(part.place, record.value)

    def _note_manifest(self, place: Place, manifest: bytes) -> None:
        try:
            self._chunks[place] = chunks_of(manifest)
        except BrokenSetError:
            self._chunks.pop(place, None)

    def outdated_by(self, newest: Place) -> list[bytes]:
        """The keys to delete once `newest` is whole: all older sets but the last whole one, manifests first."""
        older = {part.place for part in self._parts.values() if part.place.position < newest.position}
        kept = max((place for place in older if self._is_whole(place)), key=lambda p: p.position, default=None)
        outdated = {key: part for key, part in self._parts.items() if part.place in older and part.place != kept}
        return sorted(outdated, key=lambda key: (outdated[key].number is not None, key))

    def _is_whole(self, place: Place) -> bool:
        chunks = self._chunks.get(place)
        parts = sum(part.place == place for part in self._parts.values())
        return chunks is not None and parts == chunks + 1
