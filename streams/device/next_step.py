"""What a device does next: a function of its state, its sends and the time, asked after every event."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NamedTuple

from schemas.device import DeviceEvent
from schemas.device.lifecycle import DeviceResumed
from schemas.device.links import DeviceDisconnected, RefreshStarted
from schemas.device.sends import SendCancelled, SendExpired, SendUncertain
from streams.device.facts import Entry, Facts
from streams.device.sending import cancellable
from streams.device.settling import reconcile, uncertain
from streams.device.state import Device, Open
from streams.device.way import Budget, attempt, mend, new_chats_locked, obstacle

LOOKED_AT = 1000
"""Sends looked at for a known chat while new chats are locked: a bound, so that a backlog delays nobody else."""


class Wait(NamedTuple):
    """Nothing to do before `until`, before a unit of `budget` is given back, or before the next event."""

    until: datetime | None = None
    budget: Budget | None = None


Step = list[DeviceEvent] | Wait
FOR_AN_EVENT = Wait()


def next_step(device: Device, at: datetime, facts: Facts) -> Step:
    """The next events, or what to wait for."""
    opened = device.open
    if opened is not None and opened.phase == "attempting" and not opened.orphan:
        return FOR_AN_EVENT
    if device.status == "removed":
        return _after_removal(device, at, facts)
    ended = _taken_back(device, at, facts)
    if ended:
        return ended
    return _earliest(_go_on(device, opened, at, facts), _next_expiry(device, facts))


def _earliest(step: Step, expiry: datetime | None) -> Step:
    if isinstance(step, list) or expiry is None or (step.until is not None and step.until <= expiry):
        return step
    return step._replace(until=expiry)


def _next_expiry(device: Device, facts: Facts) -> datetime | None:
    opened = cancellable(device, facts)
    found = [t for t in (opened and opened.send.expires_at, facts.sends.next_expiry()) if t is not None]
    return min(found) if found else None


def _go_on(device: Device, opened: Open | None, at: datetime, facts: Facts) -> Step:
    if opened is not None and (opened.orphan or opened.phase == "reconciling"):
        return _find_out(device, opened, at, facts)
    if device.parked is not None:
        return _while_parked(device, at)
    if device.refresh is not None and not device.refresh.started:
        return _begin_queued(device, facts)
    if opened is not None and opened.phase == "held" and opened.until is not None and opened.until > at:
        return Wait(until=opened.until)
    entry = facts.sends.opened if opened is not None else _candidate(device, at, facts)
    if entry is None:
        return Wait(until=_next_turn(device, at, facts))
    return _send_or_mend(device, entry, at, facts)


def _send_or_mend(device: Device, entry: Entry, at: datetime, facts: Facts) -> Step:
    found = obstacle(device, entry.send.to, at, facts)
    if found is None:
        return [attempt(device, entry, at, facts, fate=False)]
    if found.mend:
        return mend(device, "retry" if device.failures else "send", facts)
    return Wait(until=found.until, budget=found.budget)


def _candidate(device: Device, at: datetime, facts: Facts) -> Entry | None:
    head = facts.sends.head(at)
    if head is None or not new_chats_locked(device, at) or facts.knows_chat(head.send.to):
        return head
    for _, entry in zip(range(LOOKED_AT), facts.sends.due_in_order(at), strict=False):
        if facts.knows_chat(entry.send.to):
            return entry
    return None


def _next_turn(device: Device, at: datetime, facts: Facts) -> datetime | None:
    due = facts.sends.next_due()
    if due is not None and due <= at:  # all those due have stepped aside
        later = facts.sends.next_due_after(at)
        return min(t for t in (device.new_chats_at, later) if t is not None)
    return due


def _while_parked(device: Device, at: datetime) -> Step:
    if device.link is not None:
        return [DeviceDisconnected(link=device.link, why="parked")]
    parked = device.parked
    if parked is not None and parked.until is not None and parked.until <= at:
        return [DeviceResumed(why="until_passed")]
    return Wait(until=parked.until if parked else None)


def _begin_queued(device: Device, facts: Facts) -> Step:
    if device.refresh is None or not facts.link_budget:
        return Wait(budget="links")
    return [RefreshStarted(refresh=device.refresh.number, why=device.refresh.why)]


def _find_out(device: Device, opened: Open, at: datetime, facts: Facts) -> Step:
    """An attempt whose outcome is unknown: wait for its process to say, then ask or repeat, until it is uncertain."""
    if opened.phase == "attempting" and (wait := facts.orphans_wait_until) is not None and wait > at:
        return Wait(until=wait)
    if opened.until is not None and opened.until <= at:
        return [uncertain(device, opened, opened.reason, at, facts)]
    if facts.running:
        return Wait(until=opened.until)
    if opened.again_at is not None and opened.again_at > at:
        return Wait(until=_sooner(opened.again_at, opened.until))
    planned = reconcile(device, opened, opened.reason or "owner_lost", at, facts)
    return [planned] if isinstance(planned, SendUncertain) else _reach(device, opened, planned, at, facts)


def _reach(device: Device, opened: Open, planned: DeviceEvent, at: datetime, facts: Facts) -> Step:
    """Ask or repeat as `planned` once the device can be reached; it is mended for that as for a send."""
    if device.parked is not None:
        return _earliest(_while_parked(device, at), opened.until)
    if device.linked and (device.link is None or not facts.healthy):
        if device.refresh is not None:
            return Wait(until=opened.until) if device.refresh.started else _begin_queued(device, facts)
        if device.retry_at is not None and device.retry_at > at:
            return Wait(until=_sooner(device.retry_at, opened.until))
        return mend(device, "reconcile", facts)
    if not facts.send_budget:
        return Wait(until=opened.until, budget="sends")
    return [planned]


def _sooner(one: datetime, other: datetime | None) -> datetime:
    return one if other is None else min(one, other)


def _taken_back(device: Device, at: datetime, facts: Facts) -> list[DeviceEvent]:
    """Cancellations first, then expiries, at most a decision's worth at once."""
    limit = facts.rules.decision_events
    opened = cancellable(device, facts)
    if device.cancelling:
        first = device.cancelling[0]
        found = [e for _, e in zip(range(limit), facts.sends.of_campaign(first.campaign, first.up_to), strict=False)]
        if opened is not None and opened.send.campaign == first.campaign and opened.request < first.up_to:
            found = [opened, *found][:limit]
        return [_cancelled(e, "campaign_cancelled") for e in found]
    if opened is not None and opened.send.expires_at <= at:
        return [SendExpired(request=opened.request, request_id=opened.request_id)]
    return [SendExpired(request=e.request, request_id=e.request_id) for e in facts.sends.expired(at, limit)]


def _cancelled(entry: Entry, reason: Literal["campaign_cancelled", "device_removed"]) -> SendCancelled:
    return SendCancelled(request=entry.request, request_id=entry.request_id, reason=reason)


def _after_removal(device: Device, at: datetime, facts: Facts) -> Step:
    opened = device.open
    if opened is not None and opened.phase in ("attempting", "reconciling"):
        if opened.phase == "attempting" and facts.orphans_wait_until is not None and facts.orphans_wait_until > at:
            return Wait(until=facts.orphans_wait_until)
        if opened.phase == "reconciling" and facts.running:
            return FOR_AN_EVENT
        return [uncertain(device, opened, "device_removed", at, facts)]
    waiting = facts.sends.first(facts.rules.decision_events)
    if opened is not None and facts.sends.opened is not None:
        waiting = [facts.sends.opened, *waiting][: facts.rules.decision_events]
    if waiting:
        return [_cancelled(e, "device_removed") for e in waiting]
    if device.link is not None:
        return [DeviceDisconnected(link=device.link, why="removed")]
    return FOR_AN_EVENT
