"""What became of a request that is no send, as its answer says."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from schemas.api.document import Document, LogPosition
from schemas.marks import Moment


class EventDocument(Document):
    """An event: its type, its time, and what it says (docs/messages.md)."""

    model_config = ConfigDict(extra="allow")
    type: Annotated[str, Field(description="its type in the log")]
    time: Annotated[Moment, Field(description="when it was decided")]


class OutcomeDocument(Document):
    """What was decided, and what came of it while somebody waited."""

    request_id: Annotated[str, Field(description="the request's id in the log")]
    position: Annotated[LogPosition, Field(description="of the last of the events; `at_least` takes it")]
    outcome: Annotated[str, Field(description="the type of the last of the events")]
    events: Annotated[list[EventDocument], Field(description="what was heard, the fate first")]


class AcceptedDocument(Document):
    """It is in the log, and goes on."""

    model_config = ConfigDict(extra="allow")
    request_id: Annotated[str, Field(description="the request's id in the log")]
    position: Annotated[LogPosition, Field(description="how far it has come")]
    status_url: Annotated[str, Field(description="where to ask what became of it")]
