"""What a read model is: a table, and a pure fold of events into its rows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar

from projections.table import Table
from schemas.message import Event, PartitionClaimed, PartitionReleased
from schemas.topics import DEVICE, Stream

R = TypeVar("R")
MARKERS = (PartitionClaimed, PartitionReleased)
"""Events that concern every stream of their partition."""
Rows = dict[tuple[Any, ...], R]
"""Rows under their keys; the fold changes them in place."""


class Recorded(NamedTuple):
    """An event that counts: where it lies, when it happened, what its envelope says of it.

    worker: the owner of its claim. The envelope itself is let go, for its data weigh more than the event.
    """

    partition: int
    offset: int
    stream_id: str
    at: datetime
    worker: str
    claim: str
    cause: str
    decides: int | None
    actor: str | None
    traceparent: str | None
    event: Event


class Need(NamedTuple):
    """Rows that a fold reads: a condition on the model's table, and its arguments.

    It must name partitions: what is loaded is stored again, and other partitions may be another projector's.
    """

    condition: str
    arguments: tuple[Any, ...]


def of_keys(condition: str, keys: Collection[tuple[Any, ...]]) -> Iterator[Need]:
    """The rows under some keys, if there are any; the condition takes each of their columns as an array."""
    if keys:
        yield Need(condition, tuple(list(column) for column in zip(*keys, strict=True)))


def streams_of(records: Sequence[Recorded]) -> set[tuple[str, int]]:
    """The streams that something happened to, each with its partition."""
    return {(r.stream_id, r.partition) for r in records}


def handed_over(records: Sequence[Recorded]) -> set[tuple[int]]:
    """The partitions that changed hands."""
    return {(r.partition,) for r in records if isinstance(r.event, MARKERS)}


@dataclass(frozen=True, slots=True)
class ReadModel(Generic[R]):
    """One read model. Its table's name names its checkpoints too, so it must never change.

    takes: classes of the events that `fold` wants. needs: which stored rows it may read or change for some events;
    rows that these events begin anew need not be among them. fold: puts one event into the rows, in log order. stream:
    whose events these are.
    """

    table: Table[R]
    takes: frozenset[type[Event]]
    needs: Callable[[Sequence[Recorded]], Iterable[Need]]
    fold: Callable[[Rows[R], Recorded], None]
    stream: Stream = DEVICE

    @property
    def name(self) -> str:
        """What people, checkpoints and the quarantine call it."""
        return self.table.name
