"""The pool of connections that only read."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from projections.api.clients import client
from projections.api.pool import DatabaseAwayError, ReadingPool, ReadTooSlowError
from projections.errors import SchemaTooOldError


@contextmanager
def away(dsn: str) -> Iterator[None]:
    """Nobody gets into a database, and who was in is put out."""
    with psycopg.connect(dsn) as connection:
        name = connection.info.dbname
    with psycopg.connect(dsn, dbname="postgres", autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false".encode())
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        yield
        connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true".encode())


async def test_what_is_read_comes_in_utc_and_nothing_can_be_written(database: str) -> None:
    async with ReadingPool(database, 1, patience_s=10) as pool, pool.connection() as connection:
        assert await client(connection, "ana") is None
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            await connection.execute("DELETE FROM clients")
        assert str(connection.info.timezone) == "UTC"


async def test_a_read_that_takes_too_long_is_ended(database: str) -> None:
    async with ReadingPool(database, 1, patience_s=10, statement_timeout_s=0.05) as pool:
        with pytest.raises(ReadTooSlowError, match=r"longer than 0\.05 s: ask for less"):
            async with pool.connection() as connection:
                await connection.execute("SELECT pg_sleep(5)")
        await pool.check()


async def test_a_database_that_was_never_there_is_told() -> None:
    async with ReadingPool("postgresql://nobody@127.0.0.1:1/nothing", 2, patience_s=0.1) as pool:
        with pytest.raises(DatabaseAwayError, match=r"no connection to the database within 0\.1 s: it is away, or"):
            await pool.check()


async def test_a_database_that_goes_away_and_comes_back_is_read_again(database: str) -> None:
    async with ReadingPool(database, 2, patience_s=0.2) as pool:
        await _until_there(pool)
        with away(database), pytest.raises(DatabaseAwayError):
            await pool.check()
        await _until_there(pool)


async def test_a_reader_whose_connection_breaks_is_told_to_ask_again(database: str) -> None:
    async with ReadingPool(database, 1, patience_s=10) as pool:
        with pytest.raises(DatabaseAwayError, match="the database went away"):
            async with pool.connection() as connection:
                await connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        await pool.check()


async def test_who_finds_no_free_connection_is_told_of_the_setting(database: str) -> None:
    async with ReadingPool(database, 1, patience_s=0.3) as pool:
        await _until_there(pool)
        async with pool.connection():
            with pytest.raises(DatabaseAwayError, match=r"all 1 \(api_connections\) are busy"):
                await pool.check()


async def test_tables_that_are_not_there_yet_are_told_as_an_old_schema(postgres: str) -> None:
    async with ReadingPool(postgres, 1, patience_s=10) as pool:
        with pytest.raises(SchemaTooOldError, match="start `mendline projector`"):
            async with pool.connection() as connection:
                await client(connection, "ana")


async def _until_there(pool: ReadingPool) -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                return await pool.check()
            except DatabaseAwayError:
                continue
