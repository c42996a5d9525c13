"""A refresh as the API shows it: why, step by step, who joined it, and what came of it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.api.document import Count, Document, LastPosition, RequestPosition
from schemas.marks import Id, Moment


class StepDocument(Document):
    """A step that a refresh reached."""

    step: Annotated[str, Field(description="what was reached")]
    at: Annotated[Moment, Field(description="when")]


class JoinDocument(Document):
    """A send or a refresh request that shares a refresh's outcome."""

    kind: Annotated[Literal["send", "request"], Field(description="which of the two")]
    request: RequestPosition
    request_id: Annotated[str | None, Field(description="a send's id; null for a refresh request")]
    actor: Annotated[str | None, Field(description="who asked")]
    joined_at: Annotated[Moment, Field(description="when it joined")]


class RefreshDocument(Document):
    """One mending of a device's link."""

    device_id: Annotated[Id, Field(description="the device")]
    refresh: Annotated[Count, Field(description="its number, counted by device")]
    why: Annotated[str, Field(description="what needed it: send, requested, retry or reconcile")]
    cause: Annotated[str, Field(description="what asked for it: request:OFFSET is that request")]
    actor: Annotated[str | None, Field(description="who asked for it")]
    steps: Annotated[list[StepDocument], Field(description="how far it came, in order")]
    queued_at: Annotated[Moment | None, Field(description="when it began to wait for its turn; null: it did not")]
    started_at: Annotated[Moment | None, Field(description="when it began")]
    ended_at: Annotated[Moment | None, Field(description="when it ended; null: it is open")]
    outcome: Annotated[str | None, Field(description="what came of it; null: it is open")]
    reason: Annotated[str | None, Field(description="why it ended so")]
    retry_at: Annotated[Moment | None, Field(description="when the next one is tried")]
    joins: Annotated[Count, Field(description="how many joined it")]
    joined: Annotated[list[JoinDocument], Field(description="the first of them, at most 10")]
    position: LastPosition
