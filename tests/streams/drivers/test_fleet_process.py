"""The contract, kept by the simulated drivers over a fleet process's socket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from streams.drivers.catalogue import Surroundings, listing
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
from tests.streams.drivers.fleet_process import FleetProcess
from tests.streams.drivers.stage import Stage


class OverTheSocket:
    """A driver out of the catalogue, opened."""

    name: str
    prefix: str

    @pytest.fixture
    async def stage(self, shared_fleet: FleetProcess) -> AsyncIterator[Stage]:
        driver = listing(self.name).make(Surroundings(worker="w1", simulator=shared_fleet.socket))
        stage = Stage(driver, shared_fleet, f"{self.prefix}{uuid4()}")
        await driver.open()
        yield stage
        await driver.close()


class TestSimulated(OverTheSocket, LinkedDriver, ForgetfulDriver, PairingDriver, ImportingDriver):
    name, prefix = "simulated", "radio-"


class TestSimulatedRepeatable(OverTheSocket, LinkedDriver, RepeatDroppingDriver, PairingDriver):
    name, prefix = "simulated-repeatable", "phone-"


class TestSimulatedPlatform(OverTheSocket, EveryDriver, ForgetfulDriver, AnsweringDriver, PairlessDriver):
    name, prefix = "simulated-platform", "platform-"


class TestSimulatedBlindPlatform(OverTheSocket, EveryDriver, ForgetfulDriver, PairlessDriver):
    name, prefix = "simulated-blind-platform", "blind-"
