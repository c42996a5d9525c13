"""What is asked about the device itself: to come, change, park, resume and go."""

from __future__ import annotations

from datetime import datetime

from schemas.device import DeviceEvent
from schemas.device.lifecycle import DeviceChanged, DeviceParked, DeviceRegistered, DeviceRemoved, DeviceResumed
from schemas.device.requests import (
    DeviceChangeRequested,
    DeviceParkRequested,
    DeviceRegistrationRequested,
)
from schemas.edition import OF_DEVICES, edition_of
from streams.device.answers import already_done, refuse
from streams.device.facts import Asked, Facts
from streams.device.pairing import pairing_ended, refresh_cancelled, unpaired
from streams.device.sending import cancellable
from streams.device.state import Device, Parked


def decide_registration(
    device: Device, asked: Asked, request: DeviceRegistrationRequested, facts: Facts
) -> list[DeviceEvent]:
    """The fate of a `device_registration_requested`; the same again is no error."""
    traits = facts.rules.drivers.get(request.driver)
    if traits is None:
        known = ", ".join(sorted(facts.rules.drivers))
        return [refuse(asked, "invalid", f"driver: {request.driver!r} is none of {known}")]
    if (wrong := _wrong_pace(asked, request.pace_min_s, request.pace_max_s)) is not None:
        return [wrong]
    if device.status == "registered":
        return [_registered_already(device, asked, request)]
    if device.open is not None or device.link is not None or len(facts.sends):
        return [refuse(asked, "busy", "the removed device of that id is still ending: ask again in a moment")]
    return [
        DeviceRegistered(
            driver=request.driver,
            linked=traits.linked,
            name=request.name,
            credential=request.credential,
            pace_min_s=request.pace_min_s,
            pace_max_s=request.pace_max_s,
        )
    ]


def _wrong_pace(asked: Asked, low: float, high: float) -> DeviceEvent | None:
    if low <= high:
        return None
    return refuse(asked, "invalid", f"pace_min_s: {low:g} is above pace_max_s, {high:g}: swap or raise them")


def _registered_already(device: Device, asked: Asked, request: DeviceRegistrationRequested) -> DeviceEvent:
    now = (device.driver, device.name, device.credential, device.pace_min_s, device.pace_max_s)
    if now == (request.driver, request.name, request.credential, request.pace_min_s, request.pace_max_s):
        return already_done(asked, "registered")
    return refuse(
        asked, "device_exists", "a device of that id is registered with other data: change it, or use a new id"
    )


def decide_change(device: Device, asked: Asked, request: DeviceChangeRequested) -> list[DeviceEvent]:
    """The fate of a `device_change_requested`."""
    low = device.pace_min_s if request.pace_min_s is None else request.pace_min_s
    high = device.pace_max_s if request.pace_max_s is None else request.pace_max_s
    if (wrong := _wrong_pace(asked, low, high)) is not None:
        return [wrong]
    name = device.name if request.name is None else request.name
    credential = device.credential if request.credential is None else request.credential
    if (name, credential, low, high) == (device.name, device.credential, device.pace_min_s, device.pace_max_s):
        return [already_done(asked, "unchanged")]
    return [DeviceChanged(name=name, credential=credential, pace_min_s=low, pace_max_s=high)]


def was_edited(device: Device, seen: str | None) -> bool:
    """Whether the device is not any more as its editor saw it; who says nothing of it does not mind."""
    return seen is not None and seen != _edition(device)


def _edition(device: Device) -> str:
    seen = (device.driver, device.name, device.credential, float(device.pace_min_s), float(device.pace_max_s))
    return edition_of(dict(zip(OF_DEVICES, seen, strict=True)))


def decide_removal(device: Device, facts: Facts) -> list[DeviceEvent]:
    """The fate of a `device_removal_requested`; its sends are cancelled and its link closed by the steps after it."""
    waiting = len(facts.sends) + (cancellable(device, facts) is not None)
    ends = [*refresh_cancelled(device, "removed"), *pairing_ended(device, "removed"), *unpaired(device, "removed")]
    return [DeviceRemoved(waiting=waiting), *ends]


def decide_park(device: Device, asked: Asked, request: DeviceParkRequested, at: datetime) -> list[DeviceEvent]:
    """The fate of a `device_park_requested`; the link is closed by a step after it, once no attempt runs."""
    if request.until is not None and request.until <= at:
        return [refuse(asked, "invalid", "until: has passed; name a later time, or none to park until resumed")]
    if device.parked == Parked(request.reason, "person", request.until):
        return [already_done(asked, "parked")]
    parked = DeviceParked(reason=request.reason, by="person", until=request.until)
    return [parked, *refresh_cancelled(device, "parked")]


def decide_resume(device: Device, asked: Asked) -> list[DeviceEvent]:
    """The fate of a `device_resume_requested`."""
    if device.parked is None:
        return [already_done(asked, "not parked")]
    return [DeviceResumed(why="asked")]
