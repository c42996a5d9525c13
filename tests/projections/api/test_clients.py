"""Clients as the API reads them."""

from __future__ import annotations

from typing import Any

import pytest
from psycopg import AsyncConnection

from projections.api.clients import client, clients
from tests.projections.api.asking import found, one_by_one
from tests.projections.written_log import at


async def test_a_client_says_all_that_is_known(reader: AsyncConnection) -> None:
    assert await client(reader, "ana") == {
        "id": "ana",
        "name": "Ana",
        "email": "Ana@shop.example",
        "phone": "+62811",
        "company": "Shop",
        "userId": "u-7",
        "state": "live",
        "reason": None,
        "created_at": at(1),
        "last_event_at": at(1),
        "position": "client-events/0/1",
    }


async def test_a_client_that_was_removed_is_found_by_its_id_and_another_is_not(reader: AsyncConnection) -> None:
    assert (await client(reader, "dian") or {})["state"] == "removed"
    assert await client(reader, "nobody") is None


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ["ana", "budi"]),
        ({"state": "removed"}, ["dian"]),
        ({"state": "rejected"}, ["cici"]),
        ({"email": "ana@SHOP.example"}, ["ana"]),
        ({"email": "%"}, []),
        ({"state": "removed", "email": "ana@shop.example"}, []),
        ({"state": None, "email": None}, ["ana", "budi"]),
    ],
)
async def test_clients_are_listed_by_id(reader: AsyncConnection, filters: dict[str, Any], expected: list[str]) -> None:
    assert await found(clients, reader, "id", **filters) == expected
    assert await one_by_one(clients, reader, "id", **filters) == expected
