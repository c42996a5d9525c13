"""Lists page by page, each page one statement that begins behind the last row of the one before, never by counting."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from psycopg import AsyncConnection
from psycopg.rows import dict_row

from projections.api.cursors import Cursors
from projections.where import Where

MOST_ITEMS = 1000
"""Of a page; whoever asks for more gets as many."""
Row = dict[str, Any]
Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Listing:
    """A list: the query of its rows, the columns that order it, and how a row becomes a document.

    order: columns and their types, all ascending or all descending, together different for every row.
    """

    name: str
    select: str
    order: Mapping[str, str]
    document: Callable[[Row], Document]
    descending: bool = False


class Wanted(NamedTuple):
    """Which page is wanted of a list with these filters."""

    cursors: Cursors
    filters: Mapping[str, Any]
    limit: int = 100
    cursor: str | None = None


async def page(connection: AsyncConnection, listing: Listing, where: Where, wanted: Wanted) -> Document:
    """`{items, next}`; raises CursorInvalidError."""
    if wanted.cursor is not None:
        last = wanted.cursors.open(listing.name, wanted.filters, wanted.cursor)
        where = _behind(listing, where, last)
    limit = max(1, min(wanted.limit, MOST_ITEMS))
    rows = await fetch(connection, f"{listing.select} WHERE {where} {_ordered(listing)} LIMIT {limit + 1}", where)
    following = _cursor(listing, wanted, rows[limit - 1]) if len(rows) > limit else None
    return {"items": [listing.document(row) for row in rows[:limit]], "next": following}


async def fetch(connection: AsyncConnection, query: str, where: Where) -> list[Row]:
    """The rows of a query."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(query.encode(), where.arguments)
        return await cursor.fetchall()


async def first(connection: AsyncConnection, listing: Listing, where: Where) -> Document | None:
    """The document of the first row that fulfils the conditions."""
    rows = await fetch(connection, f"{listing.select} WHERE {where} {_ordered(listing)} LIMIT 1", where)
    return listing.document(rows[0]) if rows else None


def _ordered(listing: Listing) -> str:
    direction = " DESC" if listing.descending else ""
    return "ORDER BY " + ", ".join(f"{column}{direction}" for column in listing.order)


def _behind(listing: Listing, where: Where, last: list[Any]) -> Where:
    places = {f"last_{n}": value for n, value in enumerate(last)}
    values = ", ".join(f"%({name})s::{type_}" for name, type_ in zip(places, listing.order.values(), strict=True))
    sign = "<" if listing.descending else ">"
    return where.and_(f"({', '.join(listing.order)}) {sign} ({values})", **places)


def _cursor(listing: Listing, wanted: Wanted, row: Row) -> str:
    return wanted.cursors.seal(
        listing.name, wanted.filters, [row[column.rpartition(".")[2]] for column in listing.order]
    )
