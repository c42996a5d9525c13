"""From a record's bytes to the event in it, or to the reason why this program cannot read it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Set
from datetime import UTC, datetime
from typing import Any, ClassVar

from pydantic import ValidationError

from schemas.catalogue import CATALOGUES, EVENT_CLASSES, adapter
from schemas.envelope import EventEnvelope, UndecodableError, decode_event
from schemas.message import Event, PartitionClaimed, PartitionReleased
from schemas.topics import Stream

BACKSLASH = b"\\"
"""Sought first, because one byte is found three times as fast as six."""
NUL = b"\\u0000"
ESCAPED_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")
"""NUL as JSON writes it; not a backslash followed by "u0000"."""
REPLACEMENT = rb"\1\\ufffd"
UNKNOWN_TIME = datetime(1970, 1, 1, tzinfo=UTC)
Validators = Mapping[str, Callable[[Any], Event]]


class Unreadable(Event):
    """Stands for an event that counts but that this program cannot read."""

    __slots__ = ("of_type", "reason")
    type: ClassVar[str] = "(unreadable)"

    def __init__(self, of_type: str, reason: str) -> None:
        self.of_type = of_type
        self.reason = reason


def validators() -> dict[str, Callable[[Any], Event]]:
    """What turns the data of each type into its event; looked up ahead, for that is worth a microsecond an event."""
    return {name: adapter(model).validator.validate_python for name, model in EVENT_CLASSES.items()}


def passing(stream: Stream, taken: Set[type[Event]]) -> re.Pattern[bytes] | None:
    """What begins a record of a stream's events that are not `taken`, as their owners write it; None: all are taken.

    Markers are never among them, for the fence needs them.
    """
    events = {event for catalogue in CATALOGUES if catalogue.stream == stream for event in catalogue.events}
    types = sorted(event.type for event in events - taken - {PartitionClaimed, PartitionReleased})
    head = r'\{"specversion":"1\.0","id":"[^"\\]*","type":"(?:%s)"'
    return re.compile((head % "|".join(types)).encode()) if types else None


def concerns(unreadable: Unreadable, taken: Set[type[Event]]) -> bool:
    """Whether who takes these events may not follow a stream any more; of an unknown type nobody knows who takes it."""
    known = EVENT_CLASSES.get(unreadable.of_type)
    return known is None or known in taken


def read_envelope(value: bytes | None) -> EventEnvelope | None:
    """The envelope in a record's value, or None where there is none. PostgreSQL stores no NUL: it becomes U+FFFD."""
    if value is not None and BACKSLASH in value and NUL in value:
        value = ESCAPED_NUL.sub(REPLACEMENT, value)
    try:
        return decode_event(value)
    except UndecodableError:
        return None


def read_event(envelope: EventEnvelope, validators: Validators) -> tuple[datetime, Event]:
    """When an event happened, and the event itself or an Unreadable."""
    try:
        at = moment(envelope.time)
        return at, validators[envelope.type](envelope.data)
    except KeyError:
        return at, Unreadable(envelope.type, "unknown type: this program is older than the log's writer")
    except ValidationError as error:
        return at, Unreadable(envelope.type, reason_of(error))
    except (TypeError, ValueError) as error:
        return UNKNOWN_TIME, Unreadable(str(envelope.type), f"broken envelope: {error}")


def read_marker(envelope: EventEnvelope) -> tuple[datetime, PartitionClaimed]:
    """When a partition was claimed, and its valid claim marker, of which the fence needs less than its class does."""
    data = envelope.data
    marker = PartitionClaimed(
        generation=data["generation"],
        claim=envelope.claim,
        owner=str(data.get("owner", "")),
        schema_level=data.get("schema_level", 1),
        partitions=data.get("partitions", 1),
        installation=str(data.get("installation", "")),
    )
    try:
        return moment(envelope.time), marker
    except (TypeError, ValueError):
        return UNKNOWN_TIME, marker


def moment(time: str) -> datetime:
    """An envelope's time; raises TypeError or ValueError."""
    at = datetime.fromisoformat(time)
    if at.tzinfo is None:
        raise ValueError(f"{time!r} has no offset from UTC")
    return at


def reason_of(error: ValidationError) -> str:
    """Where an event's data is broken and how, without the data itself."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    return f"broken data: {'.'.join(map(str, first['loc']))}: {first['msg']}"
