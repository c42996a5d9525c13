"""Devices come and go: nothing happens to one that is not there, or is parked."""

from __future__ import annotations

from mendline.verify.parsing import Json
from mendline.verify.rules import Rule
from mendline.verify.state import WAITING, Device


def registered(device: Device, data: Json, offset: int, _event: Json) -> None:
    """A device is registered only while it is not; it starts afresh, with its refreshes counted on."""
    if device.registered:
        device.violation(Rule.DEVICE_TWICE, "the device is registered although it is registered already", offset)
    device.known = device.registered = True
    device.linked = bool(data["linked"])
    device.parked = False
    device.link = device.refresh = device.queued = device.outlived = None
    device.pace_until = device.locked_until = None


def changed(device: Device, _data: Json, offset: int, _event: Json) -> None:
    """Only a device that is there changes."""
    is_there(device, offset, "changed")


def removed(device: Device, _data: Json, offset: int, _event: Json) -> None:
    """A removed device's waiting sends may only be cancelled."""
    is_there(device, offset, "removed")
    device.registered = device.parked = False
    device.outlived = None
    for send in device.sends.values():
        if send.phase is WAITING:
            send.doomed = f"the device was removed at {offset}"


def parked(device: Device, _data: Json, offset: int, _event: Json) -> None:
    """Only a device that is there is parked."""
    is_there(device, offset, "parked")
    device.parked = True


def resumed(device: Device, _data: Json, offset: int, _event: Json) -> None:
    """Only a device that is there goes on."""
    is_there(device, offset, "resumed")
    device.parked = False


def is_there(device: Device, offset: int, what: str) -> None:
    """What needs a registered device."""
    if not device.registered:
        device.violation(Rule.DEVICE_ABSENT, f"{what} although the device is not registered", offset)


def may_work(device: Device, offset: int, what: str) -> None:
    """What needs a registered device that is not parked: attempts and connects."""
    is_there(device, offset, what)
    if device.parked:
        device.violation(Rule.DEVICE_PARKED, f"{what} although the device is parked", offset)
