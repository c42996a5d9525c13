"""The uniqueness streams: `uniqueness-requests` and `uniqueness-events`, keyed by the HMAC of a value."""

from __future__ import annotations

from schemas.message import RequestAlreadyDone, RequestRefused
from schemas.uniqueness.events import ValueEvent
from schemas.uniqueness.requests import ValueRequest

UniquenessEvent = ValueEvent | RequestRefused | RequestAlreadyDone

__all__ = ["UniquenessEvent", "ValueRequest"]
