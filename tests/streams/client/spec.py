"""given(past events).when(request).then(events): the rules of a client. The first event lies at offset 0."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from schemas.client import ClientEvent
from schemas.client import events as e
from schemas.envelope import NO_CONTEXT
from schemas.uniqueness.questions import Question, UniquenessAnswered, ValueReleaseRecorded, Verdict
from streams.client.decider import INITIAL, decide, evolve, questions
from streams.client.state import Client
from streams.ownership.asked import Asked
from streams.ownership.publishing import Home
from streams.uniqueness.values import values_of

HOME = Home("client-events", 3)
VALUE_OF = values_of(b"a key of tests")
ANA, BUDI = "ana@shop.example", "budi@shop.example"


def started(email: str = ANA, **more: Any) -> e.ClientCreationStarted:
    return e.ClientCreationStarted(request=1, **{"name": "Ana", **more}, email=email, value=VALUE_OF("email", email))


def created(email: str | None = ANA, **more: Any) -> e.ClientCreated:
    value = None if email is None else VALUE_OF("email", email)
    return e.ClientCreated(**{"request": 1, "name": "Ana", **more}, email=email, value=value)


def change_started(email: str = BUDI, **more: Any) -> e.ClientChangeStarted:
    fields = {"request": 2, "name": "Ana", **more}
    return e.ClientChangeStarted(**fields, email=email, value=VALUE_OF("email", email))


def changed(email: str | None = BUDI, **more: Any) -> e.ClientChanged:
    value = None if email is None else VALUE_OF("email", email)
    return e.ClientChanged(**{"request": 2, "name": "Ana", **more}, email=email, value=value)


def removal_started() -> e.ClientRemovalStarted:
    return e.ClientRemovalStarted(request=3)


def question(offset: int, home: Home = HOME) -> Question:
    return Question(topic=home.topic, partition=home.partition, offset=offset)


def answered(offset: int, verdict: Verdict) -> UniquenessAnswered:
    return UniquenessAnswered(question=question(offset), verdict=verdict)


def recorded(offset: int) -> ValueReleaseRecorded:
    return ValueReleaseRecorded(question=question(offset))


@dataclass(frozen=True)
class Given:
    """What happened so far."""

    past: tuple[ClientEvent, ...] = ()

    def given(self, *events: ClientEvent) -> Given:
        """And this happened too."""
        return Given((*self.past, *events))

    def client(self) -> Client:
        """What it amounts to."""
        client = INITIAL
        for offset, event in enumerate(self.past):
            client = evolve(client, event, offset, NO_CONTEXT)
        return client

    def when(self, request: Any, *, offset: int = 90) -> Then:
        """What is decided of a request."""
        return Then(decide(self.client(), Asked(offset, "asked", request), HOME, VALUE_OF))

    def asks(self) -> list[tuple[str, int, str]]:
        """What is asked of owners of values: claim or release, by which question, which value."""
        found = questions("client-17", self.client(), HOME)
        return [(p.id.split(":")[0], p.request.question.offset, p.key) for p in found]  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Then:
    """What came of it."""

    events: list[ClientEvent]

    def then(self, *expected: ClientEvent) -> None:
        """Exactly these events."""
        assert self.events == list(expected)

    def then_refused(self, reason: str) -> None:
        """A refusal for this reason."""
        (event,) = self.events
        assert (event.type, getattr(event, "reason", "")) == ("request_refused", reason)

    def then_already_done(self, reason: str) -> None:
        """Nothing to do, for this reason."""
        (event,) = self.events
        assert (event.type, getattr(event, "reason", "")) == ("request_already_done", reason)


nothing = Given()
