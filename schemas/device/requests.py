"""What may be asked of a device."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from schemas.device.body import Body
from schemas.device.outcomes import Jid, ProviderMessageId, ReportedOutcome
from schemas.edition import Edition
from schemas.marks import GivenMoment, Id, Personal, Seconds, Text
from schemas.message import Request, message
from schemas.uniqueness.questions import UniquenessAnswered

To = Annotated[
    str,
    Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$", description="the recipient"),
    Personal(),
]
Campaign = Annotated[str, Field(pattern=r"^[A-Za-z0-9._:@+/=-]{1,128}$", description="the campaign it belongs to")]
Driver = Annotated[Text, Field(description="name of the driver that talks to it")]
Name = Annotated[Text, Field(description="what people call the device"), Personal()]
Credential = Annotated[Text, Field(description="name of the credential in the settings, never itself")]
PaceMin = Annotated[Seconds, Field(le=3600, description="shortest pause after a send")]
PaceMax = Annotated[Seconds, Field(le=3600, description="longest pause after a send")]
PhoneMethod = Annotated[Literal["qr", "code"], Field(description="how the phone is shown to be meant")]
PairingMethod = Annotated[
    Literal["qr", "code", "import"],
    Field(description="how the phone is shown to be meant; import: none is, the session of `jid` is there already"),
]
DeliveryStatus = Annotated[Literal["sent", "delivered", "read", "failed"], Field(description="how far the message got")]
DeliveryNote = Annotated[Text, Field(description="what the platform added")]
Content = Annotated[Body, Field(description="what is sent")]
Reader = Annotated[
    Text, Field(description="whose device it was, in a group; a number, or the platform's id of a person"), Personal()
]
Sender = Annotated[
    Text, Field(min_length=1, description="who wrote: a number, or the platform's id of a person"), Personal()
]
Chat = Annotated[Text, Field(description="the group it was written in; none: to the device alone"), Personal()]
RepliesTo = Annotated[
    Text, Field(description="the platform's id of the message it answers: `provider_message_id` of a send")
]
Attached = Annotated[
    Literal["image", "document", "audio", "video"], Field(description="what came with it, where no file was fetched")
]
Written = Annotated[Body, Field(description="what was written; the text may be a caption")]
Shortened = Annotated[bool, Field(description="whether the text was longer, and was cut to what the log takes")]
MessageHash = Annotated[str, Field(pattern="^[0-9a-f]{32}$", description="the send's 128-bit message id")]


@message
class SendRequested(Request):
    """Send `body` to `to`, once; the envelope's `id` names it for ever."""

    type: ClassVar[str] = "send_requested"
    to: To
    body: Content
    campaign: Campaign | None = None
    not_before: Annotated[GivenMoment | None, Field(description="not sent earlier")] = None
    expires_at: Annotated[GivenMoment | None, Field(description="not sent later; default 24 h, at most 14 d")] = None


@message
class SendCancellationRequested(Request):
    """Cancel one waiting send, or all of a campaign that wait on this device; name exactly one of the two."""

    type: ClassVar[str] = "send_cancellation_requested"
    request_id: Annotated[Id | None, Field(description="the waiting send to cancel")] = None
    campaign: Campaign | None = None


@message
class SendResolutionRequested(Request):
    """A person says what became of an uncertain send."""

    type: ClassVar[str] = "send_resolution_requested"
    request_id: Annotated[Id, Field(description="the uncertain send")]
    resolution: Annotated[
        Literal["sent", "send_again", "give_up"], Field(description="what became of it, or what to do")
    ]


@message
class RefreshRequested(Request):
    """Mend the device's link; a healthy one is left alone."""

    type: ClassVar[str] = "refresh_requested"


@message
class DeviceRegistrationRequested(Request):
    """Add a device to the fleet."""

    type: ClassVar[str] = "device_registration_requested"
    driver: Driver
    name: Name = ""
    credential: Credential | None = None
    pace_min_s: PaceMin = 0.0
    pace_max_s: PaceMax = 0.0


@message
class DeviceChangeRequested(Request):
    """Change what is given; what is not given stays."""

    type: ClassVar[str] = "device_change_requested"
    name: Name | None = None
    credential: Credential | None = None
    pace_min_s: PaceMin | None = None
    pace_max_s: PaceMax | None = None
    edition: Edition | None = None


@message
class DeviceRemovalRequested(Request):
    """Take the device out of the fleet; its waiting sends are cancelled."""

    type: ClassVar[str] = "device_removal_requested"
    edition: Edition | None = None


@message
class DeviceParkRequested(Request):
    """Stop sending on the device; its sends wait in order."""

    type: ClassVar[str] = "device_park_requested"
    reason: Annotated[Text, Field(description="why, for whoever looks later")] = "asked"
    until: Annotated[GivenMoment | None, Field(description="resumes by itself then; none: by a person")] = None


@message
class DeviceResumeRequested(Request):
    """Let a parked device go on."""

    type: ClassVar[str] = "device_resume_requested"


@message
class DevicePairingRequested(Request):
    """Pair the device with a phone."""

    type: ClassVar[str] = "device_pairing_requested"
    method: PairingMethod = "qr"
    phone: Annotated[Text | None, Personal(), Field(description="for method code")] = None
    jid: Annotated[Jid | None, Field(description="for method import")] = None


@message
class DeviceUnpairingRequested(Request):
    """Log the device out of its phone."""

    type: ClassVar[str] = "device_unpairing_requested"


@message
class DeliveryReported(Request):
    """A platform says how far a message got."""

    type: ClassVar[str] = "delivery_reported"
    message_id: MessageHash | None = None
    provider_message_id: ProviderMessageId | None = None
    status: DeliveryStatus
    at: Annotated[GivenMoment | None, Field(description="the platform's time")] = None
    note: DeliveryNote | None = None
    by: Reader | None = None


@message
class MessageReported(Request):
    """A platform says that somebody wrote to the device."""

    type: ClassVar[str] = "message_reported"
    provider_message_id: Annotated[ProviderMessageId, Field(min_length=1)]
    sender: Sender
    chat: Chat | None = None
    body: Written
    attached: Attached | None = None
    replies_to: RepliesTo | None = None
    at: Annotated[GivenMoment | None, Field(description="the platform's time")] = None
    shortened: Shortened = False


@message
class OutcomeReported(Request):
    """A process that is owner no more hands on what came of an attempt it had begun."""

    type: ClassVar[str] = "outcome_reported"
    message_id: MessageHash
    attempt: Annotated[int, Field(ge=1, description="the attempt's number")]
    outcome: Annotated[ReportedOutcome, Field(description="what came of it")]


DeviceRequest = (
    SendRequested
    | OutcomeReported
    | SendCancellationRequested
    | SendResolutionRequested
    | RefreshRequested
    | DeviceRegistrationRequested
    | DeviceChangeRequested
    | DeviceRemovalRequested
    | DeviceParkRequested
    | DeviceResumeRequested
    | DevicePairingRequested
    | DeviceUnpairingRequested
    | DeliveryReported
    | MessageReported
    | UniquenessAnswered
)
