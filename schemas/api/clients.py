"""A client as the API shows it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.api.document import Document, LastPosition
from schemas.marks import Id, Moment, Personal

ClientState = Literal["creating", "live", "changing", "rejected", "removing", "removed"]


class ClientDocument(Document):
    """A customer record, as far as the log says."""

    id: Annotated[Id, Field(description="the client's id")]
    name: Annotated[str, Field(description="the client's name"), Personal()]
    email: Annotated[str | None, Field(description="its address, which no other client has"), Personal()]
    phone: Annotated[str | None, Field(description="its phone number"), Personal()]
    company: Annotated[str | None, Field(description="the company that it belongs to"), Personal()]
    user_id: Annotated[Id | None, Field(alias="userId", description="who it is to the program that made it")]
    state: Annotated[ClientState, Field(description="what holds of it now")]
    reason: Annotated[str | None, Field(description="why its last creation or change was rejected")]
    created_at: Annotated[Moment | None, Field(description="of its creation; null before it")]
    last_event_at: Annotated[Moment, Field(description="of the last event that concerned it")]
    position: LastPosition


class ClientAnswer(Document):
    """One client."""

    client: Annotated[ClientDocument, Field(description="as it is now")]
