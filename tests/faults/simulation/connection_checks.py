"""What must hold of connections, beside what `verify` looks at: what ended stays so, and owners know the log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from schemas.envelope import EventEnvelope
from schemas.topics import CONNECTION
from streams.connection.state import Node, User

if TYPE_CHECKING:
    from tests.faults.simulation.run import Run


def check_connections(run: Run, events: Iterable[EventEnvelope], *, settled: bool) -> list[str]:
    """What the events of connections that count say, and whether their owners know the same."""
    live: dict[str, str | None] = {}
    return [*_opened_once(events, live), *(_known(run, live) if settled else ())]


def _opened_once(events: Iterable[EventEnvelope], live: dict[str, str | None]) -> Iterator[str]:
    """`live` is filled with what the log says is live of each user."""
    opened: set[tuple[str, str]] = set()
    for event in events:
        match event.type:
            case "connection_opened":
                live[event.subject] = event.data["connection"]
                if (event.subject, event.data["connection"]) in opened:
                    yield f"opened-twice: {event.data['connection']} of {event.subject}"
                opened.add((event.subject, event.data["connection"]))
            case "connection_closed":
                live[event.subject] = None


def _known(run: Run, live: dict[str, str | None]) -> Iterator[str]:
    known = {
        key: None if state.live is None else state.live.id
        for key, state in run.at_rest[CONNECTION]
        if isinstance(state, User)
    }
    if known != live:
        yield f"connections-differ: the log says {live}, their owners {known}"


def nodes_wait(states: Iterable[object]) -> bool:
    """Whether a silent node is still to be lost."""
    return any(isinstance(state, Node) and state.lost_at is not None for state in states)
