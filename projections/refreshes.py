"""Every mending of a link: why, step by step, and what came of it; one row a device and refresh."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from projections.read_model import MARKERS, Need, ReadModel, Recorded, Rows, handed_over, of_keys, streams_of
from projections.table import Table
from schemas.device.lifecycle import DeviceRemoved
from schemas.device.links import (
    RefreshAdvanced,
    RefreshFailed,
    RefreshQueued,
    RefreshStarted,
    RefreshSucceeded,
)
from schemas.message import PartitionClaimed, PartitionReleased

BY_NUMBER = "(device_id, refresh, partition) IN (SELECT * FROM unnest(%s::text[], %s::bigint[], %s::int[]))"
OPEN_OF_DEVICES = "(device_id, partition) IN (SELECT * FROM unnest(%s::text[], %s::int[])) AND ended_at IS NULL"
OPEN_OF_PARTITIONS = "partition = ANY(%s) AND ended_at IS NULL"
NUMBERED = (RefreshQueued, RefreshStarted, RefreshAdvanced, RefreshSucceeded, RefreshFailed)


@dataclass(slots=True)
class Refresh:
    """A refresh. cause, actor: what asked for it. stepped_at: when each of `steps` was reached.

    outcome: none while it is open; `succeeded`, why it failed, or `ended` with the claim or the device.
    """

    partition: int
    device_id: str
    refresh: int
    why: str
    cause: str
    actor: str | None
    position: int
    steps: list[str] = field(default_factory=list)
    stepped_at: list[datetime] = field(default_factory=list)
    queued_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: str | None = None
    reason: str | None = None
    retry_at: datetime | None = None


def needs(records: Sequence[Recorded]) -> Iterator[Need]:
    """The refreshes that are named, and the open ones of what ended."""
    named = {(r.stream_id, r.event.refresh, r.partition) for r in records if isinstance(r.event, NUMBERED)}
    removed = streams_of([r for r in records if isinstance(r.event, DeviceRemoved)])
    yield from of_keys(BY_NUMBER, named)
    yield from of_keys(OPEN_OF_DEVICES, removed)
    yield from of_keys(OPEN_OF_PARTITIONS, handed_over(records))


def fold(rows: Rows[Refresh], record: Recorded) -> None:
    """Put one event into the rows it concerns."""
    match record.event:
        case PartitionClaimed():
            _end(rows, record, "claimed", None)
        case PartitionReleased():
            _end(rows, record, "released", None)
        case DeviceRemoved():
            _end(rows, record, "removed", record.stream_id)
        case RefreshQueued() | RefreshStarted() as event:
            _open(rows, record, event)
        case RefreshAdvanced() | RefreshSucceeded() | RefreshFailed() as event:
            row = rows.get((record.partition, record.stream_id, event.refresh))
            if row is not None:
                _go_on(row, record, event)


def _open(rows: Rows[Refresh], record: Recorded, event: RefreshQueued | RefreshStarted) -> None:
    key = (record.partition, record.stream_id, event.refresh)
    row = rows.setdefault(key, Refresh(*key, event.why, record.cause, record.actor, record.offset))
    row.position = record.offset
    if isinstance(event, RefreshQueued):
        row.queued_at = record.at
    else:
        row.started_at = record.at
    row.ended_at = row.outcome = row.reason = None


def _go_on(row: Refresh, record: Recorded, event: RefreshAdvanced | RefreshSucceeded | RefreshFailed) -> None:
    row.position = record.offset
    match event:
        case RefreshAdvanced():
            row.steps = [*row.steps, event.step]
            row.stepped_at = [*row.stepped_at, record.at]
        case RefreshSucceeded():
            row.ended_at, row.outcome = record.at, "succeeded"
        case RefreshFailed():
            row.ended_at, row.outcome = record.at, event.outcome
            row.reason, row.retry_at = event.reason, event.retry_at


def _end(rows: Rows[Refresh], record: Recorded, reason: str, device_id: str | None) -> None:
    for row in rows.values():
        mine = row.partition == record.partition and device_id in (None, row.device_id)
        if mine and row.ended_at is None:
            row.ended_at, row.outcome, row.reason = record.at, "ended", reason
            row.position = record.offset


REFRESHES = ReadModel(
    Table("refreshes", Refresh, key=("partition", "device_id", "refresh")),
    takes=frozenset({*MARKERS, *NUMBERED, DeviceRemoved}),
    needs=needs,
    fold=fold,
)
