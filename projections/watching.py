"""Who looks at a projector while it works: for figures, and for traces."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from projections.checkpoints import Checkpoint
from projections.quarantine import HeldStream
from projections.read_model import ReadModel, Recorded, Rows
from projections.tail import Stretch
from schemas.topics import Stream


class Watch(Protocol):
    """Is told what is committed. Nothing here may raise, or change what it is given."""

    def follows(self, models: Sequence[ReadModel[Any]], partitions: Collection[int]) -> None:
        """These read models follow these partitions of their stream from now on."""

    def folded(self, model: ReadModel[Any], records: Sequence[Recorded], rows: Rows[Any]) -> None:
        """These events are in the tables, and the rows that they changed are as they came out of it."""

    def applied(self, stream: Stream, stretches: Sequence[Stretch]) -> None:
        """All read models have these."""

    def stepped(
        self, stream: Stream, book: Collection[Checkpoint], ends: Mapping[int, int], held: Collection[HeldStream]
    ) -> None:
        """A step is done. book: how far each read model is. ends: of the log, where they are known."""


class Unwatched(Watch):
    """Nobody looks."""

    def follows(self, models: Sequence[ReadModel[Any]], partitions: Collection[int]) -> None:
        """Nothing."""

    def folded(self, model: ReadModel[Any], records: Sequence[Recorded], rows: Rows[Any]) -> None:
        """Nothing."""

    def applied(self, stream: Stream, stretches: Sequence[Stretch]) -> None:
        """Nothing."""

    def stepped(
        self, stream: Stream, book: Collection[Checkpoint], ends: Mapping[int, int], held: Collection[HeldStream]
    ) -> None:
        """Nothing."""


UNWATCHED = Unwatched()
