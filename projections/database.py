"""Connections of the read side's writers: one each, set up for whole batches."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from psycopg import AsyncConnection, sql

from projections.migrations import check_current
from projections.read_model import ReadModel

SETTINGS = """
SELECT set_config('timezone', 'UTC', false), set_config('jit', 'off', false),
       set_config('synchronous_commit', 'off', false), set_config('application_name', 'mendline projector', false)
"""
# A commit that PostgreSQL loses in a crash loses its checkpoint too: the log is read again from there.


@asynccontextmanager
async def open_connection(
    dsn: str, models: Sequence[ReadModel[Any]], schema: str | None = None
) -> AsyncIterator[AsyncConnection]:
    """A connection with landing places for the models' rows; raises psycopg's errors and SchemaTooOld/NewError.

    schema: where tables are looked for first; the shadow of a rebuild.
    """
    async with await AsyncConnection.connect(dsn, autocommit=True) as connection:
        try:
            await connection.execute(SETTINGS)
            await check_current(connection)
            if schema is not None:
                await look_first_in(connection, schema)
            for model in models:
                await connection.execute(model.table.staging.encode())
            yield connection
        finally:
            # psycopg's own ending asks the server first, and leaves the connection open if it is cancelled meanwhile.
            await connection.close()


async def look_first_in(connection: AsyncConnection, schema: str) -> None:
    """Let names of tables mean those of a schema first, where it has them."""
    quoted = sql.Identifier(schema).as_string(connection)
    await connection.execute(
        "SELECT set_config('search_path', %s || ', ' || current_setting('search_path'), false)", [quoted]
    )
