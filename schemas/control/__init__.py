"""The control streams: `control-requests` and `control-events`, keyed by what is controlled: `key:ID`, an API key."""

from __future__ import annotations

from schemas.control.events import KeyEvent
from schemas.control.requests import ControlRequest
from schemas.message import RequestAlreadyDone, RequestRefused

ControlEvent = KeyEvent | RequestRefused | RequestAlreadyDone

__all__ = ["ControlEvent", "ControlRequest"]
