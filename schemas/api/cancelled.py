"""What cancelling a campaign took back."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from schemas.api.document import Count, Document
from schemas.marks import Id


class RefusedDevice(Document):
    """A device that did not take it back."""

    device_id: Annotated[Id, Field(description="the device")]
    detail: Annotated[str, Field(description="why, and what to do")]


class CampaignCancellation(Document):
    """What every device with open sends of the campaign answered."""

    campaign: Annotated[str, Field(description="its name")]
    devices: Annotated[Count, Field(description="that had open sends of it, and were asked")]
    cancelled: Annotated[Count, Field(description="sends that were taken back")]
    refused: Annotated[list[RefusedDevice], Field(description="devices that refused")]
    unanswered: Annotated[Count, Field(description="devices that have not answered within the time; they will do it")]
