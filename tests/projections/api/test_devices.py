"""Devices as the API reads them: their state, and the evidence for it."""

from __future__ import annotations

from typing import Any

import pytest
from psycopg import AsyncConnection

from projections.api.devices import connection_of, device, devices
from tests.projections.api.asking import found, one_by_one
from tests.projections.written_log import at

LINK = {
    "device_id": "d-1",
    "link": 1,
    "kind": "link",
    "live": True,
    "worker": "worker-1",
    "since": at(6),
    "last_seen": at(8),
    "ended_at": None,
    "why": None,
    "position": "device-events/0/8",
}


async def test_a_device_says_its_state_and_what_was_last_observed(reader: AsyncConnection) -> None:
    assert await device(reader, "d-1") == {
        "device_id": "d-1",
        "driver": "simulator",
        "kind": "linked",
        "name": "Front desk",
        "credential": None,
        "jid": "62800@phone",
        "pace_min_s": 0.0,
        "pace_max_s": 0.0,
        "state": "connected",
        "reason": None,
        "until": None,
        "refreshes": 1,
        "failures": 0,
        "waiting": 1,
        "in_flight": [],
        "worker": "worker-1",
        "connection": LINK,
        "last_send": {
            "request_id": "r-2",
            "state": "waiting",
            "decided_at": at(10),
            "attempted_at": None,
            "settled_at": None,
        },
        "registered_at": at(1),
        "last_event_at": at(11),
        "position": "device-events/0/11",
    }


async def test_a_device_of_a_platform_has_no_link_and_names_what_is_in_flight(reader: AsyncConnection) -> None:
    told = await device(reader, "d-2") or {}
    assert (told["kind"], told["state"], told["connection"]) == ("platform", "ready", None)
    assert told["in_flight"] == ["device-requests/0/4"]


async def test_a_partition_that_nobody_owns_has_no_worker(reader: AsyncConnection) -> None:
    await reader.execute("UPDATE checkpoints SET owned = false")
    assert (await device(reader, "d-1") or {})["worker"] is None
    assert await found(devices, reader, "device_id", worker="worker-1") == []


async def test_a_device_lies_where_its_links_last_event_lies(reader: AsyncConnection) -> None:
    await reader.execute("UPDATE connections SET position = 99")
    assert (await device(reader, "d-1") or {})["position"] == "device-events/0/99"


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ["d-1", "d-2", "d-4", "d-5"]),
        ({"state": "parked"}, ["d-4"]),
        ({"state": "removed"}, ["d-3"]),
        ({"driver": "platform"}, ["d-2"]),
        ({"kind": "platform"}, ["d-2"]),
        ({"kind": "linked", "state": "connected"}, ["d-1"]),
        ({"worker": "worker-1"}, ["d-1", "d-2", "d-4", "d-5"]),
        ({"worker": "worker-2"}, []),
    ],
)
async def test_devices_are_listed_by_id(reader: AsyncConnection, filters: dict[str, Any], expected: list[str]) -> None:
    assert await found(devices, reader, "device_id", **filters) == expected
    assert await one_by_one(devices, reader, "device_id", **filters) == expected


async def test_a_link_is_found_by_its_device(reader: AsyncConnection) -> None:
    assert await connection_of(reader, "d-1") == LINK
    assert await connection_of(reader, "d-2") is None
    assert await device(reader, "d-9") is None
