"""Whether a host still answers: one that does not would hold all that it was asked, for as long as it stays."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from streams.drivers.whatsapp.protocol import AskFigures, Figures

WATCH_S = 20.0
MISSED = 3
"""Counted, not timed: a machine that stood still, host and worker alike, must not cost the host."""
NUMBER = -1
"""Of what is asked here; others who ask for figures give numbers of their own."""


class Watch:
    """Asks a host how it is, now and then."""

    def __init__(self, say: Callable[[AskFigures], None], every_s: float) -> None:
        self._say = say
        self._every_s = every_s
        self._missed = 0

    async def mute(self) -> None:
        """Return once so many asks were not answered."""
        while self._missed < MISSED:
            self._missed += 1
            self._say(AskFigures(id=NUMBER))
            await asyncio.sleep(self._every_s)

    def hear(self, figures: Figures) -> bool:
        """Whether this is the answer."""
        if figures.id != NUMBER:
            return False
        self._missed = 0
        return True
