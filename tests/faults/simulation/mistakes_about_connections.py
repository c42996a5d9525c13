"""Mistakes with people's connections, and with nodes of the hub."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from schemas.connection.events import NodeLost
from streams.connection import decider as connections
from streams.connection import keyed as connection_keyed
from streams.connection import user as users
from tests.faults.simulation.planting import Mistakes, Patch, no


def _the_older_one_stays() -> Patch:
    def decide(known: Any, asked: Any, at: Any) -> Any:
        return decided(known, asked, at)[:1]

    decided = connections.decide
    return connection_keyed, "decide", decide


def _what_ended_is_forgotten() -> Patch:
    return users, "has_ended", no


def _a_lost_node_is_forgotten() -> Patch:
    def evolve(known: Any, event: Any) -> Any:
        return connections.INITIAL if isinstance(event, NodeLost) else evolved(known, event)

    evolved = connections.evolve
    return connection_keyed, "evolve", evolve


def _nobody_gives_a_node_up() -> Patch:
    return connection_keyed, "due_at", lambda known: None


MISTAKES_ABOUT_CONNECTIONS: Mistakes = MappingProxyType(
    {
        "a newer connection leaves the older one live": _the_older_one_stays,
        "a copy of an old request opens its connection again": _what_ended_is_forgotten,
        "a lost node comes back": _a_lost_node_is_forgotten,
        "a silent node is never given up": _nobody_gives_a_node_up,
    }
)
"""Each by what it does wrong."""
