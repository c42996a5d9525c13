"""The connection streams: `connection-requests` and `connection-events`, keyed by a user's id or `node:ID`."""

from __future__ import annotations

from schemas.connection.events import ConnectionLifeEvent
from schemas.connection.requests import ConnectionStreamRequest
from schemas.message import RequestAlreadyDone, RequestRefused

ConnectionEvent = ConnectionLifeEvent | RequestRefused | RequestAlreadyDone

__all__ = ["ConnectionEvent", "ConnectionStreamRequest"]
