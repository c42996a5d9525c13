"""The read model of connections."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from schemas.device.lifecycle import DeviceRemoved
from schemas.device.links import DeviceConnected, DeviceDisconnected
from tests.projections.events import accepted, attempted, send
from tests.projections.projecting import columns, project, rows_of
from tests.projections.written_log import WrittenPartition, at, claimed

LINKED = DeviceConnected(link=3, how="refreshed")


@pytest.fixture
def log() -> WrittenPartition:
    """A device with a live link since offset 1."""
    log = claimed(owner="worker-1")
    log.add("d-1", LINKED)
    return log


async def test_a_live_link_says_who_holds_it_since_when(database: str, log: WrittenPartition) -> None:
    await project(database, log)
    (row,) = rows_of(database, "connections")
    assert row == {
        "partition": 0,
        "device_id": "d-1",
        "link": 3,
        "kind": "link",
        "worker": "worker-1",
        "since": at(1),
        "last_seen": at(1),
        "ended_at": None,
        "why": None,
        "position": 1,
    }


async def test_it_is_seen_when_it_is_used_and_when_its_driver_speaks(database: str, log: WrittenPartition) -> None:
    log.add("d-1", attempted(1, link=3, send=send()))
    await project(database, log)
    assert columns(database, "connections", "last_seen") == [(at(2),)]
    log.add("d-1", accepted(1), cause="driver:3")
    await project(database, log)
    assert columns(database, "connections", "last_seen") == [(at(3),)]


@pytest.mark.parametrize("why", ["claimed", "released", "removed", "dropped"])
@pytest.mark.parametrize("batch", [1, 100])
async def test_a_link_ends_with_its_device_its_claim_or_by_itself(
    database: str, log: WrittenPartition, why: str, batch: int
) -> None:
    endings: dict[str, Callable[[], int]] = {
        "claimed": log.claim,
        "released": log.release,
        "removed": lambda: log.add("d-1", DeviceRemoved(waiting=0)),
        "dropped": lambda: log.add("d-1", DeviceDisconnected(link=3, why="dropped")),
    }
    endings[why]()
    await project(database, log, batch=batch)
    assert columns(database, "connections", "ended_at", "why") == [(at(2), why)]


async def test_a_link_that_outlives_a_claim_is_kept_by_the_new_owner(database: str, log: WrittenPartition) -> None:
    log.claim(owner="worker-2")
    log.add("d-1", DeviceConnected(link=3, how="kept"))
    await project(database, log)
    expected = (3, "worker-2", at(1), at(3), None)
    assert columns(database, "connections", "link", "worker", "since", "last_seen", "ended_at") == [expected]


async def test_a_new_link_takes_the_place_of_the_last_one(database: str, log: WrittenPartition) -> None:
    log.add("d-1", DeviceDisconnected(link=3, why="idle"))
    log.add("d-1", DeviceConnected(link=4, how="refreshed"))
    await project(database, log)
    assert columns(database, "connections", "link", "since", "ended_at", "why") == [(4, at(3), None, None)]


async def test_the_owner_is_known_after_a_restart_too(database: str) -> None:
    log = claimed(owner="worker-7")
    await project(database, log)
    log.add("d-1", LINKED)
    await project(database, log)
    assert columns(database, "connections", "worker") == [("worker-7",)]
