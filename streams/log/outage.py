"""Waiting for what cannot be reached: ever longer, with jitter, said once."""

from __future__ import annotations

import asyncio
import logging
import random

FIRST_WAIT_S = 0.05
LONGEST_WAIT_S = 1.0
DOUBLINGS = 5
"""Past these it is the longest wait anyway: an outage of a quarter of an hour would double it past any float."""

log = logging.getLogger(__name__)


class Outage:
    """Logs once when `what` goes away and once when it is back."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._waits = 0
        self._under_way = False

    def began(self, reason: object) -> None:
        """It cannot be reached, because of `reason`."""
        if not self._under_way:
            self._under_way = True
            log.warning("%s: waiting, trying again by itself (%s)", self._what, reason)

    def over(self) -> None:
        """It answers."""
        self._waits = 0
        if self._under_way:
            self._under_way = False
            log.info("%s: back", self._what)

    async def wait(self, reason: object) -> None:
        """It cannot be reached, because of `reason`: wait before the next try."""
        self.began(reason)
        longest = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(self._waits, DOUBLINGS))
        self._waits += 1
        await asyncio.sleep(random.uniform(longest / 2, longest))
