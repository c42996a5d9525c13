"""The client streams: `client-requests` and `client-events`, keyed by `client_id`."""

from __future__ import annotations

from schemas.client.events import ClientLifeEvent
from schemas.client.requests import ClientRequest
from schemas.message import RequestAlreadyDone, RequestRefused

ClientEvent = ClientLifeEvent | RequestRefused | RequestAlreadyDone

__all__ = ["ClientEvent", "ClientRequest"]
