"""A connection for one command's questions to the read models."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from psycopg import AsyncConnection

from mendline.running import postgres_address
from mendline.settings import Settings
from projections.migrations import check_current

CONNECT_TIMEOUT_S = 5


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[AsyncConnection]:
    """A connection to read from; raises NotRunningError, psycopg's errors and SchemaTooOld/NewError."""
    dsn = postgres_address(settings)
    async with await AsyncConnection.connect(dsn, autocommit=True, connect_timeout=CONNECT_TIMEOUT_S) as connection:
        await check_current(connection)
        yield connection
