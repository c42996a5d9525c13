"""What the outcome of a connect, or a driver's word about a link, decides; and what a refresh request does."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, assert_never

from schemas.device import DeviceEvent
from schemas.device import outcomes as o
from schemas.device.lifecycle import DeviceParked
from schemas.device.links import (
    DeviceConnected,
    DeviceDisconnected,
    RefreshAdvanced,
    RefreshFailed,
    RefreshJoined,
    RefreshSucceeded,
)
from streams.device.answers import already_done, refuse
from streams.device.facts import Asked, ConnectEnded, Facts, LinkReported
from streams.device.pairing import unpaired
from streams.device.settling import lost
from streams.device.state import Device
from streams.device.way import back_off_until, begun

Ending = o.NeedsPairing | o.BannedUntil | o.ReplacedElsewhere


def decide_refresh(device: Device, asked: Asked, facts: Facts) -> list[DeviceEvent]:
    """The fate of a `refresh_requested`: healthy first, then the refresh under way, then a new one."""
    if not device.linked:
        return [refuse(asked, "platform_device", "a platform device has no link: there is nothing to refresh")]
    if device.parked is not None:
        return [refuse(asked, "parked", f"the device is parked ({device.parked.reason}): pair or resume it first")]
    if device.pairing is not None:
        return [refuse(asked, "busy", "the device is being paired: it is connected by itself once that is over")]
    if device.refresh is not None:
        return [RefreshJoined(refresh=device.refresh.number)]
    if device.link is not None and facts.healthy:
        return [already_done(asked, "healthy")]
    fate = begun(device, "requested", facts)
    return [fate] if device.link is None else [fate, DeviceDisconnected(link=device.link, why="unhealthy")]


def decide_connect_ended(device: Device, ended: ConnectEnded, at: datetime, facts: Facts) -> list[DeviceEvent]:
    """What follows from the outcome of the open refresh's connect; nothing, if it is not that one's."""
    refresh = device.refresh
    if refresh is None or not refresh.started or refresh.number != ended.link:
        return []
    match ended.outcome:
        case o.Connected(jid=jid):
            return [
                RefreshSucceeded(refresh=refresh.number),
                DeviceConnected(link=refresh.number, how="refreshed", jid=jid),
            ]
        case o.Unreachable(reason=reason):
            again = back_off_until(device, at, facts)
            return [RefreshFailed(refresh=refresh.number, outcome="unreachable", reason=reason, retry_at=again)]
        case o.NeedsPairing() | o.BannedUntil() | o.ReplacedElsewhere():
            return _refresh_ended(device, refresh.number, ended.outcome, at, facts)
        case _:
            assert_never(ended.outcome)


def decide_link_reported(device: Device, reported: LinkReported, at: datetime, facts: Facts) -> list[DeviceEvent]:
    """What follows from what a driver says by itself of the open refresh, or of the live link."""
    report, link = reported.report, reported.link
    refresh = device.refresh
    if refresh is not None and refresh.started and refresh.number == link:
        return _of_refresh(device, link, report, at, facts)
    if device.link != link:
        return []
    match report:
        case o.Advanced():
            return []
        case o.Dropped(reason=reason):
            return [lost(link, device, reason, at, facts)]
        case o.NeedsPairing() | o.BannedUntil() | o.ReplacedElsewhere():
            why, parked = _parked_by(device, report, at, facts)
            closed = DeviceDisconnected(link=link, why=why)
            # A person's park outlives a ban: only a person ends it, and the next connect meets the ban again.
            parks = [parked] if device.status == "registered" and device.parked is None else []
            return [closed, *parks, *_logged_out(device, report)]
        case _:
            assert_never(report)


def _of_refresh(device: Device, link: int, report: o.LinkReport, at: datetime, facts: Facts) -> list[DeviceEvent]:
    match report:
        case o.Advanced(step=step):
            return [RefreshAdvanced(refresh=link, step=step)]
        case o.Dropped():
            return []  # its connect's own outcome follows
        case o.NeedsPairing() | o.BannedUntil() | o.ReplacedElsewhere():
            return _refresh_ended(device, link, report, at, facts)
        case _:
            assert_never(report)


def _refresh_ended(device: Device, number: int, ending: Ending, at: datetime, facts: Facts) -> list[DeviceEvent]:
    why, parked = _parked_by(device, ending, at, facts)
    outcome: Literal["needs_pairing", "banned", "replaced"] = "needs_pairing" if why == "logged_out" else why
    failed = RefreshFailed(refresh=number, outcome=outcome, reason=parked.reason)
    return [failed, parked, *_logged_out(device, ending)]


def _logged_out(device: Device, ending: Ending) -> list[DeviceEvent]:
    """The platform ended the session: its account may be another device's from now on."""
    return unpaired(device, "logged_out") if isinstance(ending, o.NeedsPairing) else []


def _parked_by(
    device: Device, ending: Ending, at: datetime, facts: Facts
) -> tuple[Literal["logged_out", "banned", "replaced"], DeviceParked]:
    match ending:
        case o.NeedsPairing():
            return "logged_out", DeviceParked(reason="needs_pairing", by="device")
        case o.BannedUntil(until=until):
            # A ban that is told to be over already would be met again at once, for ever.
            return "banned", DeviceParked(
                reason="banned", by="device", until=max(until, back_off_until(device, at, facts))
            )
        case o.ReplacedElsewhere():
            return "replaced", DeviceParked(reason="replaced_elsewhere", by="device")
        case _:
            assert_never(ending)
