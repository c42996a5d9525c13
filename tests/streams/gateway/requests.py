"""Requests as a gateway appends them."""

from __future__ import annotations

from datetime import UTC, datetime

from schemas.envelope import encode_request
from schemas.message import Request
from streams.log.ports import EventRecord


def request_of(key: str, request: Request, request_id: str = "r") -> EventRecord:
    """A request as a record."""
    value = encode_request(request_id, request.type, key, "test", request, time=datetime(2026, 1, 1, tzinfo=UTC))
    return EventRecord(key.encode(), value)
