"""Mistakes to plant in the write side, or in its edge to the log: the simulation has to notice each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import MappingProxyType
from unittest.mock import patch

from tests.faults.simulation.mistakes_about_bodies import MISTAKES_ABOUT_BODIES
from tests.faults.simulation.mistakes_about_clients import MISTAKES_ABOUT_CLIENTS
from tests.faults.simulation.mistakes_about_connections import MISTAKES_ABOUT_CONNECTIONS
from tests.faults.simulation.mistakes_about_effects import MISTAKES_ABOUT_EFFECTS
from tests.faults.simulation.mistakes_about_keys import MISTAKES_ABOUT_KEYS
from tests.faults.simulation.mistakes_about_pairings import MISTAKES_ABOUT_PAIRINGS
from tests.faults.simulation.mistakes_about_sends import MISTAKES_ABOUT_SENDS
from tests.faults.simulation.mistakes_about_snapshots import MISTAKES_ABOUT_SNAPSHOTS
from tests.faults.simulation.mistakes_about_the_log import MISTAKES_ABOUT_THE_LOG
from tests.faults.simulation.planting import Mistakes

MISTAKES: Mistakes = MappingProxyType(
    {
        **MISTAKES_ABOUT_THE_LOG,
        **MISTAKES_ABOUT_EFFECTS,
        **MISTAKES_ABOUT_SENDS,
        **MISTAKES_ABOUT_SNAPSHOTS,
        **MISTAKES_ABOUT_CLIENTS,
        **MISTAKES_ABOUT_KEYS,
        **MISTAKES_ABOUT_CONNECTIONS,
        **MISTAKES_ABOUT_BODIES,
        **MISTAKES_ABOUT_PAIRINGS,
    }
)
"""Each mistake by what it does wrong."""


@contextmanager
def planted(mistake: str | None) -> Iterator[None]:
    """Make the mistake, if any, while the context lasts."""
    if mistake is None:
        yield
        return
    target, name, wrong = MISTAKES[mistake]()
    with patch.object(target, name, wrong):
        yield
