"""Several who look at one projector."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from projections.checkpoints import Checkpoint
from projections.quarantine import HeldStream
from projections.read_model import ReadModel, Recorded, Rows
from projections.tail import Stretch
from projections.watching import Watch
from schemas.topics import Stream


class Watches(Watch):
    """Tells each what one is told."""

    def __init__(self, *watches: Watch) -> None:
        self._watches = watches

    def follows(self, models: Sequence[ReadModel[Any]], partitions: Collection[int]) -> None:
        """Tell each."""
        for watch in self._watches:
            watch.follows(models, partitions)

    def folded(self, model: ReadModel[Any], records: Sequence[Recorded], rows: Rows[Any]) -> None:
        """Tell each."""
        for watch in self._watches:
            watch.folded(model, records, rows)

    def applied(self, stream: Stream, stretches: Sequence[Stretch]) -> None:
        """Tell each."""
        for watch in self._watches:
            watch.applied(stream, stretches)

    def stepped(
        self, stream: Stream, book: Collection[Checkpoint], ends: Mapping[int, int], held: Collection[HeldStream]
    ) -> None:
        """Tell each."""
        for watch in self._watches:
            watch.stepped(stream, book, ends, held)
