"""What happens to a device's link, and to its mending."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from schemas.device.outcomes import Jid, Reason
from schemas.device.sends import LinkNumber, RefreshNumber
from schemas.marks import Moment, Text
from schemas.message import Event, message

WhyRefresh = Annotated[Literal["send", "requested", "retry", "reconcile"], Field(description="what needed the link")]


@message
class RefreshQueued(Event):
    """A refresh is wanted and waits for its budget. Fate of a `refresh_requested` that opened it."""

    type: ClassVar[str] = "refresh_queued"
    refresh: RefreshNumber
    why: WhyRefresh


@message
class RefreshStarted(Event):
    """The intent to connect: once this is acknowledged, link number `refresh` may be made."""

    type: ClassVar[str] = "refresh_started"
    refresh: RefreshNumber
    why: WhyRefresh


@message
class RefreshJoined(Event):
    """Fate of a `refresh_requested` that found a refresh under way: it shares its outcome."""

    type: ClassVar[str] = "refresh_joined"
    refresh: RefreshNumber


@message
class RefreshAdvanced(Event):
    """The refresh reached a step."""

    type: ClassVar[str] = "refresh_advanced"
    refresh: RefreshNumber
    step: Annotated[Text, Field(description="the driver's name of the step")]


@message
class RefreshSucceeded(Event):
    """The link is up; whoever waited goes on with it."""

    type: ClassVar[str] = "refresh_succeeded"
    refresh: RefreshNumber


@message
class RefreshFailed(Event):
    """No link came of it: tried again at `retry_at`, or not before a person acts."""

    type: ClassVar[str] = "refresh_failed"
    refresh: RefreshNumber
    outcome: Annotated[
        Literal["unreachable", "needs_pairing", "banned", "replaced", "cancelled"],
        Field(description="what came of it"),
    ]
    reason: Reason
    retry_at: Annotated[Moment | None, Field(description="drawn: capped exponential back-off, full jitter")] = None


@message
class DeviceConnected(Event):
    """The device has a live link."""

    type: ClassVar[str] = "device_connected"
    link: LinkNumber
    how: Annotated[
        Literal["refreshed", "kept"],
        Field(description="by its refresh, or kept across a claim"),
    ]
    jid: Jid | None = None


@message
class DeviceDisconnected(Event):
    """The device's link is over; where it still lived it is closed."""

    type: ClassVar[str] = "device_disconnected"
    link: LinkNumber
    why: Annotated[
        Literal[
            "dropped",
            "unhealthy",
            "idle",
            "parked",
            "removed",
            "unpaired",
            "logged_out",
            "banned",
            "replaced",
            "released",
        ],
        Field(description="what ended it"),
    ]
    reason: Reason | None = None
    retry_at: Annotated[Moment | None, Field(description="no new refresh before, drawn when mending did not last")] = (
        None
    )


LinkEvent = (
    DeviceConnected
    | DeviceDisconnected
    | RefreshStarted
    | RefreshSucceeded
    | RefreshFailed
    | RefreshAdvanced
    | RefreshJoined
    | RefreshQueued
)
