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
from streams.device.state import Device, Open
from streams.device.way import back_off_until, pause_until

Resolution = Literal["sent", "rejected", "not_sent", "send_again"]


def decide_send_ended(device: Device, ended: SendEnded, at: datetime, facts: Facts) -> list[DeviceEvent]:
    """What follows from the outcome of the open send's attempt; nothing, if it is not the one awaited."""
    opened = device.open
    if opened is None or (opened.message_id, opened.attempt) != (ended.message_id, ended.attempt):
        return []
    if opened.phase == "attempting":
        return _settle_attempt(device, opened, ended.outcome, at, facts)
    if opened.phase == "reconciling":
        return _settle_reconciling(device, opened, ended.outcome, at, facts)
    return []


def decide_report(
    device: Device, asked: Asked, request: OutcomeReported, at: datetime, facts: Facts
) -> list[DeviceEvent]:
    """The fate of an outcome that a former owner's process hands on."""
    events = decide_send_ended(device, SendEnded(request.message_id, request.attempt, request.outcome), at, facts)
    if events:
        return events
    entry = facts.sends.uncertain_message(request.message_id)
    if entry is not None and entry.attempt == request.attempt:
        events = _resolve(entry, request.outcome, at)
    return events or [already_done(asked, "nothing awaits this outcome")]


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
            return [_returned(device, opened, reason, at, facts), *_link_lost(device, opened, reason)]
        case o.NotStarted():
            return [_returned(device, opened, NOT_STARTED, at, facts)]
        case o.Uncertain(reason=reason):
            return [reconcile(device, opened, reason, at, facts)]
        case o.NotFound():
            return [reconcile(device, opened, "not_found", at, facts)]
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
            return _link_lost(device, opened, reason)
        case o.Deferred() | o.NewChatLocked() | o.NotStarted() | o.Uncertain() | o.NotFound():
            return []  # never read as "not sent": asked or repeated again at `again_at`, until `until`
        case _:
            assert_never(outcome)


def reconcile(device: Device, opened: Open, reason: str, at: datetime, facts: Facts) -> DeviceEvent:
    """The next ask or repeat about an attempt whose outcome is unknown; uncertain where neither is possible."""
    traits = facts.rules.drivers.get(device.driver)
    entry = facts.sends.opened
    first = opened.phase != "reconciling" or opened.until is None
    until = at + timedelta(seconds=facts.rules.reconcile_s) if first else opened.until
    if traits is None or entry is None or device.status != "registered" or until is None or until <= at:
        return uncertain(device, opened, reason, at, facts)
    repeat = not traits.answers_asks
    if repeat and (not traits.drops_repeats or entry.counted + 1 >= facts.rules.max_attempts):
        return uncertain(device, opened, reason, at, facts)
    return SendReconciling(
        request=opened.request,
        request_id=opened.request_id,
        attempt=opened.attempt + repeat,
        until=until,
        by="repeat" if repeat else "ask",
        link=device.link,
        message_id=opened.message_id,
        reason=reason,
        again_at=at + timedelta(seconds=1.0 + 4.0 * facts.draw),
    )


def uncertain(device: Device, opened: Open, reason: str, at: datetime, facts: Facts) -> SendUncertain:
    """The end of trying to find out."""
    return SendUncertain(
        request=opened.request,
        request_id=opened.request_id,
        attempt=opened.attempt,
        reason=reason,
        pace_until=pause_until(device, at, facts.draw),
    )


def _accepted(device: Device, opened: Open, outcome: o.Accepted, at: datetime, facts: Facts) -> SendAccepted:
    return SendAccepted(
        request=opened.request,
        request_id=opened.request_id,
        attempt=opened.attempt,
        provider_message_id=outcome.provider_message_id,
        pace_until=pause_until(device, at, facts.draw),
    )


def _rejected(device: Device, opened: Open, reason: str, at: datetime, facts: Facts) -> SendRejected:
    return SendRejected(
        request=opened.request,
        request_id=opened.request_id,
        attempt=opened.attempt,
        reason=reason,
        pace_until=pause_until(device, at, facts.draw),
    )


def _deferred(device: Device, opened: Open, until: datetime, reason: str, at: datetime, facts: Facts) -> DeviceEvent:
    entry = facts.sends.opened
    if entry is not None and entry.counted + 1 >= facts.rules.max_attempts:
        return _rejected(device, opened, "max_attempts", at, facts)
    return SendDeferred(
        request=opened.request, request_id=opened.request_id, attempt=opened.attempt, reason=reason, until=until
    )


def _returned(device: Device, opened: Open, reason: str, at: datetime, facts: Facts) -> SendReturned:
    again = back_off_until(device, at, facts) if device.failures and reason != NOT_STARTED else None
    return SendReturned(
        request=opened.request, request_id=opened.request_id, attempt=opened.attempt, reason=reason, retry_at=again
    )


def _link_lost(device: Device, opened: Open, reason: str) -> list[DeviceEvent]:
    if device.link is None or device.link != opened.link:
        return []
    return [DeviceDisconnected(link=device.link, why="dropped", reason=reason)]


def _resolve(entry: Entry, outcome: o.SendOutcome, at: datetime) -> list[DeviceEvent]:
    match outcome:
        case o.Accepted(provider_message_id=found):
            return [_resolved(entry, "sent", provider_message_id=found)]
        case o.Rejected(reason=reason):
            return [_resolved(entry, "rejected", reason=reason)]
        case o.Uncertain() | o.NotFound():
            return []
        case o.NotStarted() | o.NotConnected() | o.Deferred() | o.NewChatLocked():
            again = entry.send.expires_at > at
            return [_resolved(entry, "send_again" if again else "not_sent")]
        case _:
            assert_never(outcome)


def _resolved(entry: Entry, resolution: Resolution, **details: str | None) -> SendResolved:
    return SendResolved(
        request=entry.request,
        request_id=entry.request_id,
        attempt=entry.attempt,
        resolution=resolution,
        by="outcome",
        **details,
    )
