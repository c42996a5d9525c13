"""One pairing at a time, of a device without a session; only the open one goes on, and is over once."""

from __future__ import annotations

from mendline.verify.checks.presence import is_there
from mendline.verify.parsing import Json
from mendline.verify.rules import Rule
from mendline.verify.state import Device


def started(device: Device, _data: Json, offset: int, _event: Json) -> None:
    """A pairing begins on a device that is there, while none is open and no session lives."""
    is_there(device, offset, "pairing")
    if device.pairing is not None:
        sentence = f"a pairing begins although that of {device.pairing} is open"
        device.violation(Rule.PAIRING_TWICE, sentence, offset)
    if device.session is not None:
        sentence = f"a pairing begins although the session of pairing {device.session} lives"
        device.violation(Rule.PAIRING_TWICE, sentence, offset)
    device.pairing, device.claiming = offset, False


def claim_started(device: Device, data: Json, offset: int, _event: Json) -> None:
    """The phone of the open pairing answers once."""
    _is_open(device, data, offset, "is answered", claiming=False)
    device.claiming = True


def paired(device: Device, data: Json, offset: int, _event: Json) -> None:
    """Only the open pairing makes a session, and only after its account was asked for."""
    _is_open(device, data, offset, "succeeds", claiming=True)
    device.pairing, device.session = None, data["pairing"]


def failed(device: Device, data: Json, offset: int, _event: Json) -> None:
    """Only the open pairing fails."""
    _is_open(device, data, offset, "fails", claiming=device.claiming)
    device.pairing = None


def unpaired(device: Device, data: Json, offset: int, _event: Json) -> None:
    """What ends is the session that the log knows of; without one a person may still ask the platform to end its."""
    if data["pairing"] != device.session:
        lives = "none does" if device.session is None else f"that of {device.session} does"
        sentence = f"the session of pairing {data['pairing']} ends, but {lives} live"
        device.violation(Rule.PAIRING_NOT_OPEN, sentence, offset)
    device.session = None


def _is_open(device: Device, data: Json, offset: int, what: str, *, claiming: bool) -> None:
    if device.pairing is None or data["pairing"] != device.pairing:
        opened = "none is" if device.pairing is None else f"{device.pairing} is"
        sentence = f"pairing {data['pairing']} {what}, but {opened} open"
        device.violation(Rule.PAIRING_NOT_OPEN, sentence, offset)
    elif device.claiming is not claiming:
        asked = "was asked for already" if device.claiming else "was never asked for"
        device.violation(Rule.PAIRING_NOT_OPEN, f"pairing {device.pairing} {what}, but its account {asked}", offset)
