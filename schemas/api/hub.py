"""What is answered about the hub."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field

from schemas.api.document import Document


class HubTokenDocument(Document):
    """A token of the hub, and where to show it."""

    token: Annotated[str, Field(description="a JWT, for `connect` and `renew`; whoever has it is that user")]
    expires_at: Annotated[AwareDatetime, Field(description="five minutes from now; ask for the next a minute before")]
    expires_in_s: Annotated[int, Field(ge=0, description="the same for those whose clock is wrong")]
    url: Annotated[str, Field(description="where WebSockets connect (docs/hub.md)")]
    events_url: Annotated[str, Field(description="where an EventSource connects")]
