"""Which effect an event implies: `refresh_started` ⇒ connect, `send_attempted` ⇒ send (design §4)."""

from __future__ import annotations

from typing import NamedTuple

from schemas.device import DeviceEvent, lifecycle, links, sends
from schemas.message import Event
from streams.device.facts import Entry
from streams.device.state import Device
from streams.drivers.port import Ask, Close, Connect, Effect, Pair, Send, Unpair
from streams.log.ports import LogRecord
from streams.ownership.publishing import Publish


class Begin(NamedTuple):
    """Start `effect` with the driver of that name."""

    driver: str
    effect: Effect


class DeadLetter(NamedTuple):
    """Keep a record that cannot be decoded."""

    reason: str
    record: LogRecord


Consequence = Begin | DeadLetter | Publish


class BodyMissingError(Exception):
    """What leaves is what was asked for: nothing is tried whose body has not been read."""


OF_ACCOUNTS: frozenset[type[Event]] = frozenset(
    {
        lifecycle.DevicePairingStarted,
        lifecycle.DevicePairingClaimStarted,
        lifecycle.DevicePaired,
        lifecycle.DevicePairingFailed,
        lifecycle.DeviceUnpaired,
    }
)
"""Those after which owners of values may have to be asked something new."""
WITH_EFFECT: frozenset[type[Event]] = OF_ACCOUNTS | {
    sends.SendAttempted,
    sends.SendReconciling,
    links.RefreshStarted,
    links.DeviceDisconnected,
    links.RefreshFailed,
}


def effect_of(device_id: str, event: DeviceEvent, opened: Entry | None, device: Device) -> Effect | None:
    """What may begin once `event` is acknowledged; `device`, `opened`: it and its open send after the event."""
    if opened is not None and opened.lacks_body and isinstance(event, sends.SendAttempted | sends.SendReconciling):
        message = f"send {opened.request} of {device_id} would leave without its body"
        raise BodyMissingError(message)
    match event:
        case sends.SendAttempted() if opened is not None:
            send = opened.send
            return Send(device_id, event.link, event.message_id, event.attempt, send.to, send.body, device.credential)
        case sends.SendReconciling() if opened is not None:
            return _finding_out(device_id, event, opened, device.credential)
        case links.RefreshStarted(refresh=number):
            return Connect(device_id, number, device.jid)
        case links.DeviceDisconnected(link=link):
            return Close(device_id, link)
        case links.RefreshFailed(refresh=number) if event.outcome != "unreachable":
            return Close(device_id, number)
        case _:
            return _of_account(device_id, event, device)


def _of_account(device_id: str, event: DeviceEvent, device: Device) -> Effect | None:
    match event:
        case lifecycle.DevicePairingStarted(method=method, phone=phone, jid=jid) if device.pairing is not None:
            return Pair(device_id, device.pairing.number, method, phone, jid)
        case lifecycle.DevicePairingFailed(pairing=number, jid=jid, imported=False):
            return Unpair(device_id, number, jid)
        case lifecycle.DeviceUnpaired(why="asked" | "removed", pairing=number, jid=jid):
            return Unpair(device_id, number, jid)
        case _:
            return None


def _finding_out(device_id: str, event: sends.SendReconciling, opened: Entry, credential: str | None) -> Effect:
    send = opened.send
    if event.by == "ask":
        return Ask(device_id, event.link, event.message_id, event.attempt, send.to, credential)
    return Send(device_id, event.link, event.message_id, event.attempt, send.to, send.body, credential)
