"""What can be asked about sends."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import uuid4

from mendline.client.call import OWN_WRITES, Answered, Call, Listing, given, path_of, time_of
from mendline.client.reading import decided, read_as
from schemas.api.document import Page
from schemas.api.outcomes import OutcomeDocument
from schemas.api.progress import SendProgress, SendsProgress
from schemas.api.sends import SendDocument, SendState

Stage = Literal["logged", "attempted", "settled"]
WAIT_S = 10.0


@dataclass(frozen=True, slots=True)
class Media:
    """A file that lies elsewhere."""

    kind: Literal["image", "document", "audio", "video"]
    url: str
    filename: str | None = None


@dataclass(frozen=True, slots=True)
class Send:
    """A message to be sent once, however often this value is asked for: it has an id from its beginning."""

    device_id: str
    to: str
    text: str = ""
    media: Media | None = None
    campaign: str | None = None
    not_before: datetime | None = None
    expires_at: datetime | None = None
    request_id: str = field(default_factory=lambda: uuid4().hex)


def send(
    device_id: str,
    to: str,
    text: str = "",
    *,
    media: Media | None = None,
    campaign: str | None = None,
    not_before: datetime | None = None,
    expires_at: datetime | None = None,
    request_id: str | None = None,
    wait: Stage = "logged",
    timeout_s: float = WAIT_S,
) -> Call[SendProgress]:
    """Send one message, and wait until it has come so far; past the time the answer says how far it came.

    request_id: names it for ever, so that the same again is not sent again; none: one is drawn.
    """
    one = Send(device_id, to, text, media, campaign, not_before, expires_at, request_id or uuid4().hex)
    return Call(
        "POST",
        path_of("sends"),
        read_as(SendProgress),
        "device",
        params={"wait": wait, "timeout": timeout_s},
        body=_body(one),
        repeatable=True,
        waits_s=timeout_s,
    )


def send_many(sends: Iterable[Send], *, wait: Stage = "logged", timeout_s: float = WAIT_S) -> Call[list[SendProgress]]:
    """Send up to 1,000 messages; the answers are in their order. One that is refused says so in its place."""
    return Call(
        "POST",
        path_of("sends"),
        _items,
        "device",
        params={"wait": wait, "timeout": timeout_s},
        body=[_body(each) for each in sends],
        repeatable=True,
        waits_s=timeout_s,
    )


def show(request_id: str, device_id: str | None = None, *, at_least: str | None = OWN_WRITES) -> Call[SendDocument]:
    """One send; device_id is needed where several devices have a send of this id."""
    return Call(
        "GET",
        path_of("sends", request_id),
        read_as(SendDocument),
        "device",
        params=given(device_id=device_id),
        at_least=at_least,
        repeatable=True,
    )


def list_(
    *,
    device_id: str | None = None,
    campaign: str | None = None,
    state: SendState | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    page_size: int = 100,
    at_least: str | None = OWN_WRITES,
) -> Listing[SendDocument]:
    """Sends, newest first."""
    params = given(device_id=device_id, campaign=campaign, state=state, since=time_of(since), until=time_of(until))
    return Listing(
        Call(
            "GET",
            path_of("sends"),
            read_as(Page[SendDocument]),
            "device",
            params={**params, "limit": page_size},
            at_least=at_least,
            repeatable=True,
        )
    )


def cancel(
    request_id: str, device_id: str | None = None, *, at_least: str | None = OWN_WRITES, timeout_s: float = WAIT_S
) -> Call[OutcomeDocument]:
    """Take a send back that has not left yet."""
    # What is cancelled stays so: a second time is answered that it was done already.
    return Call(
        "POST",
        path_of("sends", request_id, "cancel"),
        decided,
        "device",
        params=given(device_id=device_id, timeout=timeout_s),
        at_least=at_least,
        repeatable=True,
        waits_s=timeout_s,
    )


def resolve(
    request_id: str,
    resolution: Literal["sent", "send_again", "give_up"],
    device_id: str | None = None,
    *,
    at_least: str | None = OWN_WRITES,
    timeout_s: float = WAIT_S,
) -> Call[OutcomeDocument]:
    """Say what became of an uncertain send, or what to do about it."""
    return Call(
        "POST",
        path_of("sends", request_id, "resolve"),
        decided,
        "device",
        params=given(device_id=device_id, timeout=timeout_s),
        body={"resolution": resolution},
        at_least=at_least,
        waits_s=timeout_s,
    )


def _items(answered: Answered) -> list[SendProgress]:
    return read_as(SendsProgress)(answered).items


def _body(one: Send) -> dict[str, Any]:
    media = None if one.media is None else given(**asdict(one.media))
    return given(
        device_id=one.device_id,
        to=one.to,
        body=given(text=one.text, media=media),
        campaign=one.campaign,
        not_before=time_of(one.not_before),
        expires_at=time_of(one.expires_at),
        request_id=one.request_id,
    )
