"""Sends, by their request's id and by the page, newest first."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from psycopg import AsyncConnection

from projections.api.pages import Document, Listing, Row, Wanted, fetch, first, page
from projections.queries import sends_where
from projections.sends import SENDS
from projections.where import Where
from schemas.topics import DEVICE

MOST_NAMESAKES = 100
NEWEST_OF_EACH_DEVICE = (
    "SELECT * FROM (SELECT DISTINCT ON (device_id) * FROM sends WHERE request_id = %(request_id)s"
    f" ORDER BY device_id, decided_at DESC) AS s ORDER BY decided_at DESC, device_id LIMIT {MOST_NAMESAKES}"
)
LATELY = """
(device_id, request_id) IN (SELECT * FROM unnest(%(devices)s::text[], %(requests)s::text[]))
AND decided_at > now() - interval '24 hours'
"""
CAMPAIGNS_OF = "SELECT request, campaign FROM sends WHERE partition = %s AND request = ANY(%s)"
OLDEST_FIRST = "ORDER BY decided_at, request"
COLUMNS = tuple(name for name in SENDS.table.columns if name not in ("partition", "request", "recipient", "position"))


async def send(connection: AsyncConnection, device_id: str, request_id: str) -> Document | None:
    """A device's send of that id; the newest where an id was used again after it was forgotten."""
    where = Where().and_("device_id = %(device_id)s", device_id=device_id)
    return await first(connection, LISTING, where.and_("request_id = %(request_id)s", request_id=request_id))


async def sends_called(connection: AsyncConnection, request_id: str) -> list[Document]:
    """The sends of that id, each the newest of its device, newest first: ids are a device's own."""
    rows = await fetch(connection, NEWEST_OF_EACH_DEVICE, Where((), {"request_id": request_id}))
    return [_document(row) for row in rows]


async def sends_named(connection: AsyncConnection, names: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Document]:
    """Which of these sends, by device and request id, were decided within the last day."""
    devices, requests = zip(*names, strict=True)
    where = Where((LATELY,), {"devices": list(devices), "requests": list(requests)})
    rows = await fetch(connection, f"{LISTING.select} WHERE {where} {OLDEST_FIRST}", where)
    return {(row["device_id"], row["request_id"]): _document(row) for row in rows}


async def campaigns_of(connection: AsyncConnection, partition: int, requests: Collection[int]) -> dict[int, str | None]:
    """The campaign of each of these sends, None: of none; what is not known is left out."""
    cursor = await connection.execute(CAMPAIGNS_OF, [partition, list(requests)])
    return dict(await cursor.fetchall())


async def sends(connection: AsyncConnection, wanted: Wanted) -> Document:
    """A page of sends, newest first, filtered by `device_id`, `campaign`, `state`, `since`, `until` of their fates.

    Raises CursorInvalidError.
    """
    return await page(connection, LISTING, sends_where(**wanted.filters), wanted)


def _document(row: Row) -> Document:
    partition = row["partition"]
    document = {name: row[name] for name in COLUMNS}
    document["to"] = row["recipient"]
    document["request"] = f"{DEVICE.requests}/{partition}/{row['request']}"
    document["position"] = f"{DEVICE.events}/{partition}/{row['position']}"
    return document


ORDER = {"decided_at": "timestamptz", "partition": "int", "request": "bigint"}
LISTING = Listing("sends", SENDS.table.read, ORDER, _document, descending=True)
