"""How a handler reads: on one of the node's few connections, once the read models have come far enough."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from psycopg import AsyncConnection

from mendline.gateway.problems import ProblemError
from projections.api.cursors import Cursors
from projections.api.etags import Etags, edition
from projections.api.level import Level
from projections.api.pages import Wanted
from projections.api.pool import ReadingPool
from projections.errors import ProjectionError
from schemas.api.document import Document
from schemas.api.masking import masked
from schemas.control.rights import Caller
from schemas.edition import EDITED

READY_S = 2.0
LEVEL_S = 5.0
"""How long a read waits for what it is to hold at least."""


class Reader:
    """Reads for one node; a key without `audit` sees nothing about persons."""

    def __init__(self, pool: ReadingPool, level: Level, cursors: Cursors, etags: Etags) -> None:
        self._pool = pool
        self._level = level
        self._cursors = cursors
        self._etags = etags

    @asynccontextmanager
    async def opened(self, at_least: str | None) -> AsyncIterator[AsyncConnection]:
        """A connection to read with, once the read models hold `at_least`."""
        await self.reach(at_least)
        async with self._pool.connection() as connection:
            yield connection

    async def reach(self, at_least: str | None) -> None:
        """Return once the read models hold `at_least`; raises what tells that they do not yet."""
        if at_least is not None:
            await self._level.reach(at_least, LEVEL_S)

    async def level_with(self, position: str, timeout_s: float) -> bool:
        """Whether the read models hold a position within that time; no where nobody can say."""
        try:
            await self._level.reach(position, timeout_s)
        except (ProjectionError, psycopg.Error, OSError):
            return False
        return True

    async def not_ready(self) -> str | None:
        """Why nothing can be read now; None where it can."""
        try:
            async with asyncio.timeout(READY_S):
                await self._pool.check()
        except (psycopg.Error, ProjectionError, OSError, TimeoutError) as error:
            why = str(error) or f"no answer within {READY_S:g} s"
            return f"the read models' database: {why}"
        return None

    def wanted(self, filters: Mapping[str, Any], limit: int, cursor: str | None) -> Wanted:
        """Which page is asked for."""
        return Wanted(self._cursors, filters, limit, cursor)

    def etag(self, document: dict[str, Any]) -> str:
        """The ETag of a whole document, whatever of it the caller may see."""
        return self._etags.of(document)

    def document_for(self, caller: Caller, model: type[Document], document: dict[str, Any]) -> dict[str, Any]:
        """What this caller may see of a document."""
        return document if caller.may("audit") else masked(model, document)

    def page_for(self, caller: Caller, model: type[Document], page: dict[str, Any]) -> dict[str, Any]:
        """What this caller may see of a page."""
        return page | {"items": [self.document_for(caller, model, each) for each in page["items"]]}

    async def seen(
        self, find: Callable[[AsyncConnection], Awaitable[dict[str, Any] | None]], if_match: str | None
    ) -> dict[str, str]:
        """What an editor saw, for the owner to compare; raises the problem that he saw something else."""
        if if_match is None:
            return {}
        async with self.opened(None) as connection:
            found = await find(connection)
        if found is None or not self._etags.edits_match(if_match, found):
            raise ProblemError("edited", EDITED)
        return {} if if_match.strip() == "*" else {"edition": edition(found)}
