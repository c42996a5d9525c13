"""The database's schema."""

from __future__ import annotations

import asyncio

import psycopg
import pytest

from projections.catalogue import READ_MODELS
from projections.database import open_connection
from projections.errors import SchemaTooNewError, SchemaTooOldError
from projections.migrations import Migration, apply_missing, known_migrations, migrate
from tests.projections.projecting import rows_of

LATEST = known_migrations()[-1].version


async def test_many_may_migrate_at_once_and_each_step_is_taken_once(postgres: str) -> None:
    await asyncio.gather(*(migrate(postgres) for _ in range(5)))
    found = [row["version"] for row in rows_of(postgres, "schema_versions", order="1")]
    assert found == [m.version for m in known_migrations()]


async def test_only_what_is_missing_is_applied(database: str) -> None:
    more = Migration(LATEST + 1, "more", "CREATE TABLE more (a int)")
    async with await psycopg.AsyncConnection.connect(database) as connection:
        await apply_missing(connection, [*known_migrations(), more])
    assert rows_of(database, "schema_versions", order="1")[-1]["name"] == "more"
    assert rows_of(database, "more", order="1") == []


async def test_a_step_that_fails_leaves_nothing_behind(database: str) -> None:
    broken = Migration(LATEST + 1, "broken", "CREATE TABLE half (a int); SELECT 1 / 0")
    with pytest.raises(psycopg.errors.DivisionByZero):
        async with await psycopg.AsyncConnection.connect(database) as connection:
            await apply_missing(connection, [*known_migrations(), broken])
    with pytest.raises(psycopg.errors.UndefinedTable):
        rows_of(database, "half", order="1")


async def test_a_database_that_a_newer_program_migrated_is_refused(database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("INSERT INTO schema_versions (version, name) VALUES (9000, 'future')")
    with pytest.raises(SchemaTooNewError, match="version 9000, this program knows up to"):
        await migrate(database)
    with pytest.raises(SchemaTooNewError):
        async with open_connection(database, READ_MODELS):
            pass


async def test_a_database_that_was_never_migrated_is_refused(postgres: str) -> None:
    with pytest.raises(SchemaTooOldError, match="version 0, this program needs"):
        async with open_connection(postgres, READ_MODELS):
            pass


def test_migrations_are_numbered_without_gaps() -> None:
    assert [m.version for m in known_migrations()] == list(range(1, LATEST + 1))
