"""What people ask about campaigns: how many there are, how they stand, and how they went over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from psycopg import AsyncConnection

LISTED = """
SELECT campaign, count(*), sum(sends)::bigint, min(first_at), max(last_at), max(cancelled_at),
    sum(cancelled_sends)::bigint
FROM campaigns WHERE (%(campaign)s::text IS NULL OR campaign = %(campaign)s)
GROUP BY campaign ORDER BY max(last_at) DESC, campaign LIMIT %(limit)s
"""
OUTCOMES = """
SELECT campaign, state, count(*) FROM sends WHERE campaign = ANY(%s) GROUP BY campaign, state ORDER BY campaign, state
"""
OVER_TIME = """
SELECT date_bin(%(step)s, settled_at, 'epoch'), state, count(*) FROM sends
WHERE campaign = %(campaign)s AND settled_at IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2
"""
SPAN = "SELECT max(settled_at) - min(settled_at) FROM sends WHERE campaign = %s"
WITH_OPEN_SENDS = """
SELECT DISTINCT device_id FROM sends
WHERE campaign = %s AND state IN ('waiting', 'deferred', 'attempting', 'reconciling') ORDER BY device_id
"""

ASKED = "SELECT device_id, sum(sends)::bigint FROM campaigns WHERE campaign = %s GROUP BY device_id"


@dataclass(frozen=True, slots=True)
class Standing:
    """A campaign on all its devices. outcomes: how many of its sends are in each state (docs/reading.md)."""

    campaign: str
    devices: int
    sends: int
    first_at: datetime
    last_at: datetime
    cancelled_at: datetime | None
    cancelled_sends: int
    outcomes: dict[str, int]


class Settled(NamedTuple):
    """How many sends came to this state from `at` on, for one step of time."""

    at: datetime
    state: str
    sends: int


async def campaigns(connection: AsyncConnection, campaign: str | None = None, limit: int = 100) -> list[Standing]:
    """All campaigns, or the one of that name; those that were asked for last come first."""
    cursor = await connection.execute(LISTED.encode(), {"campaign": campaign, "limit": limit})
    rows = await cursor.fetchall()
    outcomes = await _outcomes(connection, [row[0] for row in rows])
    return [Standing(*[*row, outcomes.get(row[0], {})]) for row in rows]


async def over_time(connection: AsyncConnection, campaign: str, step: timedelta) -> list[Settled]:
    """What its sends came to, by steps of time; steps in which nothing was settled are left out."""
    cursor = await connection.execute(OVER_TIME.encode(), {"campaign": campaign, "step": step})
    return [Settled(*row) for row in await cursor.fetchall()]


async def span(connection: AsyncConnection, campaign: str) -> timedelta:
    """From the first of its settled sends to the last."""
    cursor = await connection.execute(SPAN.encode(), [campaign])
    found = await cursor.fetchone()
    return found[0] if found and found[0] else timedelta(0)


async def asked_of(connection: AsyncConnection, campaign: str) -> dict[str, int]:
    """How many sends of it were asked of each device."""
    cursor = await connection.execute(ASKED.encode(), [campaign])
    return dict(await cursor.fetchall())


async def devices_with_open_sends(connection: AsyncConnection, campaign: str) -> list[str]:
    """The devices on which a send of it is not settled yet."""
    cursor = await connection.execute(WITH_OPEN_SENDS.encode(), [campaign])
    return [device_id for (device_id,) in await cursor.fetchall()]


async def _outcomes(connection: AsyncConnection, campaigns: Sequence[str]) -> dict[str, dict[str, int]]:
    cursor = await connection.execute(OUTCOMES.encode(), [list(campaigns)])
    found: dict[str, dict[str, int]] = {}
    for campaign, state, count in await cursor.fetchall():
        found.setdefault(campaign, {})[state] = count
    return found
