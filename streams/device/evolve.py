"""What each event makes of a device. Never refuses: it has happened."""

from __future__ import annotations

from typing import assert_never

from schemas.device import DeviceEvent, links, sends
from schemas.device import lifecycle as life
from schemas.message import RequestAlreadyDone, RequestRefused
from streams.device.state import Cancelling, Device, Open, Parked, Refresh

NEW_CHAT_LOCKED = "new_chat_locked"
NOT_STARTED = "not_started"


def evolve(device: Device, event: DeviceEvent) -> Device:
    """The device after `event`. The most frequent events come first: this runs for every event of a fold."""
    match event:
        case sends.SendAttempted():
            return device._replace(open=_attempt(event))
        case sends.SendAccepted() | sends.SendRejected() | sends.SendUncertain():
            return device._replace(open=None, pace_until=event.pace_until, failures=0)
        case sends.SendQueued() | sends.SendRepeated() | RequestRefused() | RequestAlreadyDone():
            return device
        case (
            sends.SendReturned()
            | sends.SendDeferred()
            | sends.SendReconciling()
            | sends.SendResolved()
            | sends.SendExpired()
            | sends.SendCancelled()
            | sends.CampaignCancelled()
            | sends.DeliveryRecorded()
        ):
            return _evolve_send(device, event)
        case (
            links.RefreshQueued()
            | links.RefreshStarted()
            | links.RefreshJoined()
            | links.RefreshAdvanced()
            | links.RefreshSucceeded()
            | links.RefreshFailed()
            | links.DeviceConnected()
            | links.DeviceDisconnected()
        ):
            return _evolve_link(device, event)
        case (
            life.DeviceRegistered()
            | life.DeviceChanged()
            | life.DeviceRemoved()
            | life.DeviceParked()
            | life.DeviceResumed()
            | life.DevicePairingStarted()
            | life.DevicePairingClaimStarted()
            | life.DevicePaired()
            | life.DevicePairingFailed()
            | life.DeviceUnpaired()
            | life.MessageReceived()
            | life.ValueReleaseRecorded()
        ):
            return _evolve_life(device, event)
        case _:
            assert_never(event)


def end_claim(device: Device) -> Device:
    """The device after a claim marker or a release: no link, no refresh, and nobody waits for the open attempt."""
    if device.link is None and device.was is None and device.refresh is None and device.open is None:
        return device
    opened = device.open
    if opened is not None and opened.phase in ("attempting", "reconciling"):
        opened = opened._replace(orphan=True)
    return device._replace(link=None, was=device.link, refresh=None, open=opened)


def _attempt(event: sends.SendAttempted) -> Open:
    return Open(event.request, event.request_id, event.attempt, event.message_id, "attempting", event.link)


def _evolve_send(device: Device, event: sends.SendEvent) -> Device:
    match event:
        case sends.SendReturned(reason=reason, retry_at=retry_at):
            failures = device.failures + (reason != NOT_STARTED)
            return device._replace(open=_ready(device.open), failures=failures, retry_at=retry_at)
        case sends.SendDeferred(reason="new_chat_locked", until=until):
            return device._replace(open=None, new_chats_at=until)
        case sends.SendDeferred(until=until):
            return device._replace(open=_held(device.open, until=until))
        case sends.SendReconciling():
            return device._replace(open=_reconciling(event))
        case sends.CampaignCancelled(campaign=campaign, up_to=up_to, sends=count):
            more = (Cancelling(campaign, up_to, count),) if count else ()
            return device._replace(cancelling=device.cancelling + more)
        case sends.SendExpired() | sends.SendCancelled():
            return _taken_back(device, event)
        case _:
            return device


def _ready(opened: Open | None) -> Open | None:
    return opened and opened._replace(phase="ready", until=None, again_at=None, orphan=False)


def _held(opened: Open | None, **changes: object) -> Open | None:
    return opened and opened._replace(phase="held", orphan=False, again_at=None, **changes)  # type: ignore[arg-type]  # until


def _reconciling(event: sends.SendReconciling) -> Open:
    return Open(
        event.request,
        event.request_id,
        event.attempt,
        event.message_id,
        "reconciling",
        event.link,
        until=event.until,
        again_at=event.again_at,
        reason=event.reason,
    )


def _taken_back(device: Device, event: sends.SendExpired | sends.SendCancelled) -> Device:
    if device.open is not None and device.open.request == event.request:
        device = device._replace(open=None)
    if isinstance(event, sends.SendCancelled) and event.reason == "campaign_cancelled" and device.cancelling:
        first, *rest = device.cancelling
        left = (first._replace(left=first.left - 1),) if first.left > 1 else ()
        device = device._replace(cancelling=(*left, *rest))
    return device


def _evolve_link(device: Device, event: links.LinkEvent) -> Device:
    match event:
        case links.RefreshQueued(refresh=number, why=why):
            return device._replace(refresh=Refresh(number, False, why), refreshes=number)
        case links.RefreshStarted(refresh=number, why=why):
            return device._replace(refresh=Refresh(number, True, why), refreshes=number, retry_at=None)
        case links.RefreshSucceeded():
            return device._replace(refresh=None)
        case links.RefreshFailed(retry_at=retry_at):
            failed = device.failures + (event.outcome == "unreachable")
            return device._replace(refresh=None, failures=failed, retry_at=retry_at)
        case links.DeviceConnected(link=link):
            return device._replace(link=link, was=None)
        case links.DeviceDisconnected():
            return device._replace(link=None)
        case links.RefreshJoined() | links.RefreshAdvanced():
            return device
        case _:
            assert_never(event)


def _evolve_life(device: Device, event: life.LifecycleEvent) -> Device:
    match event:
        case life.DeviceRegistered():
            return _registered(device, event)
        case life.DeviceChanged():
            return device._replace(
                name=event.name, credential=event.credential, pace_min_s=event.pace_min_s, pace_max_s=event.pace_max_s
            )
        case life.DeviceRemoved():
            return device._replace(status="removed", parked=None)
        case life.DeviceParked(reason=reason, by=by, until=until):
            return device._replace(parked=Parked(reason, by, until))
        case life.DeviceResumed():
            return device._replace(parked=None, failures=0, retry_at=None)
        case _:
            return device


def _registered(device: Device, event: life.DeviceRegistered) -> Device:
    return Device(
        status="registered",
        driver=event.driver,
        linked=event.linked,
        name=event.name,
        credential=event.credential,
        pace_min_s=event.pace_min_s,
        pace_max_s=event.pace_max_s,
        refreshes=device.refreshes,
        link=device.link,
        open=device.open,
    )
