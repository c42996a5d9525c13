"""The device streams: `device-requests` and `device-events`, keyed by `device_id`."""

from __future__ import annotations

from schemas.device.lifecycle import LifecycleEvent
from schemas.device.links import LinkEvent
from schemas.device.requests import DeviceRequest
from schemas.device.sends import SendEvent
from schemas.message import RequestAlreadyDone, RequestRefused

DeviceEvent = SendEvent | LinkEvent | LifecycleEvent | RequestRefused | RequestAlreadyDone

__all__ = ["DeviceEvent", "DeviceRequest"]
