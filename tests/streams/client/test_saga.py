"""Clients and values, with requests between them that are lost, doubled, late and out of order."""

from __future__ import annotations

from collections import Counter, defaultdict
from random import Random

import pytest

from schemas.client import events as e
from schemas.client.requests import ClientChangeRequested, ClientCreationRequested, ClientRemovalRequested
from schemas.envelope import NO_CONTEXT
from schemas.message import Request
from schemas.topics import UNIQUENESS
from streams.client import decider as clients
from streams.client.state import Client
from streams.ownership.asked import Asked
from streams.ownership.publishing import Publish
from streams.uniqueness import decider as values
from streams.uniqueness.state import Value
from tests.streams.client.spec import ANA, BUDI, HOME, VALUE_OF

IDS = ("ana", "budi", "cita")
REQUESTS: tuple[Request, ...] = (
    ClientCreationRequested(email=ANA),
    ClientCreationRequested(email=BUDI),
    ClientCreationRequested(),
    ClientChangeRequested(email=ANA),
    ClientChangeRequested(email=BUDI),
    ClientChangeRequested(email=""),
    ClientRemovalRequested(),
)
ACTS = {"ask": 4, "deliver": 3, "double": 3, "arrive_late": 3, "lose": 1, "ask_again": 1, "settle": 3}


class Saga:
    """One partition of clients and all values; `mail` is under way between them, `late` are copies of it."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.clients: dict[str, Client] = defaultdict(lambda: clients.INITIAL)
        self.values: dict[str, Value] = defaultdict(lambda: values.INITIAL)
        self.mail: list[Publish] = []
        self.late: list[Publish] = []
        self.offset = 0
        self.created: Counter[tuple[str, int]] = Counter()

    def play(self, acts: int) -> None:
        """Let so many things happen, and look at what they lead to after each."""
        for act in self.random.choices(list(ACTS), list(ACTS.values()), k=acts):
            getattr(self, act)()
            self.check()

    def check(self) -> None:
        """Design §3, 7: no email belongs to two, and a creation ends once."""
        holders = Counter(c.hold.value for c in self.clients.values() if c.hold is not None)
        assert [value for value, count in holders.items() if count > 1] == []
        assert [creation for creation, count in self.created.items() if count > 1] == []

    def check_end(self) -> None:
        """Once nothing is lost any more, every question ends, and values are held by those who have them."""
        self.settle()
        for client_id in IDS:
            self.mail += clients.questions(client_id, self.clients[client_id], HOME)
        self.settle()
        assert [c.status for c in self.clients.values() if c.open or c.releases] == []
        holders = {v: value.held.asker.key for v, value in self.values.items() if value.held is not None}
        assert holders == {c.hold.value: i for i, c in self.clients.items() if c.hold is not None}

    def ask(self) -> None:
        """Somebody asks something of a client."""
        self._decide(self.random.choice(IDS), self.random.choice(REQUESTS))

    def ask_again(self) -> None:
        """A claim was folded, or time has passed: what is open is asked again."""
        client_id = self.random.choice(IDS)
        self.mail += clients.questions(client_id, self.clients[client_id], HOME)

    def settle(self) -> None:
        """Everything that is under way arrives, in order."""
        while self.mail:
            self._arrive(self.mail.pop(0))

    def deliver(self) -> None:
        """Some request overtakes the others."""
        if self.mail:
            self._arrive(self.mail.pop(self.random.randrange(len(self.mail))))

    def double(self) -> None:
        """Some request will arrive once more, much later."""
        self.late += self.mail[:1]

    def arrive_late(self) -> None:
        """A copy arrives that nobody waits for."""
        if self.late:
            self._arrive(self.random.choice(self.late))

    def lose(self) -> None:
        """Some request never arrives."""
        self.mail = self.mail[1:]

    def _decide(self, client_id: str, request: Request) -> None:
        before = client = self.clients[client_id]
        asked: Asked[Request] = Asked(self.offset, "asked", request)
        for event in clients.decide(client, asked, HOME, VALUE_OF):  # type: ignore[arg-type]  # a request to clients
            client = clients.evolve(client, event, self.offset, NO_CONTEXT)
            self.offset += 1
            if isinstance(event, e.ClientCreated):
                self.created[client_id, event.request] += 1
        self.clients[client_id] = client
        asked_before = clients.questions(client_id, before, HOME)
        self.mail += [q for q in clients.questions(client_id, client, HOME) if q not in asked_before]

    def _arrive(self, sent: Publish) -> None:
        if sent.stream is not UNIQUENESS:
            self._decide(sent.key, sent.request)
            return
        asked: Asked[Request] = Asked(0, sent.id, sent.request)
        for event in values.decide(self.values[sent.key], asked):  # type: ignore[arg-type]  # a request to values
            self.values[sent.key] = values.evolve(self.values[sent.key], event)
            told = values.answer(event, NO_CONTEXT)
            self.mail += [] if told is None else [told]


@pytest.mark.parametrize("seed", range(10))
def test_an_email_belongs_to_one_client_and_every_question_ends(seed: int) -> None:
    random = Random(seed)
    for _ in range(200):
        saga = Saga(random)
        saga.play(40)
        saga.check_end()
