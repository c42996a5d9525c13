"""What was decided of one key so far, for tests of its decider."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from schemas.connection import ConnectionEvent, ConnectionStreamRequest
from schemas.connection.requests import (
    CloseReason,
    ConnectionCloseRequested,
    ConnectionRequested,
    GroupJoinRequested,
    GroupLeaveRequested,
)
from schemas.message import RequestRefused
from streams.connection.decider import INITIAL, decide, evolve
from streams.connection.state import Connection, Registered, User
from streams.ownership.asked import Asked

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def opening(connection: str, node: str = "n1", returns: str | None = None) -> ConnectionRequested:
    return ConnectionRequested(connection=connection, node=node, kind="websocket", returns=returns)


def closing(connection: str | None, why: CloseReason = "gone") -> ConnectionCloseRequested:
    return ConnectionCloseRequested(connection=connection, why=why)


def joining(connection: str, *groups: str) -> GroupJoinRequested:
    return GroupJoinRequested(connection=connection, groups=groups)


def leaving(connection: str, *groups: str) -> GroupLeaveRequested:
    return GroupLeaveRequested(connection=connection, groups=groups)


@dataclass
class Decided:
    """Decides what is asked of `key`, one after the other; knows the state after it."""

    key: str = "ana"
    known: Registered = INITIAL
    at: datetime = NOW
    events: list[ConnectionEvent] = field(default_factory=list)

    def ask(self, *requests: ConnectionStreamRequest) -> list[ConnectionEvent]:
        """What the last of these gave."""
        given: list[ConnectionEvent] = []
        for request in requests:
            given = list(decide(self.known, Asked(len(self.events), "asked", request, key=self.key), self.at))
            self.events += given
            for event in given:
                self.known = evolve(self.known, event)
        return given

    def wait(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)

    @property
    def live(self) -> Connection | None:
        """The user's live connection."""
        assert isinstance(self.known, User)
        return self.known.live


def refusals(events: list[ConnectionEvent]) -> list[str]:
    return [event.reason for event in events if isinstance(event, RequestRefused)]
