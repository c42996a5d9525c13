"""People's connections as the API reads them."""

from __future__ import annotations

from typing import Any

import pytest
from psycopg import AsyncConnection

from projections.api.connections import connection_of, connections
from tests.projections.api.asking import found, one_by_one
from tests.projections.written_log import at


async def test_a_connection_says_all_that_is_known(reader: AsyncConnection) -> None:
    assert await connection_of(reader, "ana") == {
        "user": "ana",
        "connection": "b",
        "node": "n2",
        "kind": "sse",
        "live": True,
        "groups": ["fleet"],
        "since": at(2),
        "last_seen": at(4),
        "replaced": "a",
        "ended_at": None,
        "why": None,
        "position": "connection-events/0/4",
    }


async def test_who_never_connected_has_no_connection(reader: AsyncConnection) -> None:
    assert await connection_of(reader, "nobody") is None


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ["ana", "budi", "cici"]),
        ({"live": True}, ["ana", "cici"]),
        ({"live": False}, ["budi"]),
        ({"node": "n1"}, ["budi", "cici"]),
        ({"node": "n1", "live": True}, ["cici"]),
        ({"user": "cici"}, ["cici"]),
        ({"user": "nobody"}, []),
    ],
)
async def test_connections_are_listed_by_user(
    reader: AsyncConnection, filters: dict[str, Any], expected: list[str]
) -> None:
    assert await found(connections, reader, "user", **filters) == expected
    assert await one_by_one(connections, reader, "user", **filters) == expected
