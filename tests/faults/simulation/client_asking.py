"""What is asked of clients in one run: few ids and few emails, so that they meet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from random import Random

from schemas.client import requests as r
from schemas.envelope import Context, encode_request
from schemas.message import Request
from tests.faults.simulation.brokers import Brokers
from tests.faults.simulation.case import Case
from tests.faults.simulation.partition_log import Loose
from tests.faults.simulation.profile import Fault, Profile
from tests.faults.simulation.world import World

SHARE = 0.15
"""Of the histories that are of clients instead of devices."""
EMAILS = ("ana@shop.example", "Budi@Shop.Example", "cita@shop.example")
OF_CLIENTS: Mapping[Fault, int] = {
    "kill": 6, "freeze": 3, "stop": 3, "cut_off": 2, "expel": 3, "move": 6, "leader": 4, "clock": 2, "stray_batch": 3,
    "doubled_batch": 3,
}  # fmt: skip
"""What may go wrong with clients, and at most how often."""
DOUBLED = 0.15
WEIGHTS = {"create": 6, "change": 4, "remove": 3, "malform": 1}


def with_clients(profile: Profile, luck: Random, case: Case) -> Profile:
    """The profile of a history of clients, or as it was where this is none."""
    drawn = luck.random() < SHARE and case.only is None
    if not (case.clients or drawn):
        return profile
    faults = {f: luck.randint(1, most) for f, most in OF_CLIENTS.items() if luck.random() < 0.35} or {"kill": 4}
    return replace(profile, clients=luck.randint(2, 4), devices={}, faults=faults, shelving=None)


class ClientProducers:
    """Publishes a run's requests to clients. times: when."""

    def __init__(self, world: World, case: Case, profile: Profile, brokers: Brokers) -> None:
        self.times: list[float] = []
        self._world = world
        self._case = case
        self._profile = profile
        self._brokers = brokers
        self._ids = [f"client-{number}" for number in range(profile.clients)]

    def begin(self) -> None:
        """Put every request on the agenda: mostly in bursts, for what happens at once is what is to be decided."""
        luck = self._world.luck("clients' times")
        burst = 0.0
        for number in range(2 * self._profile.requests if self._ids else 0):
            if luck.random() < 0.3:
                burst = luck.uniform(0.3, 0.9 * self._profile.chaos_s)
            self.times.append(burst + luck.random() ** 3 if luck.random() < 0.7 else luck.uniform(0.0, burst + 1.0))
            self._world.after(self.times[-1], self._ask, number)

    def _ask(self, number: int) -> None:
        if not self._case.has(f"r{number}") or (self._case.until is not None and self._world.now > self._case.until):
            return
        luck = self._world.luck(f"request {number} to a client")
        self._world.count("requests")
        client_id, act = luck.choice(self._ids), luck.choices([*WEIGHTS], [*WEIGHTS.values()])[0]
        record = self._record(client_id, f"request-{number}", self._request(act, luck))
        if act == "malform":
            record = record._replace(value=luck.choice((b"{", record.value, None)), key=client_id.encode() + b"x")
        self._brokers.publish(record)
        if luck.random() < DOUBLED:
            self._world.after(3.0 * luck.random(), self._brokers.publish, record)

    def _request(self, act: str, luck: Random) -> Request:
        email = luck.choice(EMAILS) if luck.random() < 0.8 else None
        match act:
            case "change":
                return r.ClientChangeRequested(email=email or "", name=luck.choice((None, "Ana", "Budi")))
            case "remove":
                return r.ClientRemovalRequested()
        return r.ClientCreationRequested(name="x", email=email)

    def _record(self, client_id: str, request_id: str, request: Request) -> Loose:
        at, context = self._world.wall(), Context(actor="somebody")
        self._world.note("producers", f"{request} {request_id} for {client_id}")
        value = encode_request(request_id, request.type, client_id, "test", request, time=at, context=context)
        return Loose(client_id.encode(), value)
