"""The rules of connections and nodes, as the owner of a partition of them uses these."""

from __future__ import annotations

from schemas.catalogue import CONNECTION_CATALOGUE
from streams.connection.decider import INITIAL, decide, due_at, evolve, fall_due
from streams.connection.node import SILENT_S
from streams.connection.state import Registered
from streams.ownership.keyed_decider import KeyedDecider


def connection_decider() -> KeyedDecider[Registered]:
    """For users and nodes of any partition."""
    return KeyedDecider(
        initial=INITIAL,
        requests=CONNECTION_CATALOGUE.request_classes(),
        decide=decide,
        evolve=lambda known, event, offset, context: evolve(known, event),
        questions=lambda key, known: (),
        answers=lambda event, context: (),
        due_at=due_at,
        fall_due=fall_due,
        grace_s=SILENT_S,
    )
