"""Fixtures for the drivers' tests: a link that is up, and fleet processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.streams.drivers.fleet_process import FLEETS, FleetProcess
from tests.streams.drivers.stage import Stage


@pytest.fixture
async def link(stage: Stage) -> int | None:
    """A link that is up, where the driver has links."""
    return await stage.up() if stage.driver.traits.linked else None


@pytest.fixture
def start_fleet(tmp_path: Path) -> Iterator[Callable[[str], FleetProcess]]:
    """Starts a fleet process from one of the example files."""
    with ExitStack() as running:
        yield lambda name: running.enter_context(FleetProcess(tmp_path, FLEETS / name))


@pytest.fixture
def fleet(start_fleet: Callable[[str], FleetProcess]) -> FleetProcess:
    """A fleet process of this test's own, with ten devices of each kind."""
    return start_fleet("four_kinds.toml")


@pytest.fixture(scope="session")
def shared_fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FleetProcess]:
    """A fleet process of the same devices, for tests that use a device of their own."""
    with FleetProcess(tmp_path_factory.mktemp("fleet"), FLEETS / "four_kinds.toml") as fleet:
        yield fleet
