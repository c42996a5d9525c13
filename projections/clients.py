"""The clients as they are now: one row a client id."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never, get_args

from projections.read_model import Need, ReadModel, Recorded, Rows, of_keys, streams_of
from projections.table import Table
from schemas.client import ClientEvent
from schemas.client import events as e
from schemas.message import RequestAlreadyDone, RequestRefused
from schemas.topics import CLIENT
from schemas.uniqueness.questions import ValueReleaseRecorded

UNCHANGING = {e.ClientCreationJoined, ValueReleaseRecorded, RequestRefused, RequestAlreadyDone}
"""They leave the client as it is: all who are given the same client are given the same row."""
BY_ID = "(client_id, partition) IN (SELECT * FROM unnest(%s::text[], %s::int[]))"


@dataclass(slots=True)
class Client:
    """A client, as far as the log says.

    reason: why its last creation or change was rejected. created_at: none while it never was. position: offset of the
    last event that concerned it.
    """

    partition: int
    client_id: str
    name: str
    email: str | None
    phone: str | None
    state: str
    reason: str | None
    created_at: datetime | None
    last_event_at: datetime
    position: int
    company: str | None = None
    user_id: str | None = None


def needs(records: Sequence[Recorded]) -> Iterator[Need]:
    """Every client that something happened to."""
    yield from of_keys(BY_ID, streams_of(records))


def fold(rows: Rows[Client], record: Recorded) -> None:
    """Put one event into its client's row."""
    key, event = (record.partition, record.stream_id), record.event
    if isinstance(event, e.ClientCreationStarted | e.ClientCreated) and key not in rows:
        rows[key] = Client(*key, "", None, None, "creating", None, None, record.at, record.offset)
    if (client := rows.get(key)) is not None:
        client.last_event_at, client.position = record.at, record.offset
        _change(client, event, record.at)  # type: ignore[arg-type]  # TAKES lets nothing else through


def _change(client: Client, event: ClientEvent, at: datetime) -> None:
    match event:
        case e.ClientCreationStarted():
            _describe(client, event, "creating")
            client.created_at = None
        case e.ClientCreated():
            _describe(client, event, "live")
            client.created_at = at
        case e.ClientCreationRejected():
            client.state, client.reason, client.email = "rejected", event.reason, None
        case e.ClientChangeStarted():
            client.state, client.reason = "changing", None
        case e.ClientChanged():
            _describe(client, event, "live")
        case e.ClientChangeRejected():
            client.state, client.reason = "live", event.reason
        case e.ClientRemovalStarted():
            client.state, client.reason, client.email = "removing", None, None
        case e.ClientRemoved():
            client.state, client.reason = "removed", None
            client.name, client.email, client.phone = "", None, None
            client.company, client.user_id = None, None
        case e.ClientCreationJoined() | ValueReleaseRecorded() | RequestRefused() | RequestAlreadyDone():
            pass  # not taken
        case _:
            assert_never(event)


def _describe(client: Client, event: e.ClientCreationStarted | e.ClientCreated | e.ClientChanged, state: str) -> None:
    client.name, client.email, client.phone = event.name, event.email, event.phone
    client.company, client.user_id = event.company, event.user_id
    client.state, client.reason = state, None


CLIENTS = ReadModel(
    Table("clients", Client, key=("partition", "client_id")),
    takes=frozenset(get_args(ClientEvent)) - UNCHANGING,
    needs=needs,
    fold=fold,
    stream=CLIENT,
)
