"""The two answers of every kind of request: refused, and already done."""

from __future__ import annotations

from schemas.message import RefusalReason, RequestAlreadyDone, RequestRefused
from streams.device.facts import Asked


def refuse(asked: Asked, reason: RefusalReason, detail: str) -> RequestRefused:
    """The fate of a request that will not be done; `detail` says what is wrong and what to do."""
    return RequestRefused(reason=reason, detail=detail, request_type=asked.request.type, request_id=asked.id[:500])


def already_done(asked: Asked, reason: str) -> RequestAlreadyDone:
    """The fate of a request whose aim holds; `reason` says what held."""
    return RequestAlreadyDone(reason=reason, request_type=asked.request.type, request_id=asked.id[:500])
