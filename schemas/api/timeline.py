"""A line of a device's timeline as the API shows it: one record of the log."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from schemas.api.document import Count, Document
from schemas.marks import Moment


class TimelineLineDocument(Document):
    """A record of a device's history, or one that changed who owns its partition."""

    time: Annotated[Moment, Field(description="of the decision; of a request, when it was appended")]
    topic: Annotated[str, Field(description="where it lies, as Kafka calls the topic")]
    partition: Annotated[int, Field(ge=0, description="in which partition")]
    offset: Annotated[int, Field(ge=0, description="at which offset")]
    stream_id: Annotated[str, Field(description="whose it is; (partition) for all of its partition")]
    kind: Annotated[Literal["request", "event"], Field(description="which of the two")]
    type: Annotated[str, Field(description="what it is: docs/messages.md lists them")]
    counts: Annotated[bool | None, Field(description="false: void; null: the log begins too late to tell")]
    cause: Annotated[str | None, Field(description="what brought it about; of a request, its source and id")]
    actor: Annotated[str | None, Field(description="who asked for it")]
    reason: Annotated[str | None, Field(description="what they gave as the reason")]
    decides: Annotated[Count | None, Field(description="the offset of the request whose fate it is")]
    data: Annotated[dict[str, Any], Field(description="what it says; its fields stand in docs/messages.md")]
