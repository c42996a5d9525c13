"""The connection registry's device half: each device's live link, or its last one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from projections.read_model import Need, ReadModel, Recorded, Rows, handed_over, of_keys, streams_of
from projections.table import Table
from schemas.device.lifecycle import DeviceRemoved
from schemas.device.links import DeviceConnected, DeviceDisconnected
from schemas.device.sends import SendAccepted, SendAttempted, SendDeferred, SendReconciling, SendRejected
from schemas.message import PartitionClaimed, PartitionReleased

BY_DEVICE = "(device_id, partition) IN (SELECT * FROM unnest(%s::text[], %s::int[]))"
LIVE_OF_PARTITIONS = "partition = ANY(%s) AND ended_at IS NULL"


@dataclass(slots=True)
class Connection:
    """A link. `worker`: instance id of the process that holds or held it. `ended_at`: none while it lives.

    last_seen: time of the last event that used the link or came over it.
    """

    partition: int
    device_id: str
    link: int
    kind: str
    worker: str
    since: datetime
    last_seen: datetime
    position: int
    ended_at: datetime | None = None
    why: str | None = None


def needs(records: Sequence[Recorded]) -> Iterator[Need]:
    """The links of the devices named, and all live ones of a partition that changed hands."""
    yield from of_keys(BY_DEVICE, streams_of(records))
    yield from of_keys(LIVE_OF_PARTITIONS, handed_over(records))


def fold(rows: Rows[Connection], record: Recorded) -> None:
    """Put one event into the rows it concerns."""
    match record.event:
        case SendAttempted(link=link) | SendReconciling(link=link):
            _see(rows, record, link)
        case SendAccepted() | SendRejected() | SendDeferred():
            if record.cause.startswith("driver:"):
                _see(rows, record, None)
        case DeviceConnected() as event:
            _connect(rows, record, event)
        case DeviceDisconnected(why=why):
            _end(rows.get((record.partition, record.stream_id)), record, why)
        case DeviceRemoved():
            _end(rows.get((record.partition, record.stream_id)), record, "removed")
        case PartitionClaimed():
            _end_all(rows, record, "claimed")
        case PartitionReleased():
            _end_all(rows, record, "released")


def _see(rows: Rows[Connection], record: Recorded, link: int | None) -> None:
    row = rows.get((record.partition, record.stream_id))
    if row is not None and row.ended_at is None and link in (None, row.link):
        row.last_seen, row.position = record.at, record.offset


def _connect(rows: Rows[Connection], record: Recorded, event: DeviceConnected) -> None:
    key = (record.partition, record.stream_id)
    before = rows.get(key)
    kept = before is not None and before.link == event.link
    since = before.since if before is not None and kept else record.at
    rows[key] = Connection(*key, event.link, "link", record.worker, since, record.at, record.offset)


def _end(row: Connection | None, record: Recorded, why: str) -> None:
    if row is not None and row.ended_at is None:
        row.ended_at, row.why, row.position = record.at, why, record.offset
        row.last_seen = record.at


def _end_all(rows: Rows[Connection], record: Recorded, why: str) -> None:
    for row in rows.values():
        if row.partition == record.partition and row.ended_at is None:
            row.ended_at, row.why, row.position = record.at, why, record.offset


CONNECTIONS = ReadModel(
    Table("connections", Connection, key=("partition", "device_id")),
    takes=frozenset(
        {
            SendAttempted,
            SendReconciling,
            SendAccepted,
            SendRejected,
            SendDeferred,
            DeviceConnected,
            DeviceDisconnected,
            DeviceRemoved,
            PartitionClaimed,
            PartitionReleased,
        }
    ),
    needs=needs,
    fold=fold,
)
