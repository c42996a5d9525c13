"""What happens to a send. `request` is the offset of its request in `device-requests`: the send's number."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from schemas.device.outcomes import ProviderMessageId, Reason, Until
from schemas.device.requests import Campaign, Content, DeliveryNote, DeliveryStatus, MessageHash, Reader, To
from schemas.marks import Moment, Offset, Text
from schemas.message import Event, message

RequestOffset = Annotated[Offset, Field(description="offset of the send's request in the requests partition")]
RequestName = Annotated[Text, Field(description="the producer's request id")]
Attempt = Annotated[int, Field(ge=1, description="counts the send's attempts from 1")]
PaceUntil = Annotated[Moment | None, Field(description="the drawn end of the pause after it")]
RefreshNumber = Annotated[int, Field(ge=1, description="counts the device's refreshes from 1")]
LinkNumber = Annotated[int, Field(ge=1, description="the refresh that made the link")]


@message
class Send:
    """The whole send, as its fate states it: what a replay needs to know it."""

    to: To
    body: Content
    campaign: Campaign | None = None
    not_before: Annotated[Moment | None, Field(description="not sent earlier")] = None
    expires_at: Annotated[Moment, Field(description="not sent later")]
    digest: Annotated[
        str, Field(pattern="^[0-9a-f]{16}$", description="of the asked content; tells repeats from reuse")
    ]


class AboutSend(Event):
    """Something that happened to a send; telling so by this class is ten times cheaper than by the union below."""

    __slots__ = ()


@message
class SendQueued(AboutSend):
    """The send waits in its device's queue. Always its fate."""

    type: ClassVar[str] = "send_queued"
    request: RequestOffset
    request_id: RequestName
    send: Annotated[Send, Field(description="the whole send")]
    reason: Annotated[
        Literal["busy", "pacing", "refreshing", "backing_off", "parked", "budget", "not_due", "held", "unpaired"],
        Field(description="what it waits for"),
    ]
    refresh: Annotated[RefreshNumber | None, Field(description="the refresh it joins")] = None


@message
class SendAttempted(AboutSend):
    """The intent to send: once this is acknowledged, the message may leave. Fate when `send` is given."""

    type: ClassVar[str] = "send_attempted"
    request: RequestOffset
    request_id: RequestName
    attempt: Attempt
    message_id: MessageHash
    link: Annotated[LinkNumber | None, Field(description="none on a platform device")] = None
    known_chat: Annotated[bool | None, Field(description="the driver's word, while new chats are locked")] = None
    send: Annotated[Send | None, Field(description="the whole send, where this is its fate")] = None


@message
class SendReturned(AboutSend):
    """Nothing left: the send is at the head of its queue again."""

    type: ClassVar[str] = "send_returned"
    request: RequestOffset
    request_id: RequestName
    attempt: Attempt
    reason: Annotated[Text, Field(description="not_started, or why there was no link")]
    retry_at: Annotated[Moment | None, Field(description="no new refresh before, drawn when mending did not last")] = (
        None
    )


@message
class SendAccepted(AboutSend):
    """The platform took the message over. The send is done."""

    type: ClassVar[str] = "send_accepted"
    request: RequestOffset
    request_id: RequestName
    attempt: Attempt
    provider_message_id: ProviderMessageId | None = None
    pace_until: PaceUntil = None


@message
class SendRejected(AboutSend):
    """The send is over without having been taken."""

    type: ClassVar[str] = "send_rejected"
    request: RequestOffset
    request_id: RequestName
    attempt: Attempt
    reason: Reason
    pace_until: PaceUntil = None


@message
class SendDeferred(AboutSend):
    """The send is tried again at `until`; it holds its queue, or with new_chat_locked steps aside."""

    type: ClassVar[str] = "send_deferred"
    request: RequestOffset
    request_id: RequestName
    attempt: Attempt
    reason: Reason
    until: Until


@message
class SendReconciling(AboutSend):
    """The intent to ask what became of an attempt, or to repeat it under the same message id."""

    type: ClassVar[str] = "send_reconciling"
    request: RequestOffset
    request_id: RequestName
    attempt: Annotated[int, Field(ge=1, description="the attempt asked for; of a repeat: its own number")]
    until: Annotated[Moment, Field(description="set once: then the send is uncertain")]
    by: Annotated[Literal["ask", "repeat"], Field(description="ask, or repeat under the same message id")]
    link: LinkNumber | None = None
    message_id: MessageHash
    reason: Annotated[Text, Field(description="why the outcome is not known")]
    again_at: Annotated[Moment, Field(description="drawn: when to ask or repeat next, if this brings nothing")]


@message
class SendUncertain(AboutSend):
    """Whether the message left stays unknown until a person or a late outcome says. The queue goes on."""

    type: ClassVar[str] = "send_uncertain"
    request: RequestOffset
    request_id: RequestName
    attempt: Attempt
    reason: Reason
    pace_until: PaceUntil = None


@message
class SendResolved(AboutSend):
    """What became of an uncertain send is known, or decided by a person."""

    type: ClassVar[str] = "send_resolved"
    request: RequestOffset
    request_id: RequestName
    attempt: Attempt
    resolution: Annotated[
        Literal["sent", "rejected", "not_sent", "send_again", "give_up"],
        Field(description="what became of it, or what was decided"),
    ]
    by: Annotated[Literal["outcome", "person"], Field(description="a late outcome, or a person")]
    provider_message_id: ProviderMessageId | None = None
    reason: Reason | None = None


@message
class SendExpired(AboutSend):
    """The send's time ran out before it left."""

    type: ClassVar[str] = "send_expired"
    request: RequestOffset
    request_id: RequestName


@message
class SendCancelled(AboutSend):
    """The send was taken back before it left."""

    type: ClassVar[str] = "send_cancelled"
    request: RequestOffset
    request_id: RequestName
    reason: Annotated[Literal["asked", "campaign_cancelled", "device_removed"], Field(description="who took it back")]


@message
class SendRepeated(AboutSend):
    """The same request id with the same content again: nothing is sent."""

    type: ClassVar[str] = "send_repeated"
    request_id: RequestName
    first: Annotated[Offset, Field(description="offset of the first request")]
    settled: Annotated[bool, Field(description="whether the first is over")]


@message
class CampaignCancelled(AboutSend):
    """Every send of the campaign that waits on this device and was asked for before `up_to` is cancelled."""

    type: ClassVar[str] = "campaign_cancelled"
    campaign: Campaign
    up_to: Annotated[Offset, Field(description="offset of the cancelling request")]
    sends: Annotated[int, Field(ge=0, description="how many waited")]


@message
class DeliveryRecorded(AboutSend):
    """How far a message got, by its platform."""

    type: ClassVar[str] = "delivery_recorded"
    message_id: MessageHash | None = None
    provider_message_id: ProviderMessageId | None = None
    status: DeliveryStatus
    at: Annotated[Moment | None, Field(description="the platform's time")] = None
    note: DeliveryNote | None = None
    request: Annotated[Offset | None, Field(description="the send, where it is still known")] = None
    by: Reader | None = None


SendEvent = (
    SendAttempted
    | SendAccepted
    | SendQueued
    | SendReturned
    | SendRejected
    | SendDeferred
    | SendReconciling
    | SendUncertain
    | SendResolved
    | SendExpired
    | SendCancelled
    | SendRepeated
    | CampaignCancelled
    | DeliveryRecorded
)
