"""People's connections to the hub, one by user and by the page."""

from __future__ import annotations

from psycopg import AsyncConnection

from projections.api.pages import Document, Listing, Row, Wanted, first, page
from projections.queries import user_connections_where
from projections.user_connections import USER_CONNECTIONS
from projections.where import Where
from schemas.topics import CONNECTION


async def connection_of(connection: AsyncConnection, user_id: str) -> Document | None:
    """A user's live connection, or the last one; None if there never was one."""
    return await first(connection, LISTING, Where().and_("user_id = %(user_id)s", user_id=user_id))


async def connections(connection: AsyncConnection, wanted: Wanted) -> Document:
    """A page of connections by user, filtered by `user`, `node`, `live`. Raises CursorInvalidError."""
    return await page(connection, LISTING, user_connections_where(**wanted.filters), wanted)


def _document(row: Row) -> Document:
    return {
        "user": row["user_id"],
        "connection": row["connection"],
        "node": row["node"],
        "kind": row["kind"],
        "live": row["ended_at"] is None,
        "groups": row["groups"],
        "since": row["since"],
        "last_seen": row["last_seen"],
        "replaced": row["replaced"],
        "ended_at": row["ended_at"],
        "why": row["why"],
        "position": f"{CONNECTION.events}/{row['partition']}/{row['position']}",
    }


ORDER = {"user_id": "text", "partition": "int"}
LISTING = Listing("user_connections", USER_CONNECTIONS.table.read, ORDER, _document)
