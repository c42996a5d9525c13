"""A device's refreshes with their steps and who joined them, by the page, newest first."""

from __future__ import annotations

from psycopg import AsyncConnection

from projections.api.pages import Document, Listing, Row, Wanted, page
from projections.refreshes import REFRESHES
from projections.where import Where
from schemas.topics import DEVICE

MOST_JOINED = 10
JOINED = """
SELECT {columns}, joins, last_join, joined FROM refreshes AS r
CROSS JOIN LATERAL (
    SELECT count(*) AS joins, max(position) AS last_join FROM refresh_joins AS j
    WHERE j.device_id = r.device_id AND j.refresh = r.refresh AND j.partition = r.partition
) AS counted
CROSS JOIN LATERAL (
    SELECT jsonb_agg(named) AS joined FROM (
        SELECT kind, request, request_id, actor, joined_at FROM refresh_joins AS j
        WHERE j.device_id = r.device_id AND j.refresh = r.refresh AND j.partition = r.partition
        ORDER BY position LIMIT {most}
    ) AS named
) AS listed
"""
AS_THEY_ARE = tuple(
    name for name in REFRESHES.table.columns if name not in ("partition", "position", "steps", "stepped_at")
)


async def refreshes(connection: AsyncConnection, device_id: str, wanted: Wanted) -> Document:
    """A page of a device's refreshes, newest first; raises CursorInvalidError."""
    where = Where().and_("device_id = %(device_id)s", device_id=device_id)
    filters = {**wanted.filters, "device_id": device_id}
    return await page(connection, LISTING, where, wanted._replace(filters=filters))


def _document(row: Row) -> Document:
    partition = row["partition"]
    steps = zip(row["steps"], row["stepped_at"], strict=True)
    joined = row["joined"] or []
    return {
        **{name: row[name] for name in AS_THEY_ARE},
        "steps": [{"step": step, "at": at} for step, at in steps],
        "joins": row["joins"],
        "joined": [{**one, "request": f"{DEVICE.requests}/{partition}/{one['request']}"} for one in joined],
        "position": f"{DEVICE.events}/{partition}/{max(row['position'], row['last_join'] or 0)}",
    }


ORDER = {"refresh": "bigint", "partition": "int"}
SELECT = JOINED.format(columns=", ".join(REFRESHES.table.columns), most=MOST_JOINED)
LISTING = Listing("refreshes", SELECT, ORDER, _document, descending=True)
