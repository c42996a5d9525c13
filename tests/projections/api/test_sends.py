"""Sends as the API reads them."""

from __future__ import annotations

from typing import Any

import pytest
from psycopg import AsyncConnection

from projections.api.pages import Wanted
from projections.api.sends import campaigns_of, send, sends, sends_called
from tests.projections.api.asking import CURSORS, found, one_by_one, page_of
from tests.projections.events import EXPIRY, message_id
from tests.projections.written_log import at

PHOTO = {"kind": "image", "url": "https://example.com/a.png", "filename": "a.png"}
NULL = ("not_before", "until", "resolution", "reason", "provider_message_id", "delivery_note")
NEVER = ("sent_at", "delivered_at", "read_at", "failed_at")


async def test_a_send_says_all_that_is_known(reader: AsyncConnection) -> None:
    assert await send(reader, "d-1", "r-1") == {
        "request_id": "r-1",
        "request": "device-requests/0/1",
        "device_id": "d-1",
        "to": "62811",
        "body": {"text": "look", "media": PHOTO},
        "campaign": "c",
        "expires_at": EXPIRY,
        "state": "accepted",
        "attempts": 1,
        "message_id": message_id(1),
        "decided_at": at(7),
        "queued_at": at(7),
        "attempted_at": at(8),
        "settled_at": at(9),
        "repeats": 0,
        "position": "device-events/0/9",
        **dict.fromkeys((*NULL, *NEVER)),
    }


async def test_a_send_of_another_device_is_not_found(reader: AsyncConnection) -> None:
    assert await send(reader, "d-1", "r-4") is None


async def test_sends_of_one_id_on_several_devices_are_all_found(reader: AsyncConnection) -> None:
    await reader.execute("UPDATE sends SET request_id = 'r' WHERE device_id IN ('d-1', 'd-2')")
    told = await sends_called(reader, "r")
    assert [(one["device_id"], one["request"]) for one in told] == [
        ("d-2", "device-requests/0/4"),
        ("d-1", "device-requests/0/2"),
    ]
    assert (await send(reader, "d-1", "r") or {})["request"] == "device-requests/0/2"


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ["r-5", "r-4", "r-2", "r-1"]),
        ({"device_id": "d-1"}, ["r-2", "r-1"]),
        ({"state": "waiting"}, ["r-5", "r-2"]),
        ({"campaign": "c"}, ["r-4", "r-1"]),
        ({"campaign": "c", "state": "accepted"}, ["r-1"]),
        ({"device_id": "d-1", "state": "waiting"}, ["r-2"]),
        ({"device_id": "d-1", "campaign": "b"}, []),
        ({"since": at(10)}, ["r-5", "r-4", "r-2"]),
        ({"since": at(8), "until": at(13)}, ["r-2"]),
        ({"state": "'; DROP TABLE sends; --%s"}, []),
    ],
)
async def test_sends_are_listed_newest_first(
    reader: AsyncConnection, filters: dict[str, Any], expected: list[str]
) -> None:
    assert await found(sends, reader, "request_id", **filters) == expected
    assert await one_by_one(sends, reader, "request_id", **filters) == expected


async def test_sends_that_were_decided_in_one_moment_are_each_listed_once(reader: AsyncConnection) -> None:
    await reader.execute("UPDATE sends SET decided_at = '2026-01-01T00:00:00.123456Z'")
    assert await one_by_one(sends, reader, "request_id") == ["r-5", "r-4", "r-2", "r-1"]


async def test_what_comes_meanwhile_moves_no_page(reader: AsyncConnection) -> None:
    page = await page_of(sends, reader, limit=2)
    await reader.execute("UPDATE sends SET decided_at = '2027-01-01' WHERE request_id = 'r-5'")
    following = await sends(reader, Wanted(CURSORS, {}, 2, page["next"]))
    assert [one["request_id"] for one in following["items"]] == ["r-2", "r-1"]
    assert following["next"] is None


@pytest.mark.parametrize("limit", [-1, 0, 1])
async def test_a_page_has_at_least_one_item(reader: AsyncConnection, limit: int) -> None:
    assert len((await page_of(sends, reader, limit=limit))["items"]) == 1


async def test_a_page_that_is_too_large_is_cut(reader: AsyncConnection) -> None:
    columns = "request_id, device_id, recipient, body, expires_at, state, attempts, decided_at, repeats, position"
    more = (
        f"INSERT INTO sends (partition, request, {columns}) SELECT 0, 100 + n, {columns} FROM sends,"
        " generate_series(1, 1000) AS n WHERE request = 1"
    )
    await reader.execute(more.encode())
    page = await page_of(sends, reader, limit=5000)
    assert (len(page["items"]), page["next"] is None) == (1000, False)


async def test_the_campaigns_of_known_sends_are_told(reader: AsyncConnection) -> None:
    await reader.execute("UPDATE sends SET campaign = NULL WHERE request = 2")
    assert await campaigns_of(reader, 0, [1, 2, 99]) == {1: "c", 2: None}
