"""The connection registry's people half: each user's live connection to the hub, or the last one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from projections.read_model import Need, ReadModel, Recorded, Rows, of_keys, streams_of
from projections.table import Table
from schemas.connection.events import ConnectionClosed, ConnectionOpened, ConnectionReplaced, GroupJoined, GroupLeft
from schemas.topics import CONNECTION

BY_USER = "(user_id, partition) IN (SELECT * FROM unnest(%s::text[], %s::int[]))"


@dataclass(slots=True)
class UserConnection:
    """A connection, as far as the log says. replaced: the live one whose place it took. ended_at: none while it lives.

    last_seen: time of the last event about it; that its client is still there is known to its node alone.
    """

    partition: int
    user_id: str
    connection: str
    node: str
    kind: str
    since: datetime
    last_seen: datetime
    position: int
    groups: list[str] = field(default_factory=list)
    replaced: str | None = None
    ended_at: datetime | None = None
    why: str | None = None


def needs(records: Sequence[Recorded]) -> Iterator[Need]:
    """Every user whom something happened to."""
    yield from of_keys(BY_USER, streams_of(records))


def fold(rows: Rows[UserConnection], record: Recorded) -> None:
    """Put one event into its user's row."""
    key, event = (record.partition, record.stream_id), record.event
    if isinstance(event, ConnectionOpened):
        connection, node, kind = event.connection, event.node, event.kind
        rows[key] = UserConnection(*key, connection, node, kind, record.at, record.at, record.offset)
    elif (row := rows.get(key)) is not None:
        row.last_seen, row.position = record.at, record.offset
        _change(row, record)


def _change(row: UserConnection, record: Recorded) -> None:
    match record.event:
        case ConnectionReplaced(connection=older):
            row.replaced = older
        case ConnectionClosed(why=why):
            row.groups, row.ended_at, row.why = [], record.at, why
        case GroupJoined(groups=groups):
            row.groups = sorted({*row.groups, *groups})
        case GroupLeft(groups=groups):
            row.groups = [group for group in row.groups if group not in groups]


USER_CONNECTIONS = ReadModel(
    Table("user_connections", UserConnection, key=("partition", "user_id")),
    takes=frozenset({ConnectionOpened, ConnectionReplaced, ConnectionClosed, GroupJoined, GroupLeft}),
    needs=needs,
    fold=fold,
    stream=CONNECTION,
)
