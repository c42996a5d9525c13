"""What a phone is to be shown while a device is paired, as the API answers it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from schemas.api.document import Document
from schemas.marks import Id


class SignalDocument(Document):
    """The newest code of a pairing under way: whoever has it can take the account over."""

    device_id: Id
    pairing: Annotated[int, Field(ge=0, description="the pairing: the offset of its device_pairing_started")]
    kind: Annotated[Literal["qr", "code"], Field(description="a QR code to scan, or a code to type on the phone")]
    text: Annotated[str, Field(description="what the QR code or the code says")]
    until: Annotated[datetime, Field(description="no longer valid then; the next one comes before")]
