"""Campaigns over all their devices, one by name with its outcomes, and by the page."""

from __future__ import annotations

from psycopg import AsyncConnection

from projections.api.pages import Document, Listing, Row, Wanted, first, page
from projections.where import Where
from schemas.topics import DEVICE

BY_PARTITION = """
SELECT campaign, partition, count(*) AS devices, sum(sends) AS sends, min(first_at) AS first_at,
    max(last_at) AS last_at, max(cancelled_at) AS cancelled_at, max(cancelled_by) AS cancelled_by,
    sum(cancelled_sends) AS cancelled_sends, max(position) AS position
FROM campaigns GROUP BY campaign, partition
"""
OVER_ALL = f"""
SELECT campaign, sum(devices)::bigint AS devices, sum(sends)::bigint AS sends, min(first_at) AS first_at,
    max(last_at) AS last_at, max(cancelled_at) AS cancelled_at, max(cancelled_by) AS cancelled_by,
    sum(cancelled_sends)::bigint AS cancelled_sends,
    string_agg('{DEVICE.events}/' || partition || '/' || position, ',' ORDER BY partition) AS position
FROM ({BY_PARTITION}) AS parts GROUP BY campaign
"""
OUTCOMES = """
(SELECT coalesce(jsonb_object_agg(state, count), '{}') FROM (
    SELECT state, count(*) FROM sends WHERE sends.campaign = c.campaign GROUP BY state
) AS counted)
"""


async def campaign(connection: AsyncConnection, name: str) -> Document | None:
    """One campaign, with what its sends came to."""
    return await first(connection, COUNTED, Where().and_("campaign = %(campaign)s", campaign=name))


async def campaigns(connection: AsyncConnection, wanted: Wanted) -> Document:
    """A page of campaigns by name, without their outcomes; raises CursorInvalidError."""
    return await page(connection, LISTING, Where(), wanted)


def _document(row: Row) -> Document:
    return row


ORDER = {"campaign": "text"}
LISTING = Listing("campaigns", f"SELECT c.*, NULL AS outcomes FROM ({OVER_ALL}) AS c", ORDER, _document)
COUNTED = Listing("campaign", f"SELECT c.*, {OUTCOMES} AS outcomes FROM ({OVER_ALL}) AS c", ORDER, _document)
