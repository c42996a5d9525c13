"""What each event makes of a device. Never refuses: it has happened."""

from __future__ import annotations

from typing import assert_never

from schemas.device import DeviceEvent, links, sends
from schemas.device import lifecycle as life
from schemas.envelope import NO_CONTEXT, Context
from schemas.message import RequestAlreadyDone, RequestRefused
from schemas.uniqueness.questions import ValueReleaseRecorded
from streams.device.account import evolve_account, orphaned
from streams.device.reports import recorded
from streams.device.state import Device, Open, Parked, Refresh

NEW_CHAT_LOCKED = "new_chat_locked"
NOT_STARTED = "not_started"


def evolve(device: Device, event: DeviceEvent, place: int = 0, context: Context = NO_CONTEXT) -> Device:
    """The device after `event`, which lies at offset `place`: the name of a pairing or a question that it begins.

    The most frequent events come first: this runs for every event of a fold.
    """
    match event:
        case sends.SendAttempted():
            return device.trying(_attempt(event))
        case sends.SendAccepted() | sends.SendRejected() | sends.SendUncertain():
            return device.settled(event.pace_until)
        case (
            sends.SendQueued()
            | sends.SendRepeated()
            | sends.SendResolved()
            | sends.CampaignCancelled()
            | RequestRefused()
            | RequestAlreadyDone()
        ):
            return device
        case (
            sends.SendReturned()
            | sends.SendDeferred()
            | sends.SendReconciling()
            | sends.SendExpired()
            | sends.SendCancelled()
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
        ):
            return _evolve_life(device, event)
        case sends.DeliveryRecorded() | life.MessageReceived():
            return device._replace(reports=recorded(device.reports, event))
        case (
            life.DevicePairingStarted()
            | life.DevicePairingClaimStarted()
            | life.DevicePaired()
            | life.DevicePairingFailed()
            | life.DeviceUnpaired()
            | ValueReleaseRecorded()
        ):
            pairing, account = evolve_account(device.pairing, device.account, event, place, context)
            return device._replace(pairing=pairing, account=account)
        case _:
            assert_never(event)


def end_claim(device: Device, *, same_process: bool = False) -> Device:
    """The device after a claim marker or a release: no link, no refresh, and nobody waits for the open attempt.

    same_process: the marker is by the process whose claim ends, and which may have kept the link up.
    """
    pairing = orphaned(device.pairing)
    linked = device.link is not None or device.was is not None
    if not linked and device.refresh is None and device.open is None and pairing is device.pairing:
        return device
    opened = device.open
    if opened is not None and opened.phase in ("attempting", "reconciling"):
        opened = opened._replace(orphan=True)
    was = (device.link or device.was) if same_process else None
    return device._replace(link=None, was=was, refresh=None, open=opened, pairing=pairing)


def _attempt(event: sends.SendAttempted) -> Open:
    return Open(event.request, event.request_id, event.attempt, event.message_id, "attempting", event.link)


Unsettled = sends.SendReturned | sends.SendDeferred | sends.SendReconciling | sends.SendExpired | sends.SendCancelled


def _evolve_send(device: Device, event: Unsettled) -> Device:
    match event:
        case sends.SendReturned():
            return _returned(device, event)
        case sends.SendDeferred(reason="new_chat_locked", until=until):
            return device._replace(open=None, new_chats_at=max(device.new_chats_at or until, until))
        case sends.SendDeferred(until=until):
            opened = device.open and device.open._replace(phase="held", until=until, orphan=False)
            return device._replace(open=opened)
        case sends.SendReconciling():
            return device._replace(open=_reconciling(device.open, event))
        case sends.SendExpired() | sends.SendCancelled():
            gone = device.open is not None and device.open.request == event.request
            return device._replace(open=None) if gone else device
        case _:
            assert_never(event)


def _returned(device: Device, event: sends.SendReturned) -> Device:
    opened = device.open and device.open._replace(phase="ready", until=None, orphan=False)
    if device.linked or event.reason == NOT_STARTED:  # what a link was worth, its end says
        return device._replace(open=opened)
    return device._replace(open=opened, failures=device.failures + 1, retry_at=event.retry_at)


def _reconciling(before: Open | None, event: sends.SendReconciling) -> Open:
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
        doubted=(before.doubted or before.attempt) if before else event.attempt,
    )


def _evolve_link(device: Device, event: links.LinkEvent) -> Device:
    match event:
        case links.RefreshQueued(refresh=number, why=why):
            return device._replace(refresh=Refresh(number, False, why), refreshes=number)
        case links.RefreshStarted(refresh=number, why=why):
            return device._replace(refresh=Refresh(number, True, why), refreshes=number, retry_at=None, was=None)
        case links.RefreshSucceeded():
            return device._replace(refresh=None)
        case links.RefreshFailed(retry_at=retry_at):
            failed = device.failures + (event.outcome in ("unreachable", "banned"))
            return device._replace(refresh=None, failures=failed, retry_at=retry_at)
        case links.DeviceConnected(link=link):
            return device._replace(link=link, was=None)
        case links.DeviceDisconnected(why="dropped" | "unhealthy", retry_at=retry_at):
            return device._replace(link=None, failures=device.failures + 1, retry_at=retry_at)
        case links.DeviceDisconnected():
            return device._replace(link=None)
        case links.RefreshJoined() | links.RefreshAdvanced():
            return device
        case _:
            assert_never(event)


Life = life.DeviceRegistered | life.DeviceChanged | life.DeviceRemoved | life.DeviceParked | life.DeviceResumed


def _evolve_life(device: Device, event: Life) -> Device:
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
        case life.DeviceResumed(why="until_passed"):  # a ban that is followed by the next one backs off
            return device._replace(parked=None)
        case life.DeviceResumed():
            return device._replace(parked=None, failures=0, retry_at=None)
        case _:
            assert_never(event)


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
        account=device.account,
        reports=device.reports,
    )
