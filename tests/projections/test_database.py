"""Connections of the read side's writers end with who uses them."""

from __future__ import annotations

import asyncio

import pytest
from psycopg import AsyncConnection

from projections.database import open_connection


async def test_a_connection_is_closed_though_the_server_is_slow_to_roll_back(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(_connection: AsyncConnection) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(AsyncConnection, "rollback", never)
    async with asyncio.timeout(5):
        with pytest.raises(RuntimeError, match="planted"):
            async with open_connection(database, []) as connection:
                raise RuntimeError("planted")
    assert connection.closed
