"""Taking records of an events partition in: what is frequent in runs, what concerns the whole partition one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from schemas.envelope import EventEnvelope, UndecodableError, decode_event
from schemas.fence import Fence, Verdict
from schemas.message import PartitionClaimed, PartitionReleased
from streams.log.ports import LogRecord

OF_THE_PARTITION = frozenset({PartitionClaimed.type, PartitionReleased.type})

Run = Sequence[tuple[int, EventEnvelope]]
Hear = Callable[[LogRecord, EventEnvelope | None, Verdict], None]
"""Told of every claim marker and release, as soon as it is folded, and of what nobody can read."""


class Foldable(Protocol):
    """What the events of a partition amount to so far, of whatever stream."""

    @property
    def fence(self) -> Fence:
        """Whose the partition is."""

    @property
    def next_request(self) -> int:
        """The offset of the first request that is not decided."""

    def fold(self, offset: int, envelope: EventEnvelope) -> Verdict:
        """Take in one record, in order."""

    def fold_batch(self, batch: Run) -> None:
        """Take in many records, in order: the same as each by `fold`."""


def take_in(state: Foldable, records: Sequence[LogRecord], hear: Hear) -> Verdict:
    """Fold records; what the last one of them is worth. Raises what `fold` and `hear` raise."""
    run: list[tuple[int, EventEnvelope]] = []
    verdict = Verdict.VOID
    last = records[-1] if records else None
    for record in records:
        envelope = _decoded(record)
        if envelope is not None and envelope.type not in OF_THE_PARTITION and record is not last:
            run.append((record.offset, envelope))
            continue
        state.fold_batch(run)
        run = []
        verdict = state.fence.pass_over(record.offset) if envelope is None else state.fold(record.offset, envelope)
        if envelope is None or envelope.type in OF_THE_PARTITION:
            hear(record, envelope, verdict)
    return verdict


def _decoded(record: LogRecord) -> EventEnvelope | None:
    try:
        return decode_event(record.value)
    except UndecodableError:
        return None
