"""One record of a history as a line: from what lies in the log, for programs and for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from typing import Any, Literal

import orjson
from aiokafka import ConsumerRecord

from projections.decoding import UNKNOWN_TIME, moment
from schemas.envelope import EventEnvelope, UndecodableError, decode_request

LONGEST_TEXT = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineLine:
    """One record of a device's history, or one that changed who owns its partition.

    counts: False for an event that is void; None where the log begins too late to tell. decides: the offset of the
    request whose fate an event is.
    """

    at: datetime
    topic: str
    partition: int
    offset: int
    stream_id: str
    kind: Literal["request", "event"]
    type: str
    counts: bool | None
    cause: str | None = None
    actor: str | None = None
    reason: str | None = None
    decides: int | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


FIELDS = tuple("time" if field.name == "at" else field.name for field in fields(TimelineLine))
"""What a line has as programs read it."""


def event_line(record: ConsumerRecord, envelope: EventEnvelope, *, counts: bool | None) -> TimelineLine:
    """The line of an event."""
    return TimelineLine(
        at=_decided(envelope),
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        stream_id=envelope.subject,
        kind="event",
        type=envelope.type,
        counts=counts,
        cause=envelope.cause,
        actor=envelope.context.actor,
        reason=envelope.context.reason,
        decides=envelope.decides if counts else None,
        data=envelope.data,
    )


def request_line(record: ConsumerRecord) -> TimelineLine:
    """The line of a request."""
    try:
        request = decode_request(record.value, record.headers)
    except UndecodableError:
        return undecodable(record, "request", counts=True)
    return TimelineLine(
        at=_appended(record),
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        stream_id=request.subject,
        kind="request",
        type=request.type,
        counts=True,
        cause=f"{request.source} as {request.id}",
        actor=request.context.actor,
        reason=request.context.reason,
        data=request.data,
    )


def undecodable(record: ConsumerRecord, kind: Literal["request", "event"], *, counts: bool) -> TimelineLine:
    """The line of a record that nobody can read."""
    return TimelineLine(
        at=_appended(record),
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        stream_id="",
        kind=kind,
        type="(undecodable)",
        counts=counts,
    )


def as_json(line: TimelineLine) -> dict[str, Any]:
    """A line as programs read it; times are RFC 3339."""
    told = asdict(line) | {"data": dict(line.data)}
    return {("time" if name == "at" else name): value for name, value in told.items()}


def local_time(at: datetime) -> str:
    """A time as people read it, and as a command's options read it again: local."""
    return f"{at.astimezone():%Y-%m-%d %H:%M:%S.%f}"[:-3]


def in_words(line: TimelineLine, *, whose: bool = False) -> str:
    """A line as people read it; whose: with the stream that it belongs to."""
    where = f"{line.topic}/{line.partition}/{line.offset}"
    notes = [f"because of {line.cause}" if line.cause else "", f"by {line.actor}" if line.actor else ""]
    notes += [f"reason: {line.reason}" if line.reason else "", "" if line.counts else _doubt(line)]
    parts = [
        local_time(line.at),
        where,
        line.stream_id * whose,
        line.type.replace("_", " "),
        " ".join(f"{name}={value}" for name, value in _flat(line.data, "")),
        *notes,
    ]
    return "  ".join(part for part in parts if part)


def _doubt(line: TimelineLine) -> str:
    return "VOID" if line.counts is False else "the log begins too late to tell whether it counts"


def _flat(data: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    """What a message says, by name; long texts are shortened."""
    for name, value in data.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        elif value is not None:
            text = orjson.dumps(value).decode()
            plain = text if len(text) <= LONGEST_TEXT else f'{text[:LONGEST_TEXT]}..."'
            yield prefix + name, plain


def _decided(envelope: EventEnvelope) -> datetime:
    try:
        return moment(envelope.time)
    except (TypeError, ValueError):
        return UNKNOWN_TIME


def _appended(record: ConsumerRecord) -> datetime:
    return datetime.fromtimestamp(record.timestamp / 1000, UTC)
