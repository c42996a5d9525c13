"""A campaign as the API shows it, over all its devices."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from schemas.api.document import Count, Document
from schemas.marks import Moment

Positions = Annotated[
    str,
    Field(
        pattern=r"^[a-z-]+/\d+/\d+(,[a-z-]+/\d+/\d+)*$",
        description="of the last events that asked for or cancelled sends of it, by partition; `at_least` takes it",
        examples=["device-events/0/17,device-events/3/1234"],
    ),
]


class CampaignDocument(Document):
    """A campaign: what was asked of how many devices, and what came of it."""

    campaign: Annotated[str, Field(description="its name")]
    devices: Annotated[Count, Field(description="on how many devices")]
    sends: Annotated[Count, Field(description="how many sends were asked for")]
    first_at: Annotated[Moment, Field(description="when the first of them was decided")]
    last_at: Annotated[Moment, Field(description="when the last of them was decided")]
    cancelled_at: Annotated[Moment | None, Field(description="when it was last cancelled on a device; null: never")]
    cancelled_by: Annotated[str | None, Field(description="who cancelled it")]
    cancelled_sends: Annotated[Count, Field(description="how many waited when it was cancelled")]
    outcomes: Annotated[
        dict[str, int] | None, Field(description="how many of its sends are in each state; null in a list")
    ]
    position: Positions
