"""The demonstration's figures, asked of the read models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection

from projections.campaign_queries import campaigns

UNSETTLED = """
SELECT count(*) FILTER (WHERE d.state = 'parked'), count(*) FILTER (WHERE d.state IS DISTINCT FROM 'parked')
FROM sends s LEFT JOIN devices d USING (partition, device_id)
WHERE s.state IN ('waiting', 'attempting', 'reconciling', 'deferred')
"""
SENDS = "SELECT state, count(*) FROM sends GROUP BY state ORDER BY state"
DEVICES = "SELECT state, count(*) FROM devices GROUP BY state ORDER BY state"
REFRESHES = """
SELECT count(*), count(*) FILTER (WHERE outcome = 'succeeded'), count(*) FILTER (WHERE outcome = 'unreachable'),
       count(DISTINCT device_id), (SELECT count(*) FROM refresh_joins) FROM refreshes
"""
SPEED = """
SELECT count(settled_at), extract(epoch FROM max(settled_at) - min(decided_at)),
       percentile_cont(ARRAY[0.5, 0.99]) WITHIN GROUP (ORDER BY extract(epoch FROM settled_at - attempted_at))
FROM sends WHERE state = 'accepted'
"""
MENDED = """
SELECT device_id FROM refreshes WHERE outcome = 'succeeded' AND refresh > 1 ORDER BY refresh, device_id LIMIT 1
"""
MOST_CAMPAIGNS = 5
CLIENTS = "SELECT state, count(*) FROM clients GROUP BY state ORDER BY state"
KNOWN = """
SELECT partition, min(next_offset) FROM checkpoints WHERE topic LIKE '%device-events' GROUP BY partition
"""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is: sends by state, and of those not settled, how many wait on parked devices."""

    sends: dict[str, int]
    on_parked: int
    going_on: int

    @property
    def asked(self) -> int:
        """Sends that have a row."""
        return sum(self.sends.values())

    @property
    def settled(self) -> int:
        """Sends that are over."""
        return self.asked - self.on_parked - self.going_on


async def progress(connection: AsyncConnection[Any]) -> Progress:
    """How far it is now."""
    on_parked, going_on = (await (await connection.execute(UNSETTLED)).fetchall())[0]
    sends = dict(await (await connection.execute(SENDS)).fetchall())
    return Progress(sends, on_parked, going_on)


async def known_to(connection: AsyncConnection[Any]) -> dict[int, int]:
    """The first offset of each partition that some read model does not know yet."""
    return dict(await (await connection.execute(KNOWN)).fetchall())


async def decided_clients(connection: AsyncConnection[Any]) -> int:
    """How many clients exist or were rejected."""
    found = dict(await (await connection.execute(CLIENTS)).fetchall())
    return int(found.get("live", 0) + found.get("rejected", 0))


async def figures(connection: AsyncConnection[Any]) -> dict[str, Any]:
    """The table at the end. Durations in seconds."""
    made, succeeded, unreachable, devices, joins = (await (await connection.execute(REFRESHES)).fetchall())[0]
    accepted, seconds, quantiles = (await (await connection.execute(SPEED)).fetchall())[0]
    p50, p99 = quantiles or (0.0, 0.0)
    return {
        "clients": dict(await (await connection.execute(CLIENTS)).fetchall()),
        "devices": dict(await (await connection.execute(DEVICES)).fetchall()),
        "sends": dict(await (await connection.execute(SENDS)).fetchall()),
        **{f"campaign_{each.campaign}": each.outcomes for each in await campaigns(connection, limit=MOST_CAMPAIGNS)},
        "refreshes": {"begun": made, "succeeded": succeeded, "unreachable": unreachable},
        "devices_mended": devices,
        "joined_a_refresh_of_others": joins,
        "sends_per_second": round(accepted / float(seconds), 1) if seconds else None,
        "attempt_to_outcome_s": {"p50": round(float(p50), 4), "p99": round(float(p99), 4)},
    }


async def mended_device(connection: AsyncConnection[Any]) -> str | None:
    """A device whose link was mended again while sends waited, the one with the shortest story."""
    found = await (await connection.execute(MENDED)).fetchall()
    return found[0][0] if found else None
