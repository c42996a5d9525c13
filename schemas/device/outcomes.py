"""What a driver may say of a send, an ask, a connect or a link (design §5, the outcome table)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from schemas.marks import GivenMoment, Personal, Text

ProviderMessageId = Annotated[Text, Field(description="the platform's own id of the message")]
Reason = Annotated[Text, Field(description="why, in the platform's or the driver's words")]
Jid = Annotated[Text, Field(description="the account on the platform"), Personal()]
Until = Annotated[GivenMoment, Field(description="not tried again before")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The platform took the message over."""

    provider_message_id: ProviderMessageId | None = None
    kind: Literal["accepted"] = "accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """The platform refused the message for good."""

    reason: Reason
    kind: Literal["rejected"] = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deferred:
    """The platform asks to try again at `until`; nothing left."""

    until: Until
    reason: Reason
    kind: Literal["deferred"] = "deferred"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotConnected:
    """The link was not there; nothing left."""

    reason: Reason = "not_connected"
    kind: Literal["not_connected"] = "not_connected"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewChatLocked:
    """The account may not write to new chats before `until`; nothing left."""

    until: Until
    kind: Literal["new_chat_locked"] = "new_chat_locked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncertain:
    """Whether the message left is not known."""

    reason: Reason
    kind: Literal["uncertain"] = "uncertain"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotFound:
    """The platform does not (yet) know the message id asked for; never read as "not sent"."""

    kind: Literal["not_found"] = "not_found"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotStarted:
    """The effect was dropped before it began; nothing left. Said by the process, never by a driver."""

    kind: Literal["not_started"] = "not_started"


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """The link is up and logged in."""

    jid: Jid | None = None
    kind: Literal["connected"] = "connected"


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedsPairing:
    """The session is gone: a person has to pair the device again."""

    reason: Reason = "logged_out"
    kind: Literal["needs_pairing"] = "needs_pairing"


@dataclass(frozen=True, slots=True, kw_only=True)
class BannedUntil:
    """The platform shut the account out until then."""

    until: Until
    reason: Reason = "banned"
    kind: Literal["banned_until"] = "banned_until"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplacedElsewhere:
    """Another program took the session; it is not fought."""

    kind: Literal["replaced_elsewhere"] = "replaced_elsewhere"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreachable:
    """The link could not be made now; it may be later."""

    reason: Reason
    kind: Literal["unreachable"] = "unreachable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Advanced:
    """A connect reached a step."""

    step: Text
    kind: Literal["advanced"] = "advanced"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """A link that was up is down."""

    reason: Reason
    kind: Literal["dropped"] = "dropped"


SendOutcome = Accepted | Rejected | Deferred | NotConnected | NewChatLocked | Uncertain | NotFound | NotStarted
"""What can come of a send or, with `NotFound`, of an ask."""

ConnectOutcome = Connected | NeedsPairing | BannedUntil | ReplacedElsewhere | Unreachable
"""What ends a connect."""

LinkReport = Advanced | Dropped | NeedsPairing | BannedUntil | ReplacedElsewhere
"""What a driver says of a link by itself: on the way up, or at any time after."""

ReportedOutcome = Annotated[
    Accepted | Rejected | Deferred | NotConnected | NewChatLocked | Uncertain | NotFound | NotStarted,
    Field(discriminator="kind"),
]
"""A send's outcome as it travels in `outcome_reported`."""
