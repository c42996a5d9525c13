"""How a device comes, changes, parks, pairs and goes; and what it receives."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from schemas.device.outcomes import Jid, ProviderMessageId
from schemas.device.requests import (
    Attached,
    Chat,
    Credential,
    Driver,
    Name,
    PaceMax,
    PaceMin,
    PairingMethod,
    RepliesTo,
    Sender,
    Shortened,
    Written,
)
from schemas.marks import Moment, Offset, Personal, Text
from schemas.message import Event, message
from schemas.uniqueness.questions import UniqueValue, ValueReleaseRecorded

PairingNumber = Annotated[Offset, Field(description="the pairing: the offset of its device_pairing_started")]


@message
class DeviceRegistered(Event):
    """The device is part of the fleet."""

    type: ClassVar[str] = "device_registered"
    driver: Driver
    linked: Annotated[bool, Field(description="whether it has a link; a platform device has none")]
    name: Name = ""
    credential: Credential | None = None
    pace_min_s: PaceMin = 0.0
    pace_max_s: PaceMax = 0.0


@message
class DeviceChanged(Event):
    """The device as it is from now on."""

    type: ClassVar[str] = "device_changed"
    name: Name
    credential: Credential | None = None
    pace_min_s: PaceMin
    pace_max_s: PaceMax


@message
class DeviceRemoved(Event):
    """The device is gone until registered anew: no attempt, no connect. Its sends are cancelled next."""

    type: ClassVar[str] = "device_removed"
    waiting: Annotated[int, Field(ge=0, description="sends that waited")]


@message
class DeviceParked(Event):
    """Nothing is sent or mended on the device until `until`, or until a person resumes it."""

    type: ClassVar[str] = "device_parked"
    reason: Annotated[Text, Field(description="asked, needs_pairing, banned, replaced_elsewhere, or a person's words")]
    by: Annotated[Literal["person", "device"], Field(description="who stopped it")]
    until: Annotated[Moment | None, Field(description="resumes by itself then; none: by a person")] = None


@message
class DeviceResumed(Event):
    """The device goes on."""

    type: ClassVar[str] = "device_resumed"
    why: Annotated[Literal["asked", "until_passed", "paired"], Field(description="what let it go on")]


@message
class DevicePairingStarted(Event):
    """The intent to pair; QR codes and the like travel as device signals, never in the log."""

    type: ClassVar[str] = "device_pairing_started"
    method: PairingMethod
    phone: Annotated[Text | None, Personal(), Field(description="for method code")] = None
    jid: Annotated[Jid | None, Field(description="for method import: the session that is there")] = None
    until: Annotated[Moment | None, Field(description="given up then, unless the phone has answered")] = None


@message
class DevicePairingClaimStarted(Event):
    """The phone answered as `jid`; whether another device holds that is asked. The open question."""

    type: ClassVar[str] = "device_pairing_claim_started"
    jid: Jid
    value: UniqueValue
    pairing: PairingNumber | None = None


@message
class DevicePaired(Event):
    """The device is paired: `jid` names its session."""

    type: ClassVar[str] = "device_paired"
    jid: Jid
    pairing: PairingNumber | None = None


@message
class DevicePairingFailed(Event):
    """The pairing came to nothing; a session that came of it is ended at the platform, unless it was imported."""

    type: ClassVar[str] = "device_pairing_failed"
    why: Annotated[
        Text,
        Field(description="timeout, cancelled, removed, owner_lost, taken, stale, or the driver's words"),
    ]
    pairing: PairingNumber | None = None
    jid: Annotated[Jid | None, Field(description="as which the phone had answered")] = None
    imported: Annotated[bool, Field(description="the session was there before, and is left alone")] = False


@message
class DeviceUnpaired(Event):
    """The device has no session any more; it keeps its history."""

    type: ClassVar[str] = "device_unpaired"
    why: Annotated[Literal["asked", "logged_out", "removed"], Field(description="what ended the session")]
    pairing: Annotated[PairingNumber | None, Field(description="the pairing that made the session")] = None
    jid: Annotated[Jid | None, Field(description="the session that ended, where it was known")] = None


@message
class MessageReceived(Event):
    """Somebody wrote to the device."""

    type: ClassVar[str] = "message_received"
    sender: Sender
    body: Written
    provider_message_id: ProviderMessageId | None = None
    at: Annotated[Moment | None, Field(description="the platform's time")] = None
    chat: Chat | None = None
    attached: Attached | None = None
    replies_to: RepliesTo | None = None
    shortened: Shortened = False


LifecycleEvent = (
    DeviceRegistered
    | DeviceChanged
    | DeviceRemoved
    | DeviceParked
    | DeviceResumed
    | DevicePairingStarted
    | DevicePairingClaimStarted
    | DevicePaired
    | DevicePairingFailed
    | DeviceUnpaired
    | MessageReceived
    | ValueReleaseRecorded
)
