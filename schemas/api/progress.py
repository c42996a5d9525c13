"""How far a send has come, as the answer to whoever asked for it says."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.api.document import Document, LogPosition, RequestPosition
from schemas.api.sends import SendState
from schemas.marks import Id, Moment

ProgressState = Literal["logged", SendState, "refused", "repeated"]
SETTLED = frozenset({"accepted", "rejected", "uncertain", "resolved", "expired", "cancelled", "refused"})
"""States in which nothing more will become of the send by itself."""


class SendProgress(Document):
    """A send that is in the log; what is not known yet is left out."""

    request_id: Annotated[Id, Field(description="names the send for ever")]
    device_id: Annotated[Id, Field(description="the device that sends it")]
    request: RequestPosition
    state: Annotated[ProgressState, Field(description="`logged`: acknowledged by all replicas, not decided yet")]
    position: Annotated[LogPosition | None, Field(description="of the last event heard; `at_least` takes it")] = None
    repeated: Annotated[bool | None, Field(description="it was asked for before, and is not sent again")] = None
    status_url: Annotated[str | None, Field(description="where to ask what became of it")] = None
    reason: Annotated[str | None, Field(description="why it waits, or why it ended so")] = None
    detail: Annotated[str | None, Field(description="of a refusal: what is wrong, and what to do")] = None
    attempt: Annotated[int | None, Field(description="counts its attempts from 1")] = None
    message_id: Annotated[str | None, Field(description="what its platform was told to call it")] = None
    provider_message_id: Annotated[str | None, Field(description="what its platform calls it")] = None
    until: Annotated[Moment | None, Field(description="when it is tried again, or no longer found out about")] = None
    resolution: Annotated[str | None, Field(description="what was found or said of an uncertain one")] = None


class SendsProgress(Document):
    """Many sends, in the order in which they were asked for."""

    items: Annotated[list[SendProgress], Field(description="one for each send")]
