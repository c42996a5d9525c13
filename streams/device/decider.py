"""The decider of a device: `decide`, `evolve`, `INITIAL` (design §4, §5). Pure."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from schemas.device import DeviceEvent
from schemas.device import requests as r
from schemas.edition import EDITED
from schemas.uniqueness.questions import UniquenessAnswered
from streams.device.answers import already_done, refuse
from streams.device.evolve import end_claim, evolve
from streams.device.facts import Asked, Command, ConnectEnded, Facts, LinkReported, PairEnded, SendEnded
from streams.device.linking import decide_connect_ended, decide_link_reported, decide_refresh
from streams.device.managing import (
    decide_change,
    decide_park,
    decide_registration,
    decide_removal,
    decide_resume,
    was_edited,
)
from streams.device.pairing import decide_answer, decide_pair_ended, decide_pairing, decide_unpairing
from streams.device.reporting import decide_delivery, decide_message
from streams.device.sending import decide_cancellation, decide_resolution, decide_send
from streams.device.settling import decide_report, decide_send_ended
from streams.device.state import INITIAL, Device

__all__ = ["INITIAL", "decide", "end_claim", "evolve"]

Managing = (
    r.DeviceRegistrationRequested
    | r.DeviceChangeRequested
    | r.DeviceRemovalRequested
    | r.DeviceParkRequested
    | r.DeviceResumeRequested
)
OfAccount = r.DevicePairingRequested | r.DeviceUnpairingRequested | UniquenessAnswered


def decide(device: Device, command: Command, at: datetime, facts: Facts) -> list[DeviceEvent]:
    """What `command` causes: of a request always its fate first; of an outcome or a report maybe nothing."""
    match command:
        case SendEnded():
            return decide_send_ended(device, command, at, facts)
        case Asked():
            return _decide_request(device, command, at, facts)
        case ConnectEnded():
            return decide_connect_ended(device, command, at, facts)
        case LinkReported():
            return decide_link_reported(device, command, at, facts)
        case PairEnded():
            return decide_pair_ended(device, command, facts)
        case _:
            assert_never(command)


def _decide_request(device: Device, asked: Asked, at: datetime, facts: Facts) -> list[DeviceEvent]:
    if device.status != "registered":
        return _decide_unregistered(device, asked, at, facts)
    match request := asked.request:
        case r.SendRequested():
            return decide_send(device, asked, request, at, facts)
        case r.OutcomeReported():
            return decide_report(device, asked, request, at, facts)
        case r.SendCancellationRequested():
            return decide_cancellation(device, asked, request, facts)
        case r.SendResolutionRequested():
            return decide_resolution(device, asked, request, at, facts)
        case r.RefreshRequested():
            return decide_refresh(device, asked, facts)
        case r.DeliveryReported():
            return decide_delivery(device, asked, request)
        case r.MessageReported():
            return decide_message(device, asked, request)
        case r.DevicePairingRequested() | r.DeviceUnpairingRequested() | UniquenessAnswered():
            return _decide_account(device, asked, request, at, facts)
        case _:
            return _decide_managing(device, asked, request, at, facts)


def _decide_account(device: Device, asked: Asked, request: OfAccount, at: datetime, facts: Facts) -> list[DeviceEvent]:
    match request:
        case r.DevicePairingRequested():
            return decide_pairing(device, asked, request, at, facts)
        case r.DeviceUnpairingRequested():
            return decide_unpairing(device, asked, facts)
        case UniquenessAnswered():
            return decide_answer(device, asked, request, facts)
        case _:
            assert_never(request)


def _decide_managing(device: Device, asked: Asked, request: Managing, at: datetime, facts: Facts) -> list[DeviceEvent]:
    match request:
        case r.DeviceChangeRequested() | r.DeviceRemovalRequested() if was_edited(device, request.edition):
            return [refuse(asked, "edited", EDITED)]
        case r.DeviceRegistrationRequested():
            return decide_registration(device, asked, request, facts)
        case r.DeviceChangeRequested():
            return decide_change(device, asked, request)
        case r.DeviceRemovalRequested():
            return decide_removal(device, facts)
        case r.DeviceParkRequested():
            return decide_park(device, asked, request, at)
        case r.DeviceResumeRequested():
            return decide_resume(device, asked)
        case _:
            assert_never(request)


def _decide_unregistered(device: Device, asked: Asked, at: datetime, facts: Facts) -> list[DeviceEvent]:
    match request := asked.request:
        case r.DeviceRegistrationRequested():
            return decide_registration(device, asked, request, facts)
        case r.OutcomeReported():
            return decide_report(device, asked, request, at, facts)
        case UniquenessAnswered():
            return decide_answer(device, asked, request, facts)
        case r.DeviceRemovalRequested() if device.status == "removed":
            return [already_done(asked, "removed")]
        case _:
            what = "was removed" if device.status == "removed" else "is not registered"
            return [refuse(asked, "unknown_device", f"the device {what}: register it first (mendline device add)")]
