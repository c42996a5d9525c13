"""Drivers, counted and timed between the worker and them, so that neither knows."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping
from time import perf_counter

from streams.drivers.port import Done, Driver, Effect, Outcome, Report
from streams.worker.figures import BOUNDS_MS, Spread

Took = defaultdict[type[Outcome], Spread]
"""How long effects took, by the class of what came of them."""


class MeasuredDriver(Driver):
    """A driver whose effects are counted. It is on the hot path: plain on purpose (benchmarks/telemetry.py)."""

    def __init__(self, driver: Driver) -> None:
        self.name, self.traits = driver.name, driver.traits
        self._driver = driver
        self._begin = driver.start
        self.took: defaultdict[type[Effect], Took] = defaultdict(lambda: defaultdict(Spread))

    def listen(self, report: Report) -> None:
        """As the driver does."""
        self._driver.listen(report)

    def start(self, effect: Effect, done: Done) -> None:
        """Begin `effect`; `done` gets its outcome."""
        took = self.took[effect.__class__]
        begun_at = perf_counter()

        def ended(outcome: Outcome) -> None:
            took_ms = (perf_counter() - begun_at) * 1000
            spread = took[outcome.__class__]
            spread.counts[bisect_left(BOUNDS_MS, took_ms)] += 1
            spread.total_ms += took_ms
            done(outcome)

        self._begin(effect, ended)

    def healthy(self, device_id: str, link: int) -> bool:
        """As the driver says."""
        return self._driver.healthy(device_id, link)

    def knows_chat(self, device_id: str, to: str) -> bool:
        """As the driver says."""
        return self._driver.knows_chat(device_id, to)

    async def open(self) -> None:
        """As the driver does."""
        await self._driver.open()

    async def close(self) -> None:
        """As the driver does."""
        await self._driver.close()


def measured(drivers: Mapping[str, Driver]) -> dict[str, MeasuredDriver]:
    """Drivers that are counted and timed."""
    return {name: MeasuredDriver(driver) for name, driver in drivers.items()}
