"""Reads envelopes as raw dicts: nothing here trusts the code that wrote them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson

from mendline.verify.history import Record

Json = dict[str, Any]


def json_in(value: bytes | None) -> Any:
    """The JSON value in a record; None where there is none."""
    try:
        return orjson.loads(value)  # type: ignore[arg-type]  # None is no JSON either
    except orjson.JSONDecodeError:
        return None


def request_in(record: Record) -> Json | None:
    """The envelope of a request, in structured or binary mode; None where its type or data cannot be read."""
    request = json_in(record.value)
    if not isinstance(request, dict):
        return None
    if record.headers and "specversion" not in request:
        request = _attributes_in(record) | {"data": request}
    return request if isinstance(request.get("type"), str) and isinstance(request.get("data"), dict) else None


def _attributes_in(record: Record) -> Json:
    given = ((name, value or b"") for name, value in record.headers if name.startswith("ce_"))
    return {name[3:]: value.decode("utf-8", "replace") for name, value in given}


def instant(moment: str) -> float:
    """Seconds since 1970 of an RFC 3339 time."""
    return datetime.fromisoformat(moment).timestamp()


def is_before(one: str, other: str) -> bool:
    """Whether a time is earlier than another; as text where both are written alike, which is faster."""
    if len(one) == len(other) and one[-6:] == other[-6:]:
        return one < other
    return instant(one) < instant(other)
