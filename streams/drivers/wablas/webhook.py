"""What Wablas reports by its tracking webhook: how far a message got."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from schemas.device.requests import DeliveryReported

MOST_NOTE = 500
MOST_ID = 500
Status = Literal["sent", "delivered", "read", "failed"]
STATUSES: Mapping[str, Status] = {
    "sent": "sent",
    "received": "delivered",
    "delivered": "delivered",
    "read": "read",
    "cancel": "failed",
    "rejected": "failed",
}
UNTOLD = {"pending"}
"""It was taken, which the answer to the send has said already."""


def reports_in(said: Mapping[str, Any]) -> list[DeliveryReported]:
    """The report in a webhook's body, none of what is known already; raises ValueError saying what is wrong."""
    id_, status, note = said.get("id"), said.get("status"), said.get("note")
    if not isinstance(id_, str | int) or isinstance(id_, bool) or not 0 < len(str(id_)) <= MOST_ID:
        raise ValueError("`id` must be the message's id, as the send was answered with")
    if not isinstance(status, str) or status.lower() not in STATUSES.keys() | UNTOLD:
        raise ValueError(f"`status` must be one of {', '.join(sorted(STATUSES.keys() | UNTOLD))}")
    if status.lower() in UNTOLD:
        return []
    told = note[:MOST_NOTE] if isinstance(note, str) and note else None
    return [DeliveryReported(provider_message_id=str(id_), status=STATUSES[status.lower()], note=told)]
