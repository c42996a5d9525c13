"""Reads envelopes as raw dicts: nothing here trusts the code that wrote them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

import orjson

from mendline.verify.history import Record

Json = dict[str, Any]


class Asked(NamedTuple):
    """A request as far as it could be read."""

    type: str
    id: str
    subject: str
    data: Json


def event_in(value: bytes | None) -> Json | None:
    """The envelope of an event; None where it is none."""
    try:
        event = orjson.loads(value or b"")
    except orjson.JSONDecodeError:
        return None
    return event if isinstance(event, dict) and isinstance(event.get("data"), dict) else None


def request_in(record: Record) -> Asked | None:
    """The request in a record, in structured or binary mode; None where it cannot be read."""
    try:
        raw = orjson.loads(record.value or b"")
    except orjson.JSONDecodeError:
        return None
    if not isinstance(raw, dict):
        return None
    if "specversion" not in raw and record.headers:
        raw = _attributes_in(record) | {"data": raw}
    return _asked(raw)


def _attributes_in(record: Record) -> Json:
    given = ((name, value or b"") for name, value in record.headers if name.startswith("ce_"))
    return {name[3:]: value.decode("utf-8", "replace") for name, value in given}


def _asked(raw: Json) -> Asked | None:
    names = raw.get("type"), raw.get("id"), raw.get("subject")
    data = raw.get("data")
    if not isinstance(data, dict) or not all(isinstance(name, str) and name for name in names):
        return None
    return Asked(*names, data)  # type: ignore[arg-type]  # strings, checked above


def instant(moment: str) -> float:
    """Seconds since 1970 of an RFC 3339 time."""
    return datetime.fromisoformat(moment).timestamp()


def is_before(one: str, other: str) -> bool:
    """Whether a time is earlier than another; as text where both are UTC and seconds apart, which is faster."""
    if one[:19] != other[:19] and one.endswith(("Z", "+00:00")) and other.endswith(("Z", "+00:00")):
        return one[:19] < other[:19]
    return instant(one) < instant(other)
