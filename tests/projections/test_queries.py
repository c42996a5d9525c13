"""What people ask of the read models."""

from __future__ import annotations

from collections.abc import AsyncIterator

import psycopg
import pytest

from projections import queries
from schemas.device.lifecycle import DeviceRegistered, DeviceRemoved
from schemas.device.links import RefreshJoined
from tests.projections.events import REGISTERED, accepted, attempted, linking, queued, send
from tests.projections.projecting import project
from tests.projections.written_log import TOPIC, at, claimed

Reader = psycopg.AsyncConnection


@pytest.fixture
async def reader(database: str) -> AsyncIterator[Reader]:
    """A connection to a database with three devices, one of them linked and sending, one removed."""
    log = claimed()
    log.add_all("d-1", REGISTERED, *linking(), queued(1, send(campaign="c")), attempted(1), accepted(1), queued(2))
    log.add("d-1", RefreshJoined(refresh=1), decides=3)
    log.add_all("d-2", DeviceRegistered(driver="platform", linked=False), attempted(4, send=send()))
    log.add_all("d-3", REGISTERED, DeviceRemoved(waiting=0))
    log.unknown("d-4")
    await project(database, log)
    async with await Reader.connect(database, autocommit=True) as connection:
        yield connection


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({}, ["d-1", "d-2"]),
        ({"state": "connected"}, ["d-1"]),
        ({"state": "removed"}, ["d-3"]),
        ({"driver": "platform"}, ["d-2"]),
        ({"after": "d-1"}, ["d-2"]),
        ({"limit": 1}, ["d-1"]),
    ],
)
async def test_devices_are_found_by_conditions(
    reader: Reader, conditions: dict[str, object], expected: list[str]
) -> None:
    found = await queries.devices(reader, **conditions)  # type: ignore[arg-type]  # as parametrized
    assert [device.device_id for device in found] == expected


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({}, [4, 2, 1]),
        ({"device_id": "d-1"}, [2, 1]),
        ({"state": "waiting"}, [2]),
        ({"request_id": "r-4"}, [4]),
        ({"campaign": "c"}, [1]),
        ({"since": at(8)}, [4, 2]),
        ({"limit": 1}, [4]),
    ],
)
async def test_sends_are_found_by_conditions_newest_first(
    reader: Reader, conditions: dict[str, object], expected: list[int]
) -> None:
    found = await queries.sends(reader, **conditions)  # type: ignore[arg-type]  # as parametrized
    assert [one.request for one in found] == expected


async def test_one_device_and_one_send_are_found_or_none(reader: Reader) -> None:
    device, one = await queries.device(reader, "d-3"), await queries.send(reader, 0, 1)
    assert device is not None
    assert device.state == "removed"
    assert one is not None
    assert (one.state, one.body) == ("accepted", '{"text": "hello", "media": null}')
    assert await queries.device(reader, "d-9") is None
    assert await queries.send(reader, 1, 1) is None


async def test_a_devices_refreshes_and_who_joined_them_are_found(reader: Reader) -> None:
    (refresh,) = await queries.refreshes(reader, "d-1")
    assert (refresh.refresh, refresh.outcome) == (1, "succeeded")
    (join,) = await queries.refresh_joins(reader, "d-1", 1)
    assert (join.kind, join.request) == ("request", 3)


async def test_connections_are_found_live_or_ended(reader: Reader) -> None:
    assert [c.device_id for c in await queries.connections(reader)] == ["d-1"]
    assert [c.device_id for c in await queries.connections(reader, worker="worker-1", live=None)] == ["d-1"]
    assert await queries.connections(reader, live=False) == []


async def test_devices_and_sends_are_counted_by_state(reader: Reader) -> None:
    assert await queries.devices_by_state(reader) == {"connected": 1, "ready": 1, "removed": 1}
    assert await queries.sends_by_state(reader) == {"accepted": 1, "attempting": 1, "waiting": 1}
    assert await queries.sends_by_state(reader, device_id="d-1", since=at(8)) == {"waiting": 1}


async def test_the_quarantine_is_listed(reader: Reader) -> None:
    found = await queries.quarantined(reader)
    assert {(one.topic, one.partition, one.stream_id, one.position) for one in found} == {(TOPIC, 0, "d-4", 14)}
