"""A person's connection to the hub as the API shows it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from schemas.api.document import Document, LastPosition
from schemas.connection.requests import ConnectionKind, WhyClosed
from schemas.marks import Id, Moment


class UserConnectionDocument(Document):
    """A user's live connection, or the last one."""

    user: Annotated[Id, Field(description="whose it is")]
    connection: Annotated[str, Field(description="its id, which its node has drawn")]
    node: Annotated[str, Field(description="the hub's node that holds or held it")]
    kind: ConnectionKind
    live: Annotated[bool, Field(description="whether it has not ended yet, as far as the log says")]
    groups: Annotated[list[str], Field(description="what it listens to; an ended one is in no group")]
    since: Annotated[Moment, Field(description="when it was opened")]
    last_seen: Annotated[Moment, Field(description="of the last event about it: the evidence")]
    replaced: Annotated[str | None, Field(description="the live connection whose place it took; null: there was none")]
    ended_at: Annotated[Moment | None, Field(description="when it ended; null: it lives")]
    why: WhyClosed | None
    position: LastPosition
