"""Short ways to say what happened, for tests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from schemas.device.body import Body
from schemas.device.lifecycle import DeviceRegistered
from schemas.device.links import DeviceConnected, RefreshStarted, RefreshSucceeded
from schemas.device.sends import Send, SendAccepted, SendAttempted, SendQueued
from tests.projections.written_log import START

EXPIRY = START + timedelta(days=1)
LATER = START + timedelta(hours=1)
REGISTERED = DeviceRegistered(driver="simulator", linked=True, name="Front desk")


def send(text: str = "hello", **fields: Any) -> Send:
    """A send's content."""
    usual: dict[str, Any] = {"to": "62811", "body": Body(text=text), "expires_at": EXPIRY, "digest": "0" * 16}
    return Send(**usual | fields)


def queued(request: int, content: Send | None = None, **fields: Any) -> SendQueued:
    """The fate of a request to send: it waits."""
    usual: dict[str, Any] = {"send": content or send(), "reason": "busy"}
    return SendQueued(request=request, request_id=f"r-{request}", **usual | fields)


def attempted(request: int, attempt: int = 1, **fields: Any) -> SendAttempted:
    """The intent to send."""
    usual: dict[str, Any] = {"message_id": message_id(request), "link": 1}
    return SendAttempted(request=request, request_id=f"r-{request}", attempt=attempt, **usual | fields)


def accepted(request: int, attempt: int = 1, provider: str | None = None) -> SendAccepted:
    """The platform took it."""
    name = f"r-{request}"
    return SendAccepted(request=request, request_id=name, attempt=attempt, provider_message_id=provider)


def message_id(request: int) -> str:
    """The message id of a send."""
    return f"{request:032x}"


def of(request: int, kind: type, **fields: Any) -> Any:
    """Any other event of a send."""
    return kind(request=request, request_id=f"r-{request}", **fields)


def linking(link: int = 1) -> tuple[RefreshStarted, RefreshSucceeded, DeviceConnected]:
    """A refresh that succeeds."""
    return (
        RefreshStarted(refresh=link, why="send"),
        RefreshSucceeded(refresh=link),
        DeviceConnected(link=link, how="refreshed", jid="62800@phone"),
    )
