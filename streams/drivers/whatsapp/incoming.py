"""What WhatsApp says by itself, as reports for the log: receipts, and what people write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256

import orjson

from schemas.device.body import Body
from schemas.device.requests import DeliveryReported, DeliveryStatus, MessageReported
from schemas.marks import MAX_BODY_BYTES
from streams.drivers.memory import remember
from streams.drivers.port import Told
from streams.drivers.whatsapp.outcomes import moment
from streams.drivers.whatsapp.protocol import Incoming, Receipt, ReceiptKind

STATUSES: Mapping[ReceiptKind, DeliveryStatus] = {
    "delivered": "delivered",
    "read": "read",
    "played": "read",
    "server_error": "failed",
}
REMEMBERED = 50_000
LONGEST = 500
"""Of an id: a sender's program chooses those of messages."""
NOBODY = "unknown"
"""Who wrote, and with its time which message, where that is not told: the log takes no empty ids."""


class SentIds:
    """Our ids of what was sent lately, by WhatsApp's, so that a receipt also finds a send whose answer was lost."""

    def __init__(self) -> None:
        self._ours: dict[str, str] = {}

    def add(self, message_id: str) -> None:
        """A message of ours is about to be sent."""
        remember(self._ours, whatsapp_id_of(message_id), message_id, REMEMBERED)

    def ours(self, whatsapp_id: str) -> str | None:
        """Our id of the message; None where it is not known any more, or was written on the phone."""
        return self._ours.get(whatsapp_id)


def whatsapp_id_of(message_id: str) -> str:
    """WhatsApp's id of a message of ours, as the host makes it (session/send.go)."""
    return f"3EB0{sha256(message_id.encode()).hexdigest()[:18].upper()}"


def told_by(said: Receipt | Incoming, sent: SentIds) -> Sequence[Told]:
    """Put what the host says into reports."""
    return deliveries_of(said, sent) if isinstance(said, Receipt) else [message_of(said)]


def deliveries_of(said: Receipt, sent: SentIds) -> Sequence[DeliveryReported]:
    """One of each message; of a person's several devices the first counts, as the others' reports are the same."""
    at = told_at(said)
    by = said.sender[:LONGEST] or None if said.is_group else None
    return [
        DeliveryReported(
            provider_message_id=id_[:LONGEST],
            message_id=sent.ours(id_),
            status=STATUSES[said.kind],
            at=at,
            by=by,
            note=said.kind if said.kind == "server_error" else None,
        )
        for id_ in said.whatsapp_ids
    ]


def message_of(said: Incoming) -> MessageReported:
    """What somebody wrote; a text that is too long for the log is cut."""
    text = fitting(said.text)
    return MessageReported(
        provider_message_id=said.whatsapp_id[:LONGEST] or f"{NOBODY}:{said.at}",
        sender=(said.sender_phone or said.sender or NOBODY)[:LONGEST],
        chat=said.chat[:LONGEST] if said.is_group else None,
        body=Body(text=text),
        attached=said.media or None,
        replies_to=said.reply_to[:LONGEST] or None,
        at=told_at(said),
        shortened=said.shortened or text != said.text,
    )


def told_at(said: Receipt | Incoming) -> datetime | None:
    """Read WhatsApp's time; None for what is none."""
    try:
        return moment(said.at) if said.at > 0 else None
    except (OverflowError, ValueError, OSError):
        return None


def fitting(text: str) -> str:
    """As much of a text as a body has at most, as JSON, which spells some letters with six bytes."""
    while (size := len(orjson.dumps(Body(text=text)))) > MAX_BODY_BYTES:
        text = text[: min(len(text) * MAX_BODY_BYTES // size, len(text) - 1)]
    return text
