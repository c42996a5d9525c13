"""Events as they lie in a device's past; sends are numbered, `r7` being asked for at offset 7."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from schemas.device import lifecycle as life
from schemas.device import links, sends
from schemas.device.body import Body
from schemas.device.requests import SendRequested
from streams.ownership.reading import digest_of
from tests.streams.device.spec import NOW, TRAITS, after, message_id

TOMORROW = NOW + timedelta(days=1)
BODY = Body(text="hello")


def registered(driver: str = "linked", **more: Any) -> life.DeviceRegistered:
    return life.DeviceRegistered(driver=driver, linked=TRAITS[driver].linked, **more)


def asked_send(**more: Any) -> SendRequested:
    return SendRequested(**{"to": "+6281", "body": BODY, **more})


def send(**more: Any) -> sends.Send:
    fields = {"to": "+6281", "body": BODY, "expires_at": TOMORROW, **more}
    digest = digest_of(SendRequested(to=fields["to"], body=fields["body"]))
    return sends.Send(**fields, digest=digest)


def queued(number: int, reason: Any = "busy", refresh: int | None = None, **more: Any) -> sends.SendQueued:
    return sends.SendQueued(request=number, request_id=f"r{number}", send=send(**more), reason=reason, refresh=refresh)


def attempted(number: int, attempt: int = 1, link: int | None = 1, known: bool | None = None) -> sends.SendAttempted:
    name = f"r{number}"
    return sends.SendAttempted(
        request=number, request_id=name, attempt=attempt, message_id=message_id(name), link=link, known_chat=known
    )


def tried_at_once(number: int, link: int | None = 1, **more: Any) -> sends.SendAttempted:
    name = f"r{number}"
    return sends.SendAttempted(
        request=number, request_id=name, attempt=1, message_id=message_id(name), link=link, send=send(**more)
    )


def returned(number: int, attempt: int = 1, reason: str = "not_connected", **more: Any) -> sends.SendReturned:
    return sends.SendReturned(request=number, request_id=f"r{number}", attempt=attempt, reason=reason, **more)


def accepted(number: int, attempt: int = 1, **more: Any) -> sends.SendAccepted:
    return sends.SendAccepted(request=number, request_id=f"r{number}", attempt=attempt, **more)


def rejected(number: int, reason: str, attempt: int = 1, **more: Any) -> sends.SendRejected:
    return sends.SendRejected(request=number, request_id=f"r{number}", attempt=attempt, reason=reason, **more)


def deferred(number: int, until: datetime, reason: str = "busy", attempt: int = 1) -> sends.SendDeferred:
    return sends.SendDeferred(request=number, request_id=f"r{number}", attempt=attempt, reason=reason, until=until)


def reconciling(number: int, by: Any = "ask", attempt: int = 1, **more: Any) -> sends.SendReconciling:
    fields = {"until": after(60), "link": 1, "reason": "timeout", "again_at": after(3), **more}
    name = f"r{number}"
    return sends.SendReconciling(
        request=number, request_id=name, attempt=attempt, by=by, message_id=message_id(name), **fields
    )


def uncertain(number: int, reason: str = "timeout", attempt: int = 1, **more: Any) -> sends.SendUncertain:
    return sends.SendUncertain(request=number, request_id=f"r{number}", attempt=attempt, reason=reason, **more)


def resolved(number: int, resolution: Any, by: Any = "outcome", attempt: int = 1, **more: Any) -> sends.SendResolved:
    return sends.SendResolved(
        request=number, request_id=f"r{number}", attempt=attempt, resolution=resolution, by=by, **more
    )


def expired(number: int) -> sends.SendExpired:
    return sends.SendExpired(request=number, request_id=f"r{number}")


def cancelled(number: int, reason: Any = "asked") -> sends.SendCancelled:
    return sends.SendCancelled(request=number, request_id=f"r{number}", reason=reason)


def started(number: int = 1, why: Any = "send") -> links.RefreshStarted:
    return links.RefreshStarted(refresh=number, why=why)


def in_line(number: int = 1, why: Any = "send") -> links.RefreshQueued:
    return links.RefreshQueued(refresh=number, why=why)


def succeeded(number: int = 1) -> links.RefreshSucceeded:
    return links.RefreshSucceeded(refresh=number)


def failed(number: int = 1, outcome: Any = "unreachable", reason: str = "timeout", **more: Any) -> links.RefreshFailed:
    return links.RefreshFailed(refresh=number, outcome=outcome, reason=reason, **more)


def up(number: int = 1, how: Any = "refreshed") -> links.DeviceConnected:
    return links.DeviceConnected(link=number, how=how)


def down(number: int = 1, why: Any = "dropped", **more: Any) -> links.DeviceDisconnected:
    return links.DeviceDisconnected(link=number, why=why, **more)


def connected(number: int = 1) -> tuple[Any, ...]:
    """A refresh from its start to its link."""
    return started(number), succeeded(number), up(number)


def parked(reason: str = "asked", by: Any = "person", until: datetime | None = None) -> life.DeviceParked:
    return life.DeviceParked(reason=reason, by=by, until=until)


def resumed(why: Any = "asked") -> life.DeviceResumed:
    return life.DeviceResumed(why=why)


def removed(waiting: int = 0) -> life.DeviceRemoved:
    return life.DeviceRemoved(waiting=waiting)
