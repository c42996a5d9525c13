"""What is asked about sends: to send, to cancel, to resolve."""

from __future__ import annotations

from datetime import datetime, timedelta

from schemas.device import DeviceEvent
from schemas.device.links import RefreshQueued, RefreshStarted
from schemas.device.requests import SendCancellationRequested, SendRequested, SendResolutionRequested
from schemas.device.sends import CampaignCancelled, Send, SendCancelled, SendQueued, SendRepeated, SendResolved
from streams.device.answers import already_done, refuse
from streams.device.facts import Asked, Entry, Facts
from streams.device.state import Device
from streams.device.way import Obstacle, attempt, candidate, for_a_send, mend, obstacle

BUSY, HELD = Obstacle("busy"), Obstacle("held")


def decide_send(device: Device, asked: Asked, request: SendRequested, at: datetime, facts: Facts) -> list[DeviceEvent]:
    """The fate of a `send_requested`: attempted, queued, repeated or refused."""
    if (seen := facts.seen) is not None:
        if seen.digest == asked.digest:
            return [SendRepeated(request_id=asked.id, first=seen.first, settled=seen.settled)]
        return [refuse(asked, "request_id_reused", f"{asked.id!r} was asked before with other content: use a new id")]
    if request.not_before is not None and (request.not_before - at).total_seconds() > facts.rules.max_expiry_s:
        return [_too_far(asked, "not_before", facts)]
    expires_at = request.expires_at or (request.not_before or at) + timedelta(seconds=facts.rules.default_expiry_s)
    if (refusal := _refusal(asked, request, expires_at, at, facts)) is not None:
        return [refusal]
    send = Send(
        to=request.to,
        body=request.body,
        campaign=request.campaign,
        not_before=request.not_before,
        expires_at=expires_at,
        digest=asked.digest,
    )
    entry = Entry(asked.offset, asked.id, send, max(request.not_before or at, at), context=asked.context)
    return _attempt_or_queue(device, entry, at, facts)


def _refusal(
    asked: Asked, request: SendRequested, expires_at: datetime, at: datetime, facts: Facts
) -> DeviceEvent | None:
    if len(facts.sends) >= facts.rules.max_waiting or facts.waiting_in_all >= facts.rules.max_waiting_in_all:
        return _full(asked, facts)
    if request.expires_at is None and request.not_before is None:
        return None
    if expires_at <= at:
        return refuse(asked, "expired", f"expires_at {expires_at.isoformat()} has passed: ask again with a later one")
    if (expires_at - at).total_seconds() > facts.rules.max_expiry_s:
        return _too_far(asked, "expires_at", facts)
    if request.not_before is not None and request.not_before >= expires_at:
        return refuse(asked, "invalid", "not_before: not before expires_at, so it could never leave")
    return None


def _too_far(asked: Asked, name: str, facts: Facts) -> DeviceEvent:
    days = facts.rules.max_expiry_s / 86400
    return refuse(asked, "invalid", f"{name}: more than {days:g} days ahead; ask later or name an earlier time")


def _full(asked: Asked, facts: Facts) -> DeviceEvent:
    if len(facts.sends) >= facts.rules.max_waiting:
        detail = (
            f"{len(facts.sends)} sends wait on this device, and no more may (MENDLINE_MAX_WAITING): ask again under "
            "the same id when some have left, or spread them over more devices"
        )
    else:
        detail = (
            f"{facts.waiting_in_all} sends wait in this device's partition, and no more may "
            "(MENDLINE_MAX_WAITING_IN_PARTITION): ask again under the same id when some have left"
        )
    return refuse(asked, "queue_full", detail)


def _attempt_or_queue(device: Device, entry: Entry, at: datetime, facts: Facts) -> list[DeviceEvent]:
    found = _turn(device, entry, at, facts) or obstacle(device, entry.send.to, at, facts)
    if found is None:
        return [attempt(device, entry, at, facts, fate=True)]
    begun = mend(device, for_a_send(device), at, facts) if found.mend else []
    refresh = _joined(device, found, begun)
    reason = "backing_off" if found.reason == "refreshing" and refresh is None else found.reason
    queued = SendQueued(
        request=entry.request, request_id=entry.request_id, send=entry.send, reason=reason, refresh=refresh
    )
    return [queued, *begun]


def _joined(device: Device, found: Obstacle, begun: list[DeviceEvent]) -> int | None:
    """The refresh that a send shares: one under way, or the one begun for it."""
    if found.reason != "refreshing":
        return None
    if device.refresh is not None:
        return device.refresh.number
    return next((e.refresh for e in begun if isinstance(e, RefreshStarted | RefreshQueued)), None)


def _turn(device: Device, entry: Entry, at: datetime, facts: Facts) -> Obstacle | None:
    if entry.due > at:
        return Obstacle("not_due", until=entry.due)
    if device.open is not None:
        return BUSY if device.open.phase in ("attempting", "ready") else HELD
    before = candidate(device, at, facts)
    return None if before is None else _behind(device, before, at, facts)


def _behind(device: Device, before: Entry, at: datetime, facts: Facts) -> Obstacle:
    """Behind another: it waits for what that one waits for, so that people see why."""
    found = obstacle(device, before.send.to, at, facts)
    return BUSY if found is None or found.mend else found._replace(budget=None)


def decide_cancellation(
    device: Device, asked: Asked, request: SendCancellationRequested, facts: Facts
) -> list[DeviceEvent]:
    """The fate of a `send_cancellation_requested`; a campaign's sends are cancelled by the steps that follow it."""
    if (request.request_id is None) == (request.campaign is None):
        return [refuse(asked, "invalid", "name exactly one of request_id and campaign")]
    if request.campaign is not None:
        return [_cancel_campaign(device, asked, request.campaign, facts)]
    return [_cancel_one(device, asked, str(request.request_id), facts)]


def _cancel_campaign(device: Device, asked: Asked, campaign: str, facts: Facts) -> DeviceEvent:
    count = facts.sends.of_campaign(campaign, asked.offset)
    opened = cancellable(device, facts)
    count += opened is not None and opened.send.campaign == campaign
    if not count:
        return already_done(asked, "nothing of it waits")
    return CampaignCancelled(campaign=campaign, up_to=asked.offset, sends=count)


def _cancel_one(device: Device, asked: Asked, request_id: str, facts: Facts) -> DeviceEvent:
    opened = cancellable(device, facts)
    entry = facts.sends.waiting(request_id) or (opened if opened and opened.request_id == request_id else None)
    if entry is not None:
        return SendCancelled(request=entry.request, request_id=entry.request_id, reason="asked")
    if device.open is not None and device.open.request_id == request_id:
        return refuse(asked, "not_waiting", f"{request_id!r} is being sent: its outcome comes soon")
    if facts.seen is not None:
        return already_done(asked, "settled")
    return refuse(asked, "unknown_send", f"no send {request_id!r} waits on this device, nor did one lately")


def cancellable(device: Device, facts: Facts) -> Entry | None:
    """The open send where nothing of it is under way, so that it may still be taken back."""
    if device.open is not None and device.open.phase in ("ready", "held"):
        return facts.sends.opened
    return None


def decide_resolution(
    device: Device, asked: Asked, request: SendResolutionRequested, at: datetime, facts: Facts
) -> list[DeviceEvent]:
    """The fate of a person's word about an uncertain send."""
    entry = facts.sends.uncertain(request.request_id)
    if entry is None and facts.seen is None:
        return [refuse(asked, "unknown_send", f"no send {request.request_id!r} is known on this device")]
    if entry is None:
        return [refuse(asked, "not_uncertain", f"{request.request_id!r} is not uncertain: nothing to resolve")]
    if request.resolution == "send_again" and (refusal := _not_again(device, asked, entry, at, facts)) is not None:
        return [refusal]
    return [
        SendResolved(
            request=entry.request,
            request_id=entry.request_id,
            attempt=entry.attempt,
            resolution=request.resolution,
            by="person",
        )
    ]


def _not_again(device: Device, asked: Asked, entry: Entry, at: datetime, facts: Facts) -> DeviceEvent | None:
    if entry.send.expires_at <= at:
        return refuse(asked, "expired", f"{entry.request_id!r} expired meanwhile: ask for a new send")
    if entry.counted >= facts.rules.max_attempts:
        detail = f"{entry.request_id!r} was tried {entry.counted} times, which is all it may be: ask for a new send"
        return refuse(asked, "invalid", detail)
    if reused(device, entry, facts):
        detail = f"a newer send has the id {entry.request_id!r}, so the older one cannot wait again: ask for a new send"
        return refuse(asked, "request_id_reused", detail)
    return None


def reused(device: Device, entry: Entry, facts: Facts) -> bool:
    """Whether the id of a send in doubt now names another one that is not over."""
    opened = device.open
    if opened is not None and opened.request_id == entry.request_id and opened.request != entry.request:
        return True
    return facts.sends.waiting(entry.request_id) is not None
