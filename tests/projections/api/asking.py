"""Asks for lists, page by page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from psycopg import AsyncConnection

from projections.api.cursors import Cursors
from projections.api.pages import Wanted

CURSORS = Cursors(b"a key of tests")
Ask = Callable[[AsyncConnection, Wanted], Awaitable[dict[str, Any]]]


async def page_of(ask: Ask, connection: AsyncConnection, limit: int = 100, **filters: Any) -> dict[str, Any]:
    """The first page."""
    return await ask(connection, Wanted(CURSORS, filters, limit))


async def found(ask: Ask, connection: AsyncConnection, field: str, **filters: Any) -> list[Any]:
    """One field of all items of the first page."""
    return [item[field] for item in (await page_of(ask, connection, **filters))["items"]]


async def one_by_one(ask: Ask, connection: AsyncConnection, field: str, limit: int = 1, **filters: Any) -> list[Any]:
    """One field of all items, by small pages."""
    told: list[Any] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await ask(connection, Wanted(CURSORS, filters, limit, cursor or None))
        told += [item[field] for item in page["items"]]
        cursor = page["next"]
    return told
