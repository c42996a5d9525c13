"""A pool of connections that only read, and outlives a database that goes away and comes back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, ClassVar, Self

import orjson
import psycopg
from psycopg import AsyncConnection
from psycopg.types.json import set_json_loads
from psycopg_pool import AsyncConnectionPool, PoolTimeout, TooManyRequests

from projections.errors import ProjectionError
from projections.migrations import check_current

SETTINGS = """
SELECT set_config('timezone', 'UTC', false), set_config('jit', 'off', false),
       set_config('default_transaction_read_only', 'on', false),
       set_config('plan_cache_mode', 'force_custom_plan', false),
       set_config('statement_timeout', %s, false), set_config('application_name', 'mendline api', false)
"""
# A plan that is made for any filter reads the whole table for most: planning anew costs less than half a millisecond.
CONNECT_TIMEOUT_S = 5
LONGEST_RECONNECT_S = 2.0
MOST_WAITING_OF_EACH = 100
MISSING = (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn)


class DatabaseAwayError(ProjectionError):
    """A connection to the database is there within the time given."""

    code: ClassVar[str] = "database_away"


class ReadTooSlowError(ProjectionError):
    """A read ends before the statement timeout."""

    code: ClassVar[str] = "read_too_slow"


class ReadingPool:
    """Connections for readers, each for one statement or a few; `async with` opens and closes it.

    Opening does not wait for the database: it may come later.
    """

    def __init__(
        self, dsn: str, connections: int = 8, *, patience_s: float = 2.0, statement_timeout_s: float = 5.0
    ) -> None:
        self._connections = connections
        self._patience_s = patience_s
        self._statement_timeout_s = statement_timeout_s
        self._pool: AsyncConnectionPool[AsyncConnection[Any]] = AsyncConnectionPool(
            dsn,
            kwargs={"autocommit": True, "connect_timeout": CONNECT_TIMEOUT_S},
            min_size=min(2, connections),
            max_size=connections,
            max_waiting=connections * MOST_WAITING_OF_EACH,
            timeout=patience_s,
            reconnect_timeout=LONGEST_RECONNECT_S,
            configure=self._configure,
            check=AsyncConnectionPool.check_connection,
            open=False,
            name="api",
        )

    async def __aenter__(self) -> Self:
        await self._pool.open(wait=False)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._pool.close()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection]:
        """A connection; raises DatabaseAwayError, ReadTooSlowError, SchemaTooOldError and SchemaTooNewError."""
        try:
            async with self._pool.connection() as connection:
                try:
                    yield connection
                except MISSING:
                    await check_current(connection)
                    raise
        except (PoolTimeout, TooManyRequests) as error:
            raise DatabaseAwayError(self._nothing_free()) from error
        except psycopg.errors.QueryCanceled as error:
            raise ReadTooSlowError(
                f"the database took longer than {self._statement_timeout_s:g} s: ask for less, or with other filters"
            ) from error
        except psycopg.OperationalError as error:
            raise DatabaseAwayError(f"the database went away: {error}. Ask again") from error

    async def check(self) -> None:
        """Raise what `connection` raises unless the database can be read now, and fits this program."""
        async with self.connection() as connection:
            await check_current(connection)

    def _nothing_free(self) -> str:
        return (
            f"no connection to the database within {self._patience_s:g} s: it is away, or all {self._connections}"
            " (api_connections) are busy. Ask again"
        )

    async def _configure(self, connection: AsyncConnection) -> None:
        set_json_loads(orjson.loads, connection)
        await connection.execute(SETTINGS, [f"{self._statement_timeout_s * 1000:.0f}"])
