"""Each kind of fault once, alone, on a real cluster: a short form of `make soak`."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from tests.faults.cluster.kinds.catalogue import named
from tests.faults.cluster.opening import Load, opened
from tests.faults.cluster.soak import alone, violations
from tests.faults.cluster.system import System
from tests.faults.cluster.verdict import outcome

LOAD = Load(seed=20261123, rate=30, seconds=180)
FAULTS = (
    "worker killed",
    "worker lost",
    "worker stopped",
    "workers stutter",
    "broker killed",
    "broker stopped",
    "broker cut off",
    "broker not heard",
    "disk full",
    "database killed",
    "projector killed",
    "producer killed",
)


async def _proven_after_each(system: System) -> list[str]:
    found = []
    for name in FAULTS:
        await alone(system, named(name), Random(f"{LOAD.seed}/{name}"))
        found += await violations(system)
    return found


@pytest.mark.broker
@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_each_kind_of_fault_loses_nothing_and_sends_nothing_twice(tmp_path: Path, class_path: str) -> None:
    async with opened(tmp_path, class_path, LOAD) as system:
        found = await _proven_after_each(system)
        end = await outcome(system)
    print(end.text())
    assert found == []
    assert end.problems == []
