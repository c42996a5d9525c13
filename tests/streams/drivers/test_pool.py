"""The pool of HTTP clients: bounded, and kept connections first."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from streams.drivers.pool import ClientPool, NoneFreeError


@pytest.fixture
async def pool() -> AsyncIterator[ClientPool]:
    pool = ClientPool(2, 0.05, httpx.Timeout(1))
    yield pool
    await pool.close()


async def test_client_that_talked_with_the_server_last_comes_first(pool: ClientPool) -> None:
    async with pool.client("a") as one:
        pass
    async with pool.client("a") as again, pool.client("a") as another:
        assert again is one
        assert another is not one


async def test_client_of_another_server_is_taken_where_no_more_are_made(pool: ClientPool) -> None:
    async with pool.client("a") as one, pool.client("b") as two:
        pass
    async with pool.client("c") as first, pool.client("d") as second:
        assert {first, second} == {one, two}


async def test_who_gets_none_in_time_is_told(pool: ClientPool) -> None:
    async with pool.client("a"), pool.client("b"):
        with pytest.raises(NoneFreeError, match="all 2 connections are busy"):
            async with pool.client("a"):
                pass


async def test_who_waits_gets_the_next_that_is_free(pool: ClientPool) -> None:
    async def hold(server: str) -> None:
        async with pool.client(server):
            await asyncio.sleep(0.01)

    await asyncio.gather(*(hold(server) for server in "abcdef"))


async def test_client_comes_back_after_an_error(pool: ClientPool) -> None:
    for _ in range(3):
        with pytest.raises(ValueError, match="broken"):
            async with pool.client("a"):
                raise ValueError("broken")
