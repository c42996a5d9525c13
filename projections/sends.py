"""Every send and what became of it: one row a send, under its request's partition and offset."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, assert_never, get_args

import orjson

from projections.read_model import Need, ReadModel, Recorded, Rows, of_keys
from projections.table import Table
from schemas.device.sends import (
    CampaignCancelled,
    DeliveryRecorded,
    Send,
    SendAccepted,
    SendAttempted,
    SendCancelled,
    SendDeferred,
    SendEvent,
    SendExpired,
    SendQueued,
    SendReconciling,
    SendRejected,
    SendRepeated,
    SendResolved,
    SendReturned,
    SendUncertain,
)

BEGINNINGS = (SendAttempted, SendQueued)
"""Events that may be a send's fate, and then carry the whole of it."""
BY_REQUEST = "(partition, request) IN (SELECT * FROM unnest(%s::int[], %s::bigint[]))"
BY_MESSAGE = "(message_id, partition) IN (SELECT * FROM unnest(%s::text[], %s::int[]))"
BY_PROVIDER = "(device_id, provider_message_id, partition) IN (SELECT * FROM unnest(%s::text[], %s::text[], %s::int[]))"


@dataclass(slots=True)
class SendRow:
    """A send. `body` is JSON text; `message_id` is the last attempt's; times are those of events, or the platform's.

    until: when it is tried again, or found out about no longer. sent_at ... failed_at: what its platform reported.
    """

    partition: int
    request: int
    request_id: str
    device_id: str
    recipient: str
    body: str
    campaign: str | None
    not_before: datetime | None
    expires_at: datetime
    decided_at: datetime
    position: int
    state: str = "waiting"
    reason: str | None = None
    until: datetime | None = None
    resolution: str | None = None
    attempts: int = 0
    message_id: str | None = None
    provider_message_id: str | None = None
    queued_at: datetime | None = None
    attempted_at: datetime | None = None
    settled_at: datetime | None = None
    repeats: int = 0
    sent_at: datetime | None = None
    delivered_at: datetime | None = None
    read_at: datetime | None = None
    failed_at: datetime | None = None
    delivery_note: str | None = None


def needs(records: Sequence[Recorded]) -> Iterator[Need]:
    """The sends that these events are about, save those they begin; by request, else by the platform's names."""
    begun: set[tuple[int, int]] = set()
    earlier: set[tuple[int, int]] = set()
    deliveries: list[Recorded] = []
    for record in records:
        event, request = record.event, _request(record.event)
        if request is None:
            deliveries.append(record)
        elif isinstance(event, BEGINNINGS) and event.send is not None:
            begun.add((record.partition, request))
        elif (key := (record.partition, request)) not in begun:
            earlier.add(key)
    yield from of_keys(BY_REQUEST, earlier)
    yield from _needs_of_deliveries(deliveries)


def _needs_of_deliveries(records: Sequence[Recorded]) -> Iterator[Need]:
    named = [(r, r.event) for r in records if isinstance(r.event, DeliveryRecorded)]
    messages = [(e.message_id, r.partition) for r, e in named if e.message_id]
    provided = [(r.stream_id, e.provider_message_id, r.partition) for r, e in named if e.provider_message_id]
    yield from of_keys(BY_MESSAGE, messages)
    yield from of_keys(BY_PROVIDER, provided)


def fold(rows: Rows[SendRow], record: Recorded) -> None:
    """Put one event into its send's row."""
    event = record.event
    request = _request(event)
    if isinstance(event, BEGINNINGS) and event.send is not None:
        begun = _begun(record, event, event.send)
        row: SendRow | None = begun
        rows[record.partition, event.request] = begun
    elif request is None and isinstance(event, DeliveryRecorded):
        row = _reported(rows, record, event)
    else:
        row = rows.get((record.partition, request))
    if row is not None and row.device_id == record.stream_id:
        row.position = record.offset
        _change(row, event, record.at)  # type: ignore[arg-type]  # TAKES lets nothing else through


def _change(row: SendRow, event: SendEvent, at: datetime) -> None:
    match event:
        case SendAttempted() | SendQueued() | SendReturned() | SendDeferred() | SendReconciling():
            _go_on(row, event, at)
        case SendAccepted():
            row.provider_message_id = event.provider_message_id
            _settle(row, "accepted", None, at)
        case SendRejected():
            _settle(row, "rejected", event.reason, at)
        case SendUncertain():
            _settle(row, "uncertain", event.reason, at)
        case SendResolved():
            _resolve(row, event, at)
        case SendExpired():
            _settle(row, "expired", None, at)
        case SendCancelled():
            _settle(row, "cancelled", event.reason, at)
        case DeliveryRecorded() | SendRepeated() | CampaignCancelled():
            _note(row, event, at)
        case _:
            assert_never(event)


def _go_on(
    row: SendRow,
    event: SendAttempted | SendQueued | SendReturned | SendDeferred | SendReconciling,
    at: datetime,
) -> None:
    match event:
        case SendAttempted():
            row.state, row.reason, row.until = "attempting", None, None
            row.attempts, row.message_id, row.attempted_at = event.attempt, event.message_id, at
        case SendQueued():
            row.reason, row.queued_at = event.reason, at
        case SendReturned():
            row.state, row.reason, row.until = "waiting", event.reason, event.retry_at
        case SendDeferred():
            row.state, row.reason, row.until = "deferred", event.reason, event.until
        case SendReconciling():
            row.state, row.reason, row.until = "reconciling", event.reason, event.until
            row.attempts, row.message_id = max(row.attempts, event.attempt), event.message_id
        case _:
            assert_never(event)


def _note(row: SendRow, event: DeliveryRecorded | SendRepeated | CampaignCancelled, at: datetime) -> None:
    if isinstance(event, DeliveryRecorded):
        _report(row, event, at)
    elif isinstance(event, SendRepeated):
        row.repeats += 1


def _settle(row: SendRow, state: str, reason: str | None, at: datetime) -> None:
    row.state, row.reason, row.until, row.settled_at = state, reason, None, at


def _resolve(row: SendRow, event: SendResolved, at: datetime) -> None:
    row.resolution = event.resolution
    row.provider_message_id = event.provider_message_id or row.provider_message_id
    if event.resolution == "send_again":
        row.state, row.reason, row.until, row.settled_at = "waiting", "send_again", None, None
    else:
        _settle(row, "resolved", event.reason, at)


def _report(row: SendRow, event: DeliveryRecorded, at: datetime) -> None:
    """The first report of each status stays; platforms repeat themselves."""
    when = event.at or at
    row.delivery_note = event.note or row.delivery_note
    match event.status:
        case "sent":
            row.sent_at = row.sent_at or when
        case "delivered":
            row.delivered_at = row.delivered_at or when
        case "read":
            row.read_at = row.read_at or when
        case "failed":
            row.failed_at = row.failed_at or when
        case _:
            assert_never(event.status)


def _reported(rows: Rows[SendRow], record: Recorded, event: DeliveryRecorded) -> SendRow | None:
    """The last send that a report may mean, where its owner did not know it any more."""
    if event.message_id is not None:
        meant = [row for row in rows.values() if row.message_id == event.message_id]
    else:
        provided = event.provider_message_id or ""
        meant = [row for row in rows.values() if row.provider_message_id == provided]
    mine = [row for row in meant if row.partition == record.partition and row.device_id == record.stream_id]
    return max(mine, key=lambda row: row.request, default=None)


def _request(event: Any) -> int | None:
    return event.first if isinstance(event, SendRepeated) else event.request


def _begun(record: Recorded, event: SendAttempted | SendQueued, send: Send) -> SendRow:
    return SendRow(
        partition=record.partition,
        request=event.request,
        request_id=event.request_id,
        device_id=record.stream_id,
        recipient=send.to,
        body=orjson.dumps(send.body).decode(),
        campaign=send.campaign,
        not_before=send.not_before,
        expires_at=send.expires_at,
        decided_at=record.at,
        position=record.offset,
    )


SENDS = ReadModel(
    Table("sends", SendRow, key=("partition", "request"), json=frozenset({"body"})),
    takes=frozenset(get_args(SendEvent)) - {CampaignCancelled},
    needs=needs,
    fold=fold,
)
