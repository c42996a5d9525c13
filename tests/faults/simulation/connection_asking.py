"""What is asked of connections in a history of clients: few users, two nodes of the hub, which fall silent."""

from __future__ import annotations

from random import Random

from schemas.connection import requests as r
from schemas.connection.subjects import subject_of_node
from schemas.envelope import encode_request
from schemas.message import Request
from tests.faults.simulation.brokers import Brokers
from tests.faults.simulation.case import Case
from tests.faults.simulation.partition_log import Loose
from tests.faults.simulation.profile import Profile
from tests.faults.simulation.world import World

USERS = ("ana", "budi")
NODES = ("n1", "n2")
SEEN_EVERY_S = 10.0
WOKEN_S = (15.0, 30.0)
"""So late a silent node says once more that it is at work: it had only stopped."""
DOUBLED = 0.3
WHY: tuple[r.CloseReason, ...] = ("gone", "disconnected")
WEIGHTS = {"open": 6, "return": 2, "close": 3, "join": 3, "ask": 1}


class ConnectionProducer:
    """Publishes a run's requests to users' connections and to nodes."""

    def __init__(self, world: World, case: Case, profile: Profile, brokers: Brokers) -> None:
        self._world = world
        self._case = case
        self._profile = profile
        self._brokers = brokers
        self._made = ["c"]

    def begin(self) -> None:
        """Put every request on the agenda: each node is silent from some time on."""
        luck, chaos_s = self._world.luck("connections' times"), self._profile.chaos_s
        for number in range(self._profile.requests):
            self._world.after(luck.uniform(0.3, 0.9 * chaos_s), self._ask, number)
        for node in NODES:
            at, until = luck.uniform(0.0, 5.0), luck.uniform(0.2, 1.0) * chaos_s
            while at < until:
                self._see(node, at)
                at += SEEN_EVERY_S
            self._see(node, at + luck.uniform(*WOKEN_S))

    def _see(self, node: str, at: float) -> None:
        self._world.after(at, self._say, f"{node}-{at:.0f}", subject_of_node(node), r.NodeSeen(address="x"))

    def _ask(self, number: int) -> None:
        if not self._case.has(f"r{number}"):
            return
        luck = self._world.luck(f"request {number} to a connection")
        act = luck.choices([*WEIGHTS], [*WEIGHTS.values()])[0]
        if act == "ask":
            self._say(f"ask-{number}", subject_of_node(luck.choice(NODES)), r.NodeLossRequested())
            return
        again_s = 9.0 * luck.random() if luck.random() < DOUBLED else None
        self._say(f"connection-{number}", luck.choice(USERS), self._request(act, f"c{number}", luck), again_s)

    def _request(self, act: str, connection: str, luck: Random) -> Request:
        known, node = luck.choice(self._made[-6:]), luck.choice(NODES)
        match act:
            case "open" | "return":
                self._made.append(connection)
                returns = known if act == "return" else None
                return r.ConnectionRequested(connection=connection, node=node, kind="websocket", returns=returns)
            case "close":
                named = luck.choice((known, None))
                return r.ConnectionCloseRequested(connection=named, why=luck.choice(WHY))
        kind = luck.choice((r.GroupJoinRequested, r.GroupLeaveRequested))
        return kind(connection=known, groups=("fleet",))

    def _say(self, request_id: str, subject: str, request: Request, again_s: float | None = None) -> None:
        if self._case.until is not None and self._world.now > self._case.until:
            return
        self._world.count("requests")
        self._world.note("producers", f"{request} {request_id} for {subject}")
        value = encode_request(request_id, request.type, subject, "test", request, time=self._world.wall())
        record = Loose(subject.encode(), value)
        self._brokers.publish(record)
        if again_s is not None:
            self._world.after(again_s, self._brokers.publish, record)
