"""Whether the read models are there, keep up with the log, and can follow every stream."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import psycopg
from psycopg import AsyncConnection

from mendline.doctor.finding import Finding, Level, of_stream
from projections.errors import ProjectionError
from projections.migrations import check_current, version_of

MOVES_WITHIN_S = 1.0
"""A projector that works moves its checkpoints several times a second."""
CONNECT_TIMEOUT_S = 5
MOST_QUARANTINED = 10
BEHIND = "SELECT projection, partition, next_offset FROM checkpoints WHERE topic = %s"
QUARANTINED = """
SELECT projection, partition, stream_id, position, type, reason, held_back
FROM quarantine WHERE topic = %s ORDER BY projection, partition, position LIMIT %s
"""


async def database_findings(dsn: str, ends: Mapping[str, Mapping[int, int]]) -> list[Finding]:
    """The database's findings; `ends`: of each events topic that read models follow, the ends of its partitions."""
    try:
        async with await AsyncConnection.connect(dsn, autocommit=True, connect_timeout=CONNECT_TIMEOUT_S) as connection:
            await check_current(connection)
            schema = Finding(Level.FINE, "database", f"its schema is version {await version_of(connection)}")
            levels = [await _level(connection, topic, ends[topic]) for topic in ends]
            return [schema, *levels, *[finding for topic in ends for finding in await _quarantined(connection, topic)]]
    except psycopg.OperationalError as error:
        what = f"does not answer: {' '.join(str(error).split())}"
        return [Finding(Level.WRONG, "database", what, "is MENDLINE_POSTGRES right?")]
    except ProjectionError as error:
        return [Finding(Level.WRONG, "database", str(error), "`mendline projector` brings an older schema up to date")]


async def _level(connection: AsyncConnection, topic: str, ends: Mapping[int, int]) -> Finding:
    where, before = f"projector{of_stream(topic)}", await _behind(connection, topic, ends)
    if not any(before.values()):
        return Finding(Level.FINE, where, "the read models are level with the log")
    await asyncio.sleep(MOVES_WITHIN_S)
    after = await _behind(connection, topic, ends)
    what = f"{max(after, key=after.__getitem__)} is {max(after.values())} events behind the log"
    if after == before:
        return Finding(Level.WRONG, where, f"{what} and stands still", "start `mendline projector`; see its log")
    return Finding(Level.FINE, where, f"{what} and catches up")


async def _behind(connection: AsyncConnection, topic: str, ends: Mapping[int, int]) -> dict[str, int]:
    """How many records of `ends` each read model has still to read."""
    cursor = await connection.execute(BEHIND, [topic])
    positions = {(projection, partition): offset for projection, partition, offset in await cursor.fetchall()}
    projections = {projection for projection, _ in positions} or {"every read model"}
    return {
        name: sum(max(0, end - positions.get((name, partition), 0)) for partition, end in ends.items())
        for name in projections
    }


async def _quarantined(connection: AsyncConnection, topic: str) -> list[Finding]:
    cursor = await connection.execute(QUARANTINED, [topic, MOST_QUARANTINED])
    advice = "its rows stand still; once the reason is mended, rebuild the read model"
    return [
        Finding(
            Level.WRONG,
            f"read model {projection}, {stream_id}",
            f"cannot apply {type_} at {topic}/{partition}/{position}, nor the {held_back} events after it: {reason}",
            advice,
        )
        for projection, partition, stream_id, position, type_, reason, held_back in await cursor.fetchall()
    ]
