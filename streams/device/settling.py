"""What the outcome of an attempt, an ask or a repeat decides (design §5, the outcome table)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal, assert_never

from schemas.device import DeviceEvent
from schemas.device import outcomes as o
from schemas.device.links import DeviceDisconnected
from schemas.device.requests import OutcomeReported
from schemas.device.sends import (
    SendAccepted,
    SendDeferred,
    SendReconciling,
    SendRejected,
    SendResolved,
    SendReturned,
    SendUncertain,
)
from streams.device.answers import already_done
from streams.device.evolve import NEW_CHAT_LOCKED, NOT_STARTED
from streams.device.facts import Asked, Entry, Facts, SendEnded
from streams.device.sending import reused
from streams.device.state import Device, Open
from streams.device.way import back_off_until, pause_until

Resolution = Literal["sent", "rejected", "not_sent", "send_again"]


NotSent = o.NotStarted | o.NotConnected | o.Deferred | o.NewChatLocked
"""What says of a send that nothing left; of an ask or a repeat it says nothing about what was tried before."""


def decide_send_ended(device: Device, ended: SendEnded, at: datetime, facts: Facts) -> list[DeviceEvent]:
    """What follows from what came of an attempt, an ask or a repeat; nothing, where it is awaited no more."""
    opened = device.open
    if opened is None or opened.message_id != ended.message_id:
        return _resolved_late(ended, facts)
    if opened.phase == "attempting" and opened.attempt == ended.attempt:
        return _settle_attempt(device, opened, ended.outcome, at, facts)
    if opened.phase == "reconciling" and opened.attempt == ended.attempt:
        return _settle_reconciling(device, opened, ended.outcome, at, facts)
    if opened.phase == "reconciling" and opened.doubted <= ended.attempt < opened.attempt:
        return _settle_repeated(device, opened, ended, at, facts)
    return []


def decide_report(
    device: Device, asked: Asked, request: OutcomeReported, at: datetime, facts: Facts
) -> list[DeviceEvent]:
    """The fate of an outcome that a former owner's process hands on."""
    ended = SendEnded(request.message_id, request.attempt, request.outcome)
    events = decide_send_ended(device, ended, at, facts) or _never_left(device, ended, at, facts)
    return events or [already_done(asked, "nothing awaits this outcome")]


def _resolved_late(ended: SendEnded, facts: Facts) -> list[DeviceEvent]:
    entry = facts.sends.uncertain_message(ended.message_id)
    if entry is None or not entry.doubted <= ended.attempt <= entry.attempt:
        return []
    match ended.outcome:
        case o.Accepted(provider_message_id=found):
            return [_resolved(entry, "sent", provider_message_id=found)]
        case o.Rejected(reason=reason) if ended.attempt == entry.attempt:
            return [_resolved(entry, "rejected", reason=reason)]
        case _:
            return []


def _never_left(device: Device, ended: SendEnded, at: datetime, facts: Facts) -> list[DeviceEvent]:
    """By its own process's word the attempt in doubt never left, and nothing was repeated: no doubt remains."""
    if not isinstance(ended.outcome, NotSent):
        return []
    opened, entry = device.open, facts.sends.opened
    if opened is not None and opened.message_id == ended.message_id:
        if entry is None or not opened.doubted == opened.attempt == ended.attempt:
            return []
        doubted = entry._replace(counted=entry.counted + 1)
        return [uncertain(device, opened, "never_left", at, facts), _waits_again(device, doubted, at, facts)]
    entry = facts.sends.uncertain_message(ended.message_id)
    if entry is None or not entry.doubted == entry.attempt == ended.attempt:
        return []
    return [_waits_again(device, entry, at, facts)]


def _waits_again(device: Device, entry: Entry, at: datetime, facts: Facts) -> SendResolved:
    again = (
        device.status == "registered"
        and entry.send.expires_at > at
        and entry.counted < facts.rules.max_attempts
        and not reused(device, entry, facts)
    )
    return _resolved(entry, "send_again" if again else "not_sent")


def _settle_attempt(
    device: Device, opened: Open, outcome: o.SendOutcome, at: datetime, facts: Facts
) -> list[DeviceEvent]:
    match outcome:
        case o.Accepted():
            return [_accepted(device, opened, outcome, at, facts)]
        case o.Rejected(reason=reason):
            return [_rejected(device, opened, reason, at, facts)]
        case o.Deferred(until=until, reason=reason):
            return [_deferred(device, opened, until, reason, at, facts)]
        case o.NewChatLocked(until=until):
            return [_deferred(device, opened, until, NEW_CHAT_LOCKED, at, facts)]
        case o.NotConnected(reason=reason):
            return [_returned(device, opened, reason, at, facts), *_link_lost(device, opened, reason, at, facts)]
        case o.NotStarted():
            return [_returned(device, opened, NOT_STARTED, at, facts)]
        case o.Uncertain(reason=reason):
            return [_doubt(device, opened, reason, at, facts)]
        case o.NotFound():
            return [_doubt(device, opened, "not_found", at, facts)]
        case _:
            assert_never(outcome)


def _settle_reconciling(
    device: Device, opened: Open, outcome: o.SendOutcome, at: datetime, facts: Facts
) -> list[DeviceEvent]:
    match outcome:
        case o.Accepted():
            return [_accepted(device, opened, outcome, at, facts)]
        case o.Rejected(reason=reason):
            return [_rejected(device, opened, reason, at, facts)]
        case o.NotConnected(reason=reason):
            return _link_lost(device, opened, reason, at, facts)
        case o.Deferred() | o.NewChatLocked() | o.NotStarted() | o.Uncertain() | o.NotFound():
            return []  # never read as "not sent": asked or repeated again at `again_at`, until `until`
        case _:
            assert_never(outcome)


def _settle_repeated(device: Device, opened: Open, ended: SendEnded, at: datetime, facts: Facts) -> list[DeviceEvent]:
    """The outcome of an attempt that was repeated since: only that the message was taken settles the repeats too."""
    if not isinstance(ended.outcome, o.Accepted):
        return []
    return [_accepted(device, opened._replace(attempt=ended.attempt), ended.outcome, at, facts)]


def _doubt(device: Device, opened: Open, reason: str, at: datetime, facts: Facts) -> DeviceEvent:
    """What follows at once when an attempt's outcome is not known; a parked device finds out nothing."""
    if device.parked is not None:
        return uncertain(device, opened, reason, at, facts)
    return reconcile(device, opened, reason, at, facts)


def reconcile(device: Device, opened: Open, reason: str, at: datetime, facts: Facts) -> SendReconciling | SendUncertain:
    """The next ask or repeat about an attempt whose outcome is unknown; uncertain where neither is possible."""
    by = _means(device, at, facts)
    until = opened.until or at + timedelta(seconds=facts.rules.reconcile_s)
    if by is None or until <= at:
        return uncertain(device, opened, reason, at, facts)
    return SendReconciling(
        request=opened.request,
        request_id=opened.request_id,
        attempt=opened.attempt + (by == "repeat"),
        until=until,
        by=by,
        link=device.link,
        message_id=opened.message_id,
        reason=reason,
        again_at=at + timedelta(seconds=1.0 + 4.0 * facts.draw),
    )


def _means(device: Device, at: datetime, facts: Facts) -> Literal["ask", "repeat"] | None:
    """How the open send's outcome can be found out; a repeat may be the first to leave, so it keeps all limits."""
    traits = facts.rules.drivers.get(device.driver)
    entry = facts.sends.opened
    if traits is None or entry is None or device.status != "registered":
        return None
    if traits.answers_asks:
        return "ask"
    may_repeat = entry.counted + 1 < facts.rules.max_attempts and entry.send.expires_at > at
    return "repeat" if traits.drops_repeats and may_repeat else None


def uncertain(device: Device, opened: Open, reason: str, at: datetime, facts: Facts) -> SendUncertain:
    """The end of trying to find out."""
    return SendUncertain(
        request=opened.request,
        request_id=opened.request_id,
        attempt=opened.attempt,
        reason=reason,
        pace_until=pause_until(device, at, facts),
    )


def _accepted(device: Device, opened: Open, outcome: o.Accepted, at: datetime, facts: Facts) -> SendAccepted:
    return SendAccepted(
        request=opened.request,
        request_id=opened.request_id,
        attempt=opened.attempt,
        provider_message_id=outcome.provider_message_id,
        pace_until=pause_until(device, at, facts),
    )


def _rejected(device: Device, opened: Open, reason: str, at: datetime, facts: Facts) -> SendRejected:
    return SendRejected(
        request=opened.request,
        request_id=opened.request_id,
        attempt=opened.attempt,
        reason=reason,
        pace_until=pause_until(device, at, facts),
    )


def _deferred(device: Device, opened: Open, until: datetime, reason: str, at: datetime, facts: Facts) -> DeviceEvent:
    entry = facts.sends.opened
    if entry is not None and entry.counted + 1 >= facts.rules.max_attempts:
        return _rejected(device, opened, "max_attempts", at, facts)
    return SendDeferred(
        request=opened.request, request_id=opened.request_id, attempt=opened.attempt, reason=reason, until=until
    )


def _returned(device: Device, opened: Open, reason: str, at: datetime, facts: Facts) -> SendReturned:
    """Back to the head; a platform device has no link whose mending would take its time, so it backs off here."""
    again = None if device.linked or reason == NOT_STARTED else back_off_until(device, at, facts)
    return SendReturned(
        request=opened.request, request_id=opened.request_id, attempt=opened.attempt, reason=reason, retry_at=again
    )


def _link_lost(device: Device, opened: Open, reason: str, at: datetime, facts: Facts) -> list[DeviceEvent]:
    if device.link is None or device.link != opened.link:
        return []
    return [lost(device.link, device, reason, at, facts)]


def lost(link: int, device: Device, reason: str, at: datetime, facts: Facts) -> DeviceDisconnected:
    """The end of a link that dropped; where mending did not last, the next refresh has to wait."""
    again = back_off_until(device, at, facts) if device.failures else None
    return DeviceDisconnected(link=link, why="dropped", reason=reason, retry_at=again)


def _resolved(entry: Entry, resolution: Resolution, **details: str | None) -> SendResolved:
    return SendResolved(
        request=entry.request,
        request_id=entry.request_id,
        attempt=entry.attempt,
        resolution=resolution,
        by="outcome",
        **details,
    )
