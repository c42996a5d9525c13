"""Simulated drivers without a process of their own, for benchmarks and tests: the fleet ends with them."""

from __future__ import annotations

import time

from schemas.device.outcomes import LinkReport
from schemas.device.pairing import Signal
from streams.drivers.clockwork import Clockwork
from streams.drivers.parting import parting
from streams.drivers.port import Done, Effect, Report
from streams.drivers.simulation.description import Fleet
from streams.drivers.simulation.kinds import Kind, traits_of
from streams.drivers.simulation.ledger import Ledger
from streams.drivers.simulation.model import Simulation


class InProcessFleet:
    """A simulated fleet on the running loop, shared by the drivers made from it."""

    def __init__(self, fleet: Fleet) -> None:
        self.ledger = Ledger()
        self.simulation = Simulation(fleet, self.ledger)
        self.clockwork = Clockwork(self.simulation)

    def driver(self, name: Kind, worker: str = "in-process") -> InProcessDriver:
        """Make a driver; two of the same name hold links of their own, as two workers do."""
        return InProcessDriver(name, worker, self.clockwork)


class InProcessDriver:
    """The driver port over the model, without a socket between."""

    def __init__(self, name: Kind, worker: str, clockwork: Clockwork) -> None:
        self.name: str = name
        self.traits = traits_of(name)
        self._clockwork = clockwork
        self._simulation = clockwork.simulation
        self._session = self._simulation.join(name, worker, self._pass_on)
        self._report: Report | None = None

    def listen(self, report: Report) -> None:
        """Say where reports about links go."""
        self._report = report

    def start(self, effect: Effect, done: Done) -> None:
        """Begin `effect`; `done` gets its outcome."""
        self._clockwork.start(self._session, effect, done)

    def healthy(self, device_id: str, link: int) -> bool:
        """Whether the link is up."""
        return self._simulation.is_up(self._session, device_id, link)

    def knows_chat(self, device_id: str, to: str) -> bool:
        """Whether the device has written with `to` before."""
        return to in self._simulation.chats_of(self._session, device_id)

    async def open(self) -> None:
        """Nothing to acquire."""

    async def close(self) -> None:
        """Close every link, and answer what still runs."""
        for done, effect in self._simulation.leave(self._session, "closed", time.time()):
            done(parting(effect, "closed"))

    def _pass_on(self, device_id: str, link: int, said: LinkReport | Signal) -> None:
        if self._report is not None:
            self._report(device_id, link, said)
