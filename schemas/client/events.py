"""What happens to a client. `request` is the offset of the request in `client-requests` that it belongs to."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from schemas.client.requests import Company, Email, Name, Phone, UserId
from schemas.marks import Offset
from schemas.message import Event, message
from schemas.uniqueness.questions import UniqueValue, ValueReleaseRecorded

CreationOffset = Annotated[Offset, Field(description="offset of the creation request that was decided first")]
ChangeOffset = Annotated[Offset, Field(description="offset of the change request")]
RemovalOffset = Annotated[Offset, Field(description="offset of the removal request")]
WhyRejected = Annotated[
    Literal["email_taken", "stale"], Field(description="another client has the email, or the question was too old")
]


@message
class ClientCreationStarted(Event):
    """Whether another client has the email is asked: the open question. Always a fate."""

    type: ClassVar[str] = "client_creation_started"
    request: CreationOffset
    name: Name
    email: Email
    phone: Phone | None = None
    company: Company | None = None
    user_id: UserId | None = None
    value: UniqueValue


@message
class ClientCreationJoined(Event):
    """The same client is being created: this creation shares that one's outcome. Always a fate."""

    type: ClassVar[str] = "client_creation_joined"
    request: CreationOffset


@message
class ClientCreated(Event):
    """The client is there."""

    type: ClassVar[str] = "client_created"
    request: CreationOffset
    name: Name
    email: Email | None = None
    phone: Phone | None = None
    company: Company | None = None
    user_id: UserId | None = None
    value: UniqueValue | None = None


@message
class ClientCreationRejected(Event):
    """The client is not created."""

    type: ClassVar[str] = "client_creation_rejected"
    request: CreationOffset
    reason: WhyRejected


@message
class ClientChangeStarted(Event):
    """Whether another client has the new email is asked: the open question. Always a fate."""

    type: ClassVar[str] = "client_change_started"
    request: ChangeOffset
    name: Name
    email: Email
    phone: Phone | None = None
    company: Company | None = None
    user_id: UserId | None = None
    value: UniqueValue


@message
class ClientChanged(Event):
    """The client as it is from now on."""

    type: ClassVar[str] = "client_changed"
    request: ChangeOffset
    name: Name
    email: Email | None = None
    phone: Phone | None = None
    company: Company | None = None
    user_id: UserId | None = None
    value: UniqueValue | None = None


@message
class ClientChangeRejected(Event):
    """The client stays as it is."""

    type: ClassVar[str] = "client_change_rejected"
    request: ChangeOffset
    reason: WhyRejected


@message
class ClientRemovalStarted(Event):
    """The client is going: its email is being released. Always a fate."""

    type: ClassVar[str] = "client_removal_started"
    request: RemovalOffset


@message
class ClientRemoved(Event):
    """The client is gone until created anew."""

    type: ClassVar[str] = "client_removed"
    request: RemovalOffset


ClientLifeEvent = (
    ClientCreationStarted
    | ClientCreationJoined
    | ClientCreated
    | ClientCreationRejected
    | ClientChangeStarted
    | ClientChanged
    | ClientChangeRejected
    | ClientRemovalStarted
    | ClientRemoved
    | ValueReleaseRecorded
)
