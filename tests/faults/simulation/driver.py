"""The Driver port of one process: a wire to the fleet that takes time, and can be cut."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from schemas.device.outcomes import Advanced, Connected, Dropped, LinkReport, Unreachable
from schemas.device.pairing import CodeShown, QrShown, Signal
from streams.drivers.parting import parting
from streams.drivers.port import Ask, Close, Connect, Done, Effect, Outcome, Report, Send
from streams.drivers.simulation.kinds import Kind, traits_of
from streams.drivers.simulation.session import Session
from tests.faults.simulation.fleet import SimulatedFleet
from tests.faults.simulation.process import Process
from tests.faults.simulation.witness import Witness

LOST = "fleet_connection_lost"


@dataclass(slots=True)
class Slowness:
    """The share of sends and asks that are answered up to `most_s` seconds late; links end within `closing_s`."""

    share: float = 0.0
    most_s: float = 30.0
    closing_s: float = 0.3


@dataclass(slots=True)
class Wire:
    """What has begun over one connection and is not answered."""

    running: dict[int, tuple[Effect, Done]] = field(default_factory=dict)
    links: dict[tuple[str, int], bool] = field(default_factory=dict)
    serial: int = 0
    said: int = 0
    up_until: float = 0.0
    down_until: float = 0.0


class SimulatedDriver:
    """Writes effects after `start` has returned, so that the process can be stopped between the two."""

    def __init__(
        self, name: Kind, process: Process, fleet: SimulatedFleet, witness: Witness, slowness: Slowness
    ) -> None:
        self.name: str = name
        self.traits = traits_of(name)
        self.sick: set[tuple[str, int]] = set()
        self._process = process
        self._fleet = fleet
        self._witness = witness
        self._slowness = slowness
        self._luck = process.world.luck(f"wire of {name} in {process}").random
        self._report: Report | None = None
        self._wire = Wire()
        self._session = self._join()

    def _join(self) -> Session:
        session = self._fleet.join(self.name, self._process.name, self._say)
        self._witness.sessions[session.number] = self._process
        return session

    def listen(self, report: Report) -> None:
        """Say where reports about links go."""
        self._report = report

    def start(self, effect: Effect, done: Done) -> None:
        """Begin `effect`; `done` gets its outcome."""
        self._witness.tried(self._process, effect)
        wire = self._wire
        if isinstance(effect, Connect):
            wire.links[effect.device_id, effect.link] = False
        elif isinstance(effect, Close):
            wire.links.pop((effect.device_id, effect.link), None)
        wire.serial += 1
        wire.running[wire.serial] = (effect, done)
        self._process.deliver(self._write, wire, wire.serial, effect)

    def _write(self, wire: Wire, number: int, effect: Effect) -> None:
        if wire is not self._wire:
            return
        answer = partial(self._reply, wire, number, effect)
        now = self._process.world.now
        arrives = max(wire.up_until, now + 0.001 + 0.01 * self._luck())
        if isinstance(effect, Close):  # saying goodbye takes a driver longer than its other words
            arrives += self._slowness.closing_s * self._luck()
        else:
            wire.up_until = arrives
        self._process.post(arrives - now, self._fleet.start, self._session, effect, answer)

    # what the fleet says, on its way back

    def _reply(self, wire: Wire, number: int, effect: Effect, outcome: Outcome) -> None:
        world = self._process.world
        slow = world.now < world.peace_at and self._luck() < self._slowness.share
        delay = self._slowness.most_s * self._luck() if slow and isinstance(effect, Send | Ask) else self._down(wire)
        world.after(delay, self._process.deliver, self._answered, wire, number, outcome)

    def _say(self, device_id: str, link: int, said: LinkReport | Signal) -> None:
        self._wire.said += 1
        delay = self._down(self._wire)
        self._process.world.after(delay, self._process.deliver, self._said, self._wire, device_id, link, said)

    def _down(self, wire: Wire) -> float:
        now = self._process.world.now
        wire.down_until = max(wire.down_until, now + 0.001 + 0.01 * self._luck())
        return wire.down_until - now

    def _answered(self, wire: Wire, number: int, outcome: Outcome) -> None:
        found = wire.running.pop(number, None)
        if found is None:
            return
        effect, done = found
        if isinstance(effect, Connect):
            outcome = _connect_ended(wire, effect, outcome)
        self._witness.answered(self._process, effect, outcome)
        done(outcome)

    def _said(self, wire: Wire, device_id: str, link: int, said: LinkReport | Signal) -> None:
        wire.said -= 1
        if isinstance(said, QrShown | CodeShown):
            return  # nobody looks
        if (device_id, link) not in wire.links or self._report is None:
            return
        if not isinstance(said, Advanced):
            del wire.links[device_id, link]
        self._report(device_id, link, said)

    # what the process knows without asking

    def healthy(self, device_id: str, link: int) -> bool:
        """The driver's last word about the link."""
        return self._wire.links.get((device_id, link), False) and (device_id, link) not in self.sick

    def knows_chat(self, device_id: str, to: str) -> bool:
        """Whether the device has written with `to` before."""
        return self._fleet.knows_chat(self._session, device_id, to)

    def busy(self) -> bool:
        """Whether an effect has begun and is not answered, or a word about a link is on its way."""
        return bool(self._wire.running or self._wire.said)

    def links(self) -> Mapping[tuple[str, int], bool]:
        """The links that the process knows, by device and number, and whether they are up."""
        return self._wire.links

    async def open(self) -> None:
        """Nothing to acquire."""

    async def close(self) -> None:
        """Close every link and answer what runs."""
        self.hang_up()

    def hang_up(self) -> None:
        """The process's end of the wire is gone, and so, for the fleet, are the links."""
        self._fleet.hang_up(self._session)

    def cut(self) -> None:
        """The wire breaks between two living ends; the process learns of it and has a new one."""
        old, self._wire = self._wire, Wire()
        self._fleet.hang_up(self._session)
        self._session = self._join()
        self._process.deliver(self._lost, old)

    def _lost(self, wire: Wire) -> None:
        running, wire.running = wire.running, {}
        for effect, done in running.values():
            outcome = parting(effect, LOST)
            self._witness.answered(self._process, effect, outcome)
            done(outcome)
        for (device_id, link), up in wire.links.items():
            if up and self._report is not None:
                self._report(device_id, link, Dropped(reason=LOST))


def _connect_ended(wire: Wire, connect: Connect, outcome: Outcome) -> Outcome:
    key = (connect.device_id, connect.link)
    if key not in wire.links:
        return Unreachable(reason="closed")
    if isinstance(outcome, Connected):
        wire.links[key] = True
    else:
        del wire.links[key]
    return outcome
