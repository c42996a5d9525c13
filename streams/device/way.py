"""Whether a send may leave now, and if not, what it waits for: the same answer for a new send and a waiting one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from schemas.device import DeviceEvent
from schemas.device.links import DeviceDisconnected, RefreshQueued, RefreshStarted
from schemas.device.sends import SendAttempted
from streams.device.facts import Entry, Facts
from streams.device.state import Device, WhyRefresh

Budget = Literal["sends", "links"]
Reason = Literal["busy", "pacing", "refreshing", "backing_off", "parked", "budget", "not_due", "held", "unpaired"]


class Obstacle(NamedTuple):
    """What a send waits for: a time, a budget, an event; `mend`: a refresh has to be begun for it."""

    reason: Reason
    until: datetime | None = None
    budget: Budget | None = None
    mend: bool = False


def obstacle(device: Device, to: str, at: datetime, facts: Facts) -> Obstacle | None:
    """What keeps a send to `to`, whose turn it is, from leaving at `at`; None if nothing does."""
    if device.parked is not None:
        return Obstacle("parked", until=device.parked.until)
    if device.pace_until is not None and device.pace_until > at:
        return Obstacle("pacing", until=device.pace_until)
    if (device.linked or device.retry_at is not None) and (way := _link_obstacle(device, at, facts)) is not None:
        return way
    if new_chats_locked(device, at) and not facts.knows_chat(to):
        return Obstacle("held", until=device.new_chats_at)
    if not facts.send_budget:
        return Obstacle("budget", budget="sends")
    return None


def _link_obstacle(device: Device, at: datetime, facts: Facts) -> Obstacle | None:
    if device.pairing is not None:
        return Obstacle("unpaired")
    if device.refresh is not None:
        return Obstacle("refreshing", budget=None if device.refresh.started else "links")
    if device.link is not None and facts.healthy:
        return None
    if backs_off(device, at):
        return Obstacle("backing_off", until=device.retry_at)
    return Obstacle("refreshing", mend=True) if device.linked else None


def backs_off(device: Device, at: datetime) -> bool:
    """Whether the device is left alone for now, because what was tried lately came to nothing."""
    return device.link is None and device.retry_at is not None and device.retry_at > at


def new_chats_locked(device: Device, at: datetime) -> bool:
    """Whether the account may not write to new chats at `at`."""
    return device.new_chats_at is not None and device.new_chats_at > at


def candidate(device: Device, at: datetime, facts: Facts) -> Entry | None:
    """The waiting send whose turn it is at `at`."""
    return facts.sends.known(at, facts.knows_chat) if new_chats_locked(device, at) else facts.sends.head(at)


def mend(device: Device, why: WhyRefresh, at: datetime, facts: Facts) -> list[DeviceEvent]:
    """The events that begin a refresh, the old link closed first; after earlier failures that closing is all for now.

    Without `link_budget` the refresh is queued.
    """
    if device.link is None:
        return [begun(device, why, facts)]
    again = back_off_until(device, at, facts) if device.failures else None
    closed = DeviceDisconnected(link=device.link, why="unhealthy", retry_at=again)
    return [closed] if again is not None else [closed, begun(device, why, facts)]


def begun(device: Device, why: WhyRefresh, facts: Facts) -> RefreshStarted | RefreshQueued:
    """The device's next refresh: started, or queued where the budget is spent."""
    number = device.refreshes + 1
    return RefreshStarted(refresh=number, why=why) if facts.link_budget else RefreshQueued(refresh=number, why=why)


def for_a_send(device: Device) -> WhyRefresh:
    """Why a refresh begins that a send needs: a retry after a back-off, or the send itself."""
    return "send" if device.retry_at is None else "retry"


def attempt(device: Device, entry: Entry, at: datetime, facts: Facts, *, fate: bool) -> SendAttempted:
    """The intent to send `entry` now; as its fate it states the whole send."""
    return SendAttempted(
        request=entry.request,
        request_id=entry.request_id,
        attempt=entry.attempt + 1,
        message_id=facts.message_id(entry.request_id),
        link=device.link,
        known_chat=facts.knows_chat(entry.send.to) if new_chats_locked(device, at) else None,
        send=entry.send if fate else None,
    )


def pause_until(device: Device, at: datetime, facts: Facts) -> datetime | None:
    """The end of the pause after a send, drawn between the device's bounds; None where it has none."""
    if device.pace_max_s <= 0:
        return None
    low, high = device.pace_min_s, max(device.pace_min_s, device.pace_max_s)
    return at + timedelta(seconds=low + facts.draw * (high - low))


def back_off_until(device: Device, at: datetime, facts: Facts) -> datetime:
    """When to try again: capped exponential back-off with full jitter, by the failures so far.

    Source: Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
    """
    rules = facts.rules
    ceiling = min(rules.backoff_max_s, rules.backoff_min_s * 2.0 ** min(device.failures, 30))
    return at + timedelta(seconds=facts.draw * ceiling)
