"""What a device does next: a function of its state, its sends and the time, asked after every event."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Literal, NamedTuple

from schemas.device import DeviceEvent
from schemas.device.lifecycle import DeviceResumed
from schemas.device.links import DeviceDisconnected, RefreshStarted
from schemas.device.sends import SendCancelled, SendExpired, SendUncertain
from streams.device.account import Pairing
from streams.device.facts import Entry, Facts
from streams.device.pairing import NEEDS_PAIRING, pairing_ended
from streams.device.sending import cancellable
from streams.device.settling import reconcile, uncertain
from streams.device.state import Device, Open
from streams.device.way import Budget, attempt, backs_off, candidate, for_a_send, mend, new_chats_locked, obstacle


class Wait(NamedTuple):
    """Nothing to do before `until`, before a unit of `budget` is given back, or before the next event.

    rests: no send is due that the link is needed for. bodies: the offsets of fates that have to be read first.
    """

    until: datetime | None = None
    budget: Budget | None = None
    rests: bool = False
    bodies: tuple[int, ...] = ()


Step = list[DeviceEvent] | Wait
FOR_AN_EVENT = Wait()
AT_REST = Wait(rests=True)


def next_step(device: Device, at: datetime, facts: Facts) -> Step:
    """The next events, or what to wait for."""
    if device.status == "removed":
        return _after_removal(device, at, facts)
    ends_at = facts.sends.ends_at()
    if device.pairing is not None:
        return _while_pairing(device, device.pairing, ends_at, at, facts)
    if ends_at is None and device.open is None and device.parked is None and device.refresh is None:
        return AT_REST
    return _taken_back(device, ends_at, at, facts) or _until_one_ends(_go_on(device, at, facts), device, facts)


def _while_pairing(device: Device, pairing: Pairing, ends_at: datetime | None, at: datetime, facts: Facts) -> Step:
    """A pairing is given up after a while, and where nobody waits for its phone any more; sends wait for its end."""
    if pairing.orphan:
        return pairing_ended(device, "owner_lost")
    if pairing.until is not None and pairing.until <= at:
        return pairing_ended(device, "timeout")
    step = _taken_back(device, ends_at, at, facts) or _until_one_ends(_go_on(device, at, facts), device, facts)
    return _earliest(step, pairing.until)


def awaits_outcome(device: Device) -> bool:
    """Whether what the device does next is told by the outcome of its attempt: so it is, most of the time."""
    opened = device.open
    if opened is None or opened.phase != "attempting" or opened.orphan:
        return False
    return device.status == "registered" and device.pairing is None


def _until_one_ends(step: Step, device: Device, facts: Facts) -> Step:
    """The step; a wait ends when a send expires, too."""
    if isinstance(step, list):
        return step
    opened, ends_at = cancellable(device, facts), facts.sends.ends_at()
    return _earliest(step, ends_at if opened is None else _sooner(opened.send.expires_at, ends_at))


def _earliest(step: Step, other: datetime | None) -> Step:
    if isinstance(step, list) or other is None or (step.until is not None and step.until <= other):
        return step
    return step._replace(until=other)


def _go_on(device: Device, at: datetime, facts: Facts) -> Step:
    opened = device.open
    if opened is not None and (opened.orphan or opened.phase == "reconciling"):
        return _find_out(device, opened, at, facts)
    if opened is not None and opened.phase == "attempting":
        return FOR_AN_EVENT
    if device.parked is not None:
        return _while_parked(device, at)
    if device.refresh is not None and not device.refresh.started:
        return _begin_queued(device, facts)
    if opened is not None and opened.until is not None and opened.until > at:
        return Wait(until=opened.until, rests=True)
    entry = facts.sends.opened if opened is not None else candidate(device, at, facts)
    if entry is None:
        return Wait(until=_next_turn(device, at, facts), rests=True)
    return _send_or_mend(device, entry, at, facts)


def _send_or_mend(device: Device, entry: Entry, at: datetime, facts: Facts) -> Step:
    found = obstacle(device, entry.send.to, at, facts)
    if entry.lacks_body and (found is None or found.reason == "held"):  # whom it goes to may have to be read too
        return _read_first([entry])
    if found is None:
        return [attempt(device, entry, at, facts, fate=False)]
    if found.mend:
        return mend(device, for_a_send(device), at, facts)
    return Wait(until=found.until, budget=found.budget)


def _next_turn(device: Device, at: datetime, facts: Facts) -> datetime | None:
    if not len(facts.sends):
        return None
    if device.new_chats_at is not None and new_chats_locked(device, at):  # all that are due have stepped aside
        return _sooner(device.new_chats_at, facts.sends.next_timed(at))
    return facts.sends.next_due()


def _while_parked(device: Device, at: datetime) -> Step:
    if device.link is not None:
        unpaired = device.parked is not None and device.parked.reason == NEEDS_PAIRING
        return [DeviceDisconnected(link=device.link, why="unpaired" if unpaired else "parked")]
    until = device.parked and device.parked.until
    if until is not None and until <= at:
        return [DeviceResumed(why="until_passed")]
    return Wait(until=until)


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
    """Ask or repeat as `planned` once the device can be reached; before the first of them its expiry is the limit."""
    step = _way_to_ask(device, at, facts)
    if step is None:
        return [planned]
    expires_at = facts.sends.opened and facts.sends.opened.send.expires_at
    limit = opened.until or expires_at
    if isinstance(step, Wait) and limit is not None and limit <= at:
        return [uncertain(device, opened, opened.reason or "owner_lost", at, facts)]
    return _earliest(step, limit)


def _way_to_ask(device: Device, at: datetime, facts: Facts) -> Step | None:
    """What has to come before an ask or a repeat; the device is mended for them as for a send."""
    if device.parked is not None:
        return _while_parked(device, at)
    if device.pairing is not None:
        return FOR_AN_EVENT
    if device.refresh is not None:
        return FOR_AN_EVENT if device.refresh.started else _begin_queued(device, facts)
    if device.linked and (device.link is None or not facts.healthy):
        return Wait(until=device.retry_at) if backs_off(device, at) else mend(device, "reconcile", at, facts)
    return None if facts.send_budget else Wait(budget="sends")


def _sooner(one: datetime, other: datetime | None) -> datetime:
    return one if other is None else min(one, other)


def _read_first(entries: Sequence[Entry]) -> Wait:
    return Wait(bodies=tuple(entry.place for entry in entries))


def _each(entries: Sequence[Entry], end: Callable[[Entry], DeviceEvent]) -> Step:
    """The end of each whose body is at hand; where none is, that has to be read first."""
    whole = [entry for entry in entries if not entry.lacks_body]
    return [end(entry) for entry in whole] if whole or not entries else _read_first(entries)


def _taken_back(device: Device, ends_at: datetime | None, at: datetime, facts: Facts) -> Step:
    """Cancellations first, then expiries, at most a decision's worth at once."""
    limit, some_ended = facts.rules.decision_events, ends_at is not None and ends_at <= at
    if some_ended and (doomed := facts.sends.doomed(limit)):
        return _each(doomed, partial(_cancelled, reason="campaign_cancelled"))
    opened = cancellable(device, facts)
    if opened is not None and opened.send.expires_at <= at:
        return [_expired(opened)]
    return _each(facts.sends.expired(at, limit), _expired) if some_ended else []


def _expired(entry: Entry) -> SendExpired:
    return SendExpired(request=entry.request, request_id=entry.request_id)


def _cancelled(entry: Entry, reason: Literal["campaign_cancelled", "device_removed"]) -> SendCancelled:
    return SendCancelled(request=entry.request, request_id=entry.request_id, reason=reason)


def _after_removal(device: Device, at: datetime, facts: Facts) -> Step:
    opened = cancellable(device, facts)
    waiting = facts.sends.first(facts.rules.decision_events - (opened is not None))
    if waiting or opened is not None:
        return _each(([] if opened is None else [opened]) + waiting, partial(_cancelled, reason="device_removed"))
    if device.open is not None:
        return _last_outcome(device, device.open, at, facts)
    if device.link is not None:
        return [DeviceDisconnected(link=device.link, why="removed")]
    return FOR_AN_EVENT


def _last_outcome(device: Device, opened: Open, at: datetime, facts: Facts) -> Step:
    """What a removed device's open attempt came to is awaited where somebody will say; nothing more is done for it."""
    if facts.running or (opened.phase == "attempting" and not opened.orphan):
        return FOR_AN_EVENT
    if opened.phase == "attempting" and (wait := facts.orphans_wait_until) is not None and wait > at:
        return Wait(until=wait)
    return [uncertain(device, opened, "device_removed", at, facts)]
