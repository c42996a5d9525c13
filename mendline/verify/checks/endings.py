"""Sends that end without having left: expired, cancelled, alone or with their campaign."""

from __future__ import annotations

from mendline.verify.parsing import Json, is_before
from mendline.verify.rules import Rule
from mendline.verify.state import WAITING, Device, Send


def expired(device: Device, data: Json, offset: int, event: Json) -> None:
    """A waiting send's time has run out."""
    send = _waiting(device, data, offset, "expired")
    if send is not None:
        if is_before(event["time"], send.expires_at):
            sentence = f"{send} expired at {event['time']}, before {send.expires_at}"
            device.violation(Rule.EXPIRY_EARLY, sentence, offset)
        device.remember(send, "expired")


def cancelled(device: Device, data: Json, offset: int, _event: Json) -> None:
    """A waiting send is taken back: on request, with its campaign, or with its device."""
    send = _waiting(device, data, offset, "cancelled")
    if send is None:
        return
    if not _has_reason(device, send, data["reason"]):
        sentence = f"{send} is cancelled ({data['reason']}), but neither its campaign nor its device has gone"
        device.violation(Rule.ENDED_NOT_WAITING, sentence, offset)
    device.remember(send, "cancelled")


def _has_reason(device: Device, send: Send, reason: str) -> bool:
    if reason == "device_removed":
        return not device.registered
    return reason == "asked" or send.request < device.campaigns.get(send.campaign or "", 0)


def _waiting(device: Device, data: Json, offset: int, what: str) -> Send | None:
    send = device.sends.get(data["request"])
    if send is not None and send.phase is WAITING:
        return send
    state = "is over, or was never accepted" if send is None else f"is {send.phase.value}"
    device.violation(Rule.ENDED_NOT_WAITING, f"send {data['request']} {what}, but it {state}", offset)
    return None


def campaign_cancelled(device: Device, data: Json, offset: int, _event: Json) -> None:
    """What waits of a campaign, and was asked for before, may only be cancelled any more."""
    device.campaigns[data["campaign"]] = data["up_to"]
    for send in device.sends.values():
        if send.campaign == data["campaign"] and send.request < data["up_to"] and send.phase is WAITING:
            send.doomed = f"its campaign {send.campaign} was cancelled at {offset}"
