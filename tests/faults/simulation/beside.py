"""The streams beside the devices': their partitions, and what the simulation saw of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from schemas.topics import CLIENT, CONNECTION, CONTROL, UNIQUENESS, Stream
from tests.faults.simulation.brokers import Brokers
from tests.faults.simulation.network import Network
from tests.faults.simulation.profile import Profile
from tests.faults.simulation.witness import Witness
from tests.faults.simulation.world import World


class Beside(NamedTuple):
    """One such stream."""

    brokers: Brokers
    witness: Witness


def streams_beside(world: World, network: Network, profile: Profile) -> Mapping[Stream, Beside]:
    """Clients, unique values, API keys and people's connections; where devices are paired, unique values alone."""
    streams = (
        (CLIENT, UNIQUENESS, CONTROL, CONNECTION) if profile.clients else (UNIQUENESS,) if profile.pairings else ()
    )
    partitions = profile.partitions
    return {s: Beside(Brokers(world, network, partitions, f"{s.name} "), Witness()) for s in streams}
