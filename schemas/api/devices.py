"""A device as the API shows it: what the log says of it, beside what was last observed of its link."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.api.document import Count, Document, LastPosition, LogPosition
from schemas.api.sends import SendState
from schemas.marks import Id, Moment, Personal, Seconds

DeviceKind = Literal["linked", "platform"]
DeviceState = Literal["registered", "refreshing", "connected", "disconnected", "ready", "parked", "removed"]


class ConnectionDocument(Document):
    """A device's live link, or its last one."""

    device_id: Annotated[Id, Field(description="the device")]
    link: Annotated[Count, Field(description="its number: that of the refresh that made it")]
    kind: Annotated[str, Field(description="link")]
    live: Annotated[bool, Field(description="whether it has not ended yet, as far as the log says")]
    worker: Annotated[str, Field(description="the process that holds or held it, by its instance id")]
    since: Annotated[Moment, Field(description="when it was made")]
    last_seen: Annotated[Moment, Field(description="of the last event that used it or came over it: the evidence")]
    ended_at: Annotated[Moment | None, Field(description="when it ended; null: it lives")]
    why: Annotated[str | None, Field(description="why it ended")]
    position: LastPosition


class LastSendDocument(Document):
    """The send that was last asked of a device: how sending goes."""

    request_id: Annotated[Id, Field(description="its id")]
    state: Annotated[SendState, Field(description="what holds of it now")]
    decided_at: Annotated[Moment, Field(description="when its request was decided")]
    attempted_at: Annotated[Moment | None, Field(description="when its last attempt began")]
    settled_at: Annotated[Moment | None, Field(description="when it came to its end")]


class DeviceDocument(Document):
    """A device: its state, and the evidence for it."""

    device_id: Annotated[Id, Field(description="the device")]
    driver: Annotated[str, Field(description="what talks to it")]
    kind: Annotated[
        DeviceKind, Field(description="linked: its link is mended; platform: it has none, and is always ready")
    ]
    name: Annotated[str, Field(description="what people call it"), Personal()]
    credential: Annotated[str | None, Field(description="the name of its credential; the settings say what it is")]
    jid: Annotated[str | None, Field(description="the account that it is or was last connected as"), Personal()]
    pace_min_s: Annotated[Seconds, Field(description="shortest pause after a send, seconds")]
    pace_max_s: Annotated[Seconds, Field(description="longest pause after a send, seconds")]
    state: Annotated[DeviceState, Field(description="what holds of it now, as far as the log says")]
    reason: Annotated[str | None, Field(description="why it is so")]
    until: Annotated[Moment | None, Field(description="end of the park, or when its next refresh is tried")]
    refreshes: Annotated[Count, Field(description="number of its last refresh")]
    failures: Annotated[Count, Field(description="refreshes and attempts without a link since the last settled send")]
    waiting: Annotated[int, Field(description="sends that wait on it")]
    in_flight: Annotated[
        list[LogPosition], Field(description="requests of the sends that are attempted or found out about")
    ]
    worker: Annotated[str | None, Field(description="who owns its partition; null: nobody, so nothing happens on it")]
    connection: Annotated[
        ConnectionDocument | None, Field(description="its link, live or last; null: it never had one")
    ]
    last_send: Annotated[LastSendDocument | None, Field(description="what was last asked of it; null: nothing ever")]
    registered_at: Annotated[Moment, Field(description="of its registration")]
    last_event_at: Annotated[Moment, Field(description="of the last event that concerned it")]
    position: LastPosition
