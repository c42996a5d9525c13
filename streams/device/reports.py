"""Which reports of its platform a device has recorded lately: platforms repeat themselves, and a kill repeats them."""

from __future__ import annotations

from hashlib import blake2b
from typing import NamedTuple

from schemas.device.lifecycle import MessageReceived
from schemas.device.sends import DeliveryRecorded

REMEMBERED = 128
"""Of each sort: a platform repeats what was not acknowledged, which is one of each link, or few."""
_DIGEST = 8
_ENTRY = 2 * _DIGEST + 1


class Reports(NamedTuple):
    """The last messages and deliveries, each a comma and 16 hex digits; the oldest go first."""

    messages: str = ""
    deliveries: str = ""


NONE = Reports()


def is_recorded(reports: Reports | None, event: MessageReceived | DeliveryRecorded) -> bool:
    """Whether the same was recorded before, as far as is remembered."""
    if reports is None or not (event.provider_message_id or isinstance(event, DeliveryRecorded)):
        return False
    return _entry(event) in (reports.messages if isinstance(event, MessageReceived) else reports.deliveries)


def recorded(reports: Reports | None, event: MessageReceived | DeliveryRecorded) -> Reports:
    """What is remembered after `event`."""
    now = reports or NONE
    if isinstance(event, MessageReceived):
        return now._replace(messages=_last(now.messages + _entry(event)))
    return now._replace(deliveries=_last(now.deliveries + _entry(event)))


def _last(entries: str) -> str:
    return entries[-_ENTRY * REMEMBERED :]


def _entry(event: MessageReceived | DeliveryRecorded) -> str:
    """What makes two reports the same; a sender chooses the ids of messages, so they count with sender and chat."""
    if isinstance(event, MessageReceived):
        named: tuple[str | None, ...] = (event.provider_message_id, event.sender, event.chat)
    else:
        named = (event.provider_message_id or event.message_id, event.status, event.by, event.note)
    told = "\0".join(part or "" for part in named)
    return "," + blake2b(told.encode(), digest_size=_DIGEST).hexdigest()
