"""The device side: the drivers' own model of a fleet, on virtual time, and the wires to it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

from streams.drivers.port import Ask, Close, Connect, Done, Effect, Pair, Report, Send, Unpair
from streams.drivers.simulation.description import Fleet
from streams.drivers.simulation.kinds import Stroke
from streams.drivers.simulation.ledger import Entry, Ledger
from streams.drivers.simulation.model import Simulation
from streams.drivers.simulation.session import Session
from tests.faults.simulation.world import World

COUNTED: Mapping[type[Effect], str] = MappingProxyType(
    {Send: "sends", Ask: "asks", Connect: "connects", Close: "closes", Pair: "pairings", Unpair: "unpairings"}
)
"""What effects are called in the summary."""


class SimulatedFleet:
    """Every device; a session whose process ends loses its links here, whatever the process thinks."""

    def __init__(self, world: World, description: Fleet) -> None:
        self.ledger = Ledger()
        self._world = world
        self._simulation = Simulation(description, self.ledger)
        self._hand = self._simulation.join("simulated", "outside", _unheard)
        self._open: set[int] = set()
        self._wound_for = math.inf

    def entries(self) -> list[Entry]:
        """Everything that happened, as the receivers saw it."""
        return list(self.ledger.entries())

    def join(self, driver: str, worker: str, report: Report) -> Session:
        """A process opens a driver's connection."""
        session = self._simulation.join(driver, worker, report)
        self._open.add(session.number)
        return session

    def start(self, session: Session, effect: Effect, done: Done) -> None:
        """An effect arrives; over a connection that is gone nothing does."""
        if session.number in self._open:
            self._world.count(COUNTED[type(effect)])
            self._simulation.start(session, effect, done, self._world.stamp())
            self._wind()

    def hang_up(self, session: Session) -> None:
        """The connection is gone: its links end, and nobody is answered."""
        self._open.discard(session.number)
        self._simulation.leave(session, "abandoned", self._world.stamp())

    def strike(self, stroke: Stroke, prefix: str) -> None:
        """Do something to devices from outside."""
        self._simulation.tell(self._hand, stroke, prefix, self._world.stamp())
        self._wind()

    def knows_chat(self, session: Session, device_id: str, to: str) -> bool:
        """Whether a device has written with `to`."""
        return to in self._simulation.chats_of(session, device_id)

    def links(self) -> int:
        """How many links there are, up or coming."""
        return sum(len(device.links) for device in self._simulation._devices.values())

    def _wind(self) -> None:
        due = self._simulation.agenda.next_due
        if due < self._wound_for:
            self._wound_for = due
            self._world.after(max(0.0, due - self._world.stamp()), self._advance)

    def _advance(self) -> None:
        self._wound_for = math.inf
        self._simulation.advance(self._world.stamp())
        self._wind()


def _unheard(_device_id: str, _link: int, _said: object) -> None:
    pass
