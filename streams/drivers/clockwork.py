"""Runs a simulated fleet on the event loop: its time is the wall clock, its timer one for all that is due."""

from __future__ import annotations

import asyncio
import math
import time

from streams.drivers.port import Done, Effect
from streams.drivers.simulation.kinds import Stroke
from streams.drivers.simulation.model import Simulation
from streams.drivers.simulation.session import Session


class Clockwork:
    """A simulation that advances by itself."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        self._loop = asyncio.get_running_loop()
        self._agenda = simulation.agenda
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = math.inf

    def start(self, session: Session, effect: Effect, done: Done) -> None:
        """Begin an effect now."""
        self.simulation.start(session, effect, done, time.time())
        if self._agenda.next_due < self._timer_at:
            self.wind()

    def tell(self, session: Session, stroke: Stroke, prefix: str) -> int:
        """Strike devices now; gives how many."""
        struck = self.simulation.tell(session, stroke, prefix, time.time())
        self.wind()
        return struck

    def wind(self) -> None:
        """Set the timer to what is due next."""
        self.stop()
        self._timer_at = self._agenda.next_due
        if self._timer_at < math.inf:
            self._timer = self._loop.call_later(max(0.0, self._timer_at - time.time()), self._advance)

    def stop(self) -> None:
        """Let the time stand still."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._timer_at = math.inf

    def _advance(self) -> None:
        self._timer_at = -math.inf
        try:
            self.simulation.advance(time.time())
        finally:
            self.wind()
