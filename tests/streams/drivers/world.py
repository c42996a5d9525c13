"""A simulated fleet in virtual time, and what tests begin on it."""

from __future__ import annotations

from typing import Any

from schemas.device.body import Body
from schemas.device.outcomes import (
    LinkReport,
)
from schemas.device.pairing import Signal
from streams.drivers.port import Ask, Effect, Outcome, Send
from streams.drivers.simulation.description import Fleet, Group
from streams.drivers.simulation.kinds import Kind
from streams.drivers.simulation.ledger import Ledger
from streams.drivers.simulation.model import Simulation

BEGIN = 1_800_000_000.0
D1 = "d-00001"


class World:
    """A fleet of one group, a worker, and the time."""

    def __init__(self, driver: Kind = "simulated", seed: int = 1, **behaviour: Any) -> None:
        group = Group(driver=driver, prefix="d-", count=1000, **behaviour)
        self.driver = driver
        self.ledger = Ledger()
        self.simulation = Simulation(Fleet(seed=seed, devices=(group,)), self.ledger)
        self.reports: list[LinkReport | Signal] = []
        self.now = BEGIN
        self.session = self.another_worker()

    def another_worker(self) -> Any:
        return self.simulation.join(self.driver, "w", lambda _device, _link, said: self.reports.append(said))

    def start(self, effect: Effect, session: Any = None) -> list[Outcome]:
        """Begin an effect; gives where its outcome will lie."""
        answers: list[Outcome] = []
        self.simulation.start(session or self.session, effect, answers.append, self.now)
        return answers

    def run(self, effect: Effect, session: Any = None) -> Outcome:
        """Begin an effect and let the time pass until it is answered."""
        answers = self.start(effect, session)
        while not answers:
            self.step()
        return answers[0]

    def step(self) -> None:
        """Let the time pass to whatever is due next."""
        self.now = max(self.now, self.simulation.agenda.next_due)
        self.simulation.advance(self.now)

    def wait(self, seconds: float) -> None:
        """Let the time pass."""
        end = self.now + seconds
        while self.simulation.agenda.next_due <= end:
            self.step()
        self.now = end

    def happened(self) -> list[str]:
        return [entry.what for entry in self.ledger.entries()]

    def tell(self, stroke: Any, prefix: str = "") -> int:
        return self.simulation.tell(self.session, stroke, prefix, self.now)


def send(message_id: str = "m", *, device_id: str = D1, link: int | None = 1, to: str = "1") -> Send:
    return Send(device_id, link, message_id, 1, to, Body())


def platform_send(message_id: str = "m") -> Send:
    return send(message_id, link=None)


def ask(message_id: str = "m") -> Ask:
    return Ask(D1, None, message_id, 1, "1")


def device_ids(count: int) -> list[str]:
    return [f"d-{number:05d}" for number in range(1, count + 1)]
