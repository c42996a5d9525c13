"""A send as the API shows it: what was asked, what was tried, what came of it, and what its platform reported."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.api.document import Count, Document, LastPosition, RequestPosition
from schemas.marks import Id, Moment, Personal

SendState = Literal[
    "waiting",
    "attempting",
    "reconciling",
    "deferred",
    "accepted",
    "rejected",
    "uncertain",
    "resolved",
    "expired",
    "cancelled",
]


class MediaDocument(Document):
    """A file that lies elsewhere."""

    kind: Annotated[Literal["image", "document", "audio", "video"], Field(description="how the file is shown")]
    url: Annotated[str, Field(description="where the file lies"), Personal()]
    filename: Annotated[str | None, Field(description="the name it is shown under"), Personal()]


class BodyDocument(Document):
    """A message's content."""

    text: Annotated[str, Field(description="the text, or the medium's caption"), Personal()]
    media: Annotated[MediaDocument | None, Field(description="the file that is sent")]


class SendDocument(Document):
    """A send and what became of it."""

    request_id: Annotated[Id, Field(description="the id that its producer gave it")]
    request: RequestPosition
    device_id: Annotated[Id, Field(description="the device that sends it")]
    to: Annotated[str, Field(description="to whom"), Personal()]
    body: Annotated[BodyDocument, Field(description="what is sent")]
    campaign: Annotated[str | None, Field(description="the campaign that it belongs to")]
    not_before: Annotated[Moment | None, Field(description="when it comes due; null: at once")]
    expires_at: Annotated[Moment, Field(description="when it is given up if it still waits")]
    state: Annotated[SendState, Field(description="what holds of it now")]
    reason: Annotated[str | None, Field(description="why it waits, or why it ended so")]
    until: Annotated[Moment | None, Field(description="when it is tried again, or no longer found out about")]
    resolution: Annotated[str | None, Field(description="what a person or the platform said of an uncertain one")]
    attempts: Annotated[Count, Field(description="how often it was tried")]
    message_id: Annotated[str | None, Field(description="what its platform was told to call it; one for all attempts")]
    provider_message_id: Annotated[str | None, Field(description="what its platform calls it")]
    decided_at: Annotated[Moment, Field(description="when its request was decided")]
    queued_at: Annotated[Moment | None, Field(description="when it began to wait; null: it never did")]
    attempted_at: Annotated[Moment | None, Field(description="when the last attempt began")]
    settled_at: Annotated[Moment | None, Field(description="when it came to its end; null: it has not")]
    repeats: Annotated[Count, Field(description="how often the same request came again, and was not sent again")]
    sent_at: Annotated[Moment | None, Field(description="its platform reported that it was sent")]
    delivered_at: Annotated[Moment | None, Field(description="its platform reported that it arrived")]
    read_at: Annotated[Moment | None, Field(description="its platform reported that it was read")]
    failed_at: Annotated[Moment | None, Field(description="its platform reported that it failed")]
    delivery_note: Annotated[str | None, Field(description="what its platform said beside")]
    position: LastPosition
