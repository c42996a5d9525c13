"""Clients, one by id and by the page."""

from __future__ import annotations

from psycopg import AsyncConnection

from projections.api.pages import Document, Listing, Row, Wanted, first, page
from projections.clients import CLIENTS
from projections.queries import clients_where
from projections.where import Where
from schemas.topics import CLIENT


async def client(connection: AsyncConnection, client_id: str) -> Document | None:
    """One client, also one that was removed or rejected."""
    return await first(connection, LISTING, Where().and_("client_id = %(client_id)s", client_id=client_id))


async def clients(connection: AsyncConnection, wanted: Wanted) -> Document:
    """A page of clients by id, filtered by `state` and `email`; without `state` those that are not gone.

    Raises CursorInvalidError.
    """
    return await page(connection, LISTING, clients_where(**wanted.filters), wanted)


def _document(row: Row) -> Document:
    return {
        "id": row["client_id"],
        "name": row["name"],
        "email": row["email"],
        "phone": row["phone"],
        "company": row["company"],
        "userId": row["user_id"],
        "state": row["state"],
        "reason": row["reason"],
        "created_at": row["created_at"],
        "last_event_at": row["last_event_at"],
        "position": f"{CLIENT.events}/{row['partition']}/{row['position']}",
    }


LISTING = Listing("clients", CLIENTS.table.read, {"client_id": "text", "partition": "int"}, _document)
