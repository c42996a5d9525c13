"""Clients and unique values with a log each, one step at a time, so that either owner can die between any two."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.envelope import NO_CONTEXT, EventEnvelope, Position, decode_event, encode_event, encode_request
from schemas.marks import PARTITION
from schemas.message import PartitionClaimed, Request
from schemas.topics import CLIENT, UNIQUENESS, Stream
from streams.client.keyed import client_decider
from streams.client.state import Client
from streams.log.ports import LogRecord, RequestBatch
from streams.ownership.effects import Consequence
from streams.ownership.keyed_owner import KeyedOwner
from streams.ownership.publishing import Publish
from streams.ownership.tenure import Inheritance, Tenure
from streams.uniqueness.keyed import value_decider
from streams.uniqueness.values import values_of

BEGUN = datetime(2026, 3, 1, tzinfo=UTC)


class Side:
    """One partition of a stream. requests, events: its logs, which outlive owners; mail: what is to be published."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.requests: list[LogRecord] = []
        self.events: list[bytes] = []
        self.claims = 0
        self.claim(BEGUN)

    def claim(self, at: datetime) -> None:
        """An owner dies with all that it has not written or published; another folds the log, and claims."""
        self.claims += 1
        claim = f"{self.claims:016x}"
        marker = PartitionClaimed(
            generation=self.claims, claim=claim, owner="w", schema_level=1, partitions=1, installation="i"
        )
        position = Position(self.stream.events, 0, len(self.events))
        self.events.append(encode_event(marker, position, PARTITION, at.isoformat(), claim, "", None, NO_CONTEXT))
        self.owner = self._folded(claim)
        self.mail: deque[Publish] = deque()
        self.unacknowledged: int | None = None
        self.owner.begin(at, Inheritance())

    def _folded(self, claim: str) -> KeyedOwner[Any]:
        tenure = Tenure(topic=self.stream.events, partition=0, partitions=1, claim=claim, installation_id="tests")
        decider: Any = client_decider(0, values_of(b"key")) if self.stream is CLIENT else value_decider()
        owner = KeyedOwner(tenure, decider)
        for offset, value in enumerate(self.events):
            owner.fold(offset, decode_event(value))
        return owner

    def put(self, key: str, request_id: str, request: Request) -> None:
        """A request lies in the log."""
        value = encode_request(request_id, request.type, key, "tests", request, time=BEGUN)
        self.requests.append(LogRecord(len(self.requests), 0, key.encode(), value))

    def step(self, at: datetime) -> bool:
        """Acknowledge, append or decide, whichever is next; whether there was anything to do."""
        if self.owner.loose:
            self._begin(self.owner.loose)
            self.owner.loose = []
        elif self.unacknowledged is not None:
            base, self.unacknowledged = self.unacknowledged, None
            self._begin(self.owner.acked(base))
        elif records := self.owner.take(1_000_000):
            self.unacknowledged = len(self.events)
            self.events += [value for _, value in records]
        elif (begin := self.owner.passed()) < len(self.requests):
            self.owner.requests(RequestBatch(begin, begin + 1, [self.requests[begin]]), at)
        else:
            return False
        return True

    def _begin(self, consequences: Sequence[Consequence]) -> None:
        self.mail += [each for each in consequences if isinstance(each, Publish)]

    def happened(self) -> list[EventEnvelope]:
        """All events."""
        return [decode_event(value) for value in self.events]


class Pair:
    """Clients and values. kill: whose owner dies before which step; steps: how many there were."""

    def __init__(self, kill: tuple[Stream, int] | None = None) -> None:
        self.sides = {stream: Side(stream) for stream in (CLIENT, UNIQUENESS)}
        self.kill = kill
        self.steps = 0
        self.at = BEGUN

    def ask(self, *asked: tuple[str, Request]) -> None:
        """Ask something of clients at once, and let all that follows happen: no email may ever belong to two."""
        for client_id, request in asked:
            self.sides[CLIENT].put(client_id, "asked", request)
        while self._step():
            having = [client.profile.value for client in self._clients() if client.hold is not None]
            assert len(having) == len(set(having)), f"one email of two clients at step {self.steps}"

    def _step(self) -> bool:
        if self.kill is not None and self.kill[1] == self.steps:
            self.sides[self.kill[0]].claim(self.at)
        self.steps += 1
        return any(self._publish(side) or side.step(self.at) for side in self.sides.values()) or self._ask_again()

    def _publish(self, side: Side) -> bool:
        if not side.mail:
            return False
        sent = side.mail.popleft()
        self.sides[sent.stream].put(sent.key, sent.id, sent.request)
        return True

    def _ask_again(self) -> bool:
        """Nothing is under way: time passes until what is still open is asked again."""
        due = self.sides[CLIENT].owner.due(self.at)
        if due is None or due - self.at > timedelta(minutes=2):
            return False
        self.at = due
        self.sides[CLIENT].owner.due(self.at)
        return True

    def _clients(self) -> Iterable[Client]:
        return self.sides[CLIENT].owner.states.values()

    def check_end(self) -> None:
        """No question is open, and a value is held by exactly the client that has it."""
        assert [client for client in self._clients() if client.open or client.releases] == []
        assert self._held() == self._wanted()

    def _held(self) -> dict[str, str]:
        """Who holds each value, by the values' owner."""
        states = self.sides[UNIQUENESS].owner.states
        return {key: value.held.asker.key for key, value in states.items() if value.held is not None}

    def _wanted(self) -> dict[str, str]:
        """Who has each value, by the clients' owner."""
        states = self.sides[CLIENT].owner.states
        return {client.hold.value: key for key, client in states.items() if client.hold is not None}
