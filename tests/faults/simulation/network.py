"""How long things take on their way, and what becomes of appends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from tests.faults.simulation.world import World

Fate = Literal["clean", "slow", "ack_lost", "late", "lost", "doubled"]
"""clean: in the log, and told so. slow: likewise, seconds later. ack_lost: in the log, though the caller gets an error.
late: the caller gets an error, the batch lands later. lost: an error, and it never lands. doubled: it lands twice."""


class Network:
    """Latencies and fates by luck; while not `faulty` all goes well.

    fates: the share of appends that go wrong in each way. stalls: the share of fetches that take seconds; those
    of single records fail eight times as often.
    """

    def __init__(self, world: World, fates: Mapping[Fate, float], stalls: float) -> None:
        self.faulty = True
        self._world = world
        self._fates = fates
        self._stalls = stalls
        self._way = world.luck("network").random
        self._choice = world.luck("fates").random
        self._refusals = world.luck("refusals").random

    def latency(self) -> float:
        """One way between a process and a broker."""
        return 0.0002 + 0.003 * self._way()

    def fetch_latency(self) -> float:
        """Until a fetch is answered; sometimes its broker is away for a while."""
        if self._stalls and self.faulty and self._choice() < self._stalls:
            self._world.count("stalled fetch")
            return self.latency() + 4.0 * self._way()
        return self.latency()

    def refuses_fetch(self) -> bool:
        """Whether the next fetch of single records fails."""
        return self.faulty and self._refusals() < 8 * self._stalls

    def fate(self) -> Fate:
        """What becomes of the next append."""
        luck = self._choice()
        if self.faulty:
            for fate, share in self._fates.items():
                if luck < share:
                    self._world.count(fate)
                    return fate
                luck -= share
        return "clean"

    def seconds(self, most: float) -> float:
        """Some time up to `most`."""
        return most * self._way()
