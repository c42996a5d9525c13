"""Rebuilds one read model from the beginning of the log while it, and all others, go on being used."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import psycopg
from psycopg import AsyncConnection

from projections import shadow
from projections.catalogue import read_model
from projections.checkpoints import check_topic
from projections.errors import RebuildUnderWayError
from projections.follower import Progress
from projections.migrations import LOCK, check_current
from projections.projector import Lane, find_partitions, keep_level
from schemas.topics import Topics

log = logging.getLogger(__name__)

SWAP_PAUSE_S = 0.2


async def rebuild(
    bootstrap: str,
    dsn: str,
    topics: Topics,
    name: str,
    *,
    stop: asyncio.Event,
    on_progress: Callable[[Progress], None] | None = None,
) -> bool:
    """Fold the whole log into new tables, then put them in the read model's place; False if stopped before.

    Raises UnknownReadModelError, RebuildUnderWayError and every other ProjectionError. Waits while Kafka or
    PostgreSQL is away.
    """
    model = read_model(name)
    partitions = await find_partitions(bootstrap, topics.events(), None, stop)
    async with _alone(dsn, name) as connection:
        await check_topic(connection, [name], topics.events())
        await shadow.make(connection, name)
        lane = Lane(bootstrap, dsn, topics.events(), partitions, (model,), shadow.schema_of(name))
        while not stop.is_set():
            await catch_up(lane, stop, on_progress)
            if not stop.is_set() and await _swapped(connection, name):
                log.info("the read model %s is rebuilt", name)
                return True
        await shadow.drop(connection, name)
    return False


async def catch_up(lane: Lane, stop: asyncio.Event, on_progress: Callable[[Progress], None] | None = None) -> None:
    """Follow a lane's partitions until the ends of the log, or until `stop`."""
    level = asyncio.Event()

    def look(progress: Progress) -> None:
        if on_progress is not None:
            on_progress(progress)
        if stop.is_set() or (len(progress.ends) == len(lane.partitions) and progress.lag == 0):
            level.set()

    await keep_level(lane, level, look)


async def _swapped(connection: AsyncConnection, name: str) -> bool:
    try:
        return await shadow.swap(connection, name)
    except psycopg.errors.LockNotAvailable:
        # Somebody reads the table for long: nobody else has to queue behind us meanwhile.
        await asyncio.sleep(SWAP_PAUSE_S)
        return False


@asynccontextmanager
async def _alone(dsn: str, name: str) -> AsyncIterator[AsyncConnection]:
    async with await AsyncConnection.connect(dsn, autocommit=True) as connection:
        await check_current(connection)
        cursor = await connection.execute("SELECT pg_try_advisory_lock(%s # hashtext(%s))", [LOCK, name])
        if await cursor.fetchone() != (True,):
            raise RebuildUnderWayError(f"{name} is being rebuilt by another process: wait for it, or end it")
        yield connection
