"""Which campaign the sends of one partition belong to: only a send's fate says it, what comes later names the send."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from schemas.device.sends import CampaignCancelled, DeliveryRecorded, SendAttempted, SendQueued, SendRepeated
from schemas.story import OF_SENDS
from streams.hub.kept import Kept

REMEMBERED = 50_000
"""Sends of a partition whose campaign is remembered, of each kind: 7 MB each at most."""
_STATES_ITSELF = frozenset((SendQueued.type, SendAttempted.type, CampaignCancelled.type))
_NAMES_ITS_SEND = frozenset(each.type for each in (*OF_SENDS, SendRepeated, DeliveryRecorded)) - _STATES_ITSELF
# Inside of a text quotes are escaped, so that neither can be found there.
_CAMPAIGN = re.compile(rb'"campaign":"([^"\\]+)"')
_SEND = re.compile(rb'"(?:request|first)":([0-9]{1,18})')
_WHOLE = b'"send":{'


class Unsaid(NamedTuple):
    """The campaign of this send was said before reading began, or longer ago than is remembered."""

    send: int


class CampaignSends:
    """Told every event of one partition, in order: fates of sends come in the order of their numbers."""

    __slots__ = ("_learnt", "_said", "_said_from")

    def __init__(self) -> None:
        self._said_from: int | None = None
        self._said: dict[int, str] = {}
        self._learnt: dict[int, str | None] = {}

    def of(self, event: Kept) -> str | Unsaid | None:
        """The campaign that an event is about; None: none."""
        if event.type in _STATES_ITSELF:
            campaign, send = _CAMPAIGN.search(event.data), _SEND.search(event.data)
            named = None if campaign is None else campaign[1].decode()
            if event.type == CampaignCancelled.type or send is None:
                return named
            if _WHOLE in event.data:
                return self._say(int(send[1]), named)
            return self._of_send(int(send[1]))
        if event.type in _NAMES_ITS_SEND:
            send = _SEND.search(event.data)
            return None if send is None else self._of_send(int(send[1]))
        return None

    def learn(self, campaigns: Mapping[int, str | None]) -> None:
        """Of these sends somebody else knows it."""
        self._learnt |= campaigns
        while len(self._learnt) > REMEMBERED:
            del self._learnt[next(iter(self._learnt))]

    def _say(self, send: int, campaign: str | None) -> str | None:
        if self._said_from is None:
            self._said_from = send
        if campaign is not None:
            self._said[send] = campaign
            if len(self._said) > REMEMBERED:
                oldest = next(iter(self._said))
                del self._said[oldest]
                self._said_from = oldest + 1
        return campaign

    def _of_send(self, send: int) -> str | Unsaid | None:
        if self._said_from is not None and send >= self._said_from:
            return self._said.get(send)
        return self._learnt[send] if send in self._learnt else Unsaid(send)
