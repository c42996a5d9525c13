"""The contract, kept by the simulated drivers without a process of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest

from streams.drivers.in_process import InProcessFleet
from streams.drivers.simulation.fleet_file import read_fleet
from streams.drivers.simulation.kinds import Kind
from tests.streams.drivers.contract import (
    AnsweringDriver,
    EveryDriver,
    ForgetfulDriver,
    ImportingDriver,
    LinkedDriver,
    PairingDriver,
    PairlessDriver,
    RepeatDroppingDriver,
)
from tests.streams.drivers.fleet_process import FLEETS, copies
from tests.streams.drivers.stage import Stage

StageOf = Callable[[Kind, str], Stage]


class InProcessEnd:
    """The receivers in this process."""

    def __init__(self, fleet: InProcessFleet) -> None:
        self._fleet = fleet
        self._observer = fleet.simulation.join("simulated", "observer", lambda *_: None)

    async def left(self, message_id: str) -> int:
        return copies([*self._fleet.ledger.entries()])[message_id]

    async def drop(self, device_id: str) -> None:
        self._fleet.clockwork.tell(self._observer, "drop", device_id)


@pytest.fixture
async def stage_of() -> AsyncIterator[StageOf]:
    """Sets a stage for a driver and one of its devices."""
    fleet = InProcessFleet(read_fleet(FLEETS / "four_kinds.toml"))
    yield lambda kind, device_id: Stage(fleet.driver(kind), InProcessEnd(fleet), device_id)
    fleet.clockwork.stop()


class TestSimulated(LinkedDriver, ForgetfulDriver, PairingDriver, ImportingDriver):
    @pytest.fixture
    def stage(self, stage_of: StageOf) -> Stage:
        return stage_of("simulated", "radio-00001")


class TestSimulatedRepeatable(LinkedDriver, RepeatDroppingDriver, PairingDriver):
    @pytest.fixture
    def stage(self, stage_of: StageOf) -> Stage:
        return stage_of("simulated-repeatable", "phone-00001")


class TestSimulatedPlatform(EveryDriver, ForgetfulDriver, AnsweringDriver, PairlessDriver):
    @pytest.fixture
    def stage(self, stage_of: StageOf) -> Stage:
        return stage_of("simulated-platform", "platform-00001")


class TestSimulatedBlindPlatform(EveryDriver, ForgetfulDriver, PairlessDriver):
    @pytest.fixture
    def stage(self, stage_of: StageOf) -> Stage:
        return stage_of("simulated-blind-platform", "blind-00001")
