"""Rebuilds one read model from the beginning of the log while it, and all others, go on being used."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
from psycopg import AsyncConnection

from projections import shadow
from projections.catalogue import read_model
from projections.checkpoints import check_topic
from projections.errors import RebuildUnderWayError
from projections.migrations import LOCK, check_current
from projections.patience import Patience, is_away
from projections.projector import Lane, OnProgress, catch_up, find_partitions, ignore
from projections.shares import fold_shares, processes_for
from projections.source import length_of
from schemas.cluster import Cluster
from schemas.topics import Topics

log = logging.getLogger(__name__)

SWAP_PAUSE_S = 0.2
WORTH_PROCESSES = 200_000
"""Records of a log that takes longer to fold than processes take to begin."""


async def rebuild(
    cluster: Cluster,
    dsn: str,
    topics: Topics,
    name: str,
    *,
    stop: asyncio.Event,
    on_progress: OnProgress | None = None,
    processes: int | None = None,
) -> bool:
    """Fold the whole log into new tables, then put them in the read model's place; False if stopped before.

    processes: how many fold the bulk of it, each with a connection; None: two a core where the log is long.
    Raises UnknownReadModelError, RebuildUnderWayError and every other ProjectionError. Waits while Kafka or PostgreSQL
    is away.
    """
    model = read_model(name)
    partitions = await find_partitions(cluster, topics.events(model.stream), None, stop)
    async with _alone(dsn, name) as connection:
        await check_topic(connection, [name], topics.events(model.stream))
        await shadow.make(connection, name)
        lane = Lane(cluster, dsn, topics.events(model.stream), partitions, (model,), shadow.schema_of(name))
        await _share(lane, processes, stop, on_progress or ignore)
        while not stop.is_set():
            await catch_up(lane, stop, on_progress)
            if not stop.is_set() and await _swapped(connection, name):
                log.info("the read model %s is rebuilt", name)
                return True
        await shadow.drop(connection, name)
    return False


async def _share(lane: Lane, processes: int | None, stop: asyncio.Event, on_progress: OnProgress) -> None:
    """Have processes of their own fold the bulk of a long log; a rest, and a short log, are left."""
    if processes is None:
        long = await _length(lane, stop) >= WORTH_PROCESSES
        processes = processes_for(len(lane.partitions)) if long else 1
    if processes > 1 and not stop.is_set():
        await fold_shares(lane, processes, stop, on_progress)


async def _length(lane: Lane, stop: asyncio.Event) -> int:
    patience = Patience(f"the rebuild from {lane.topic}")
    while not stop.is_set():
        try:
            return await length_of(lane.cluster, lane.topic, lane.partitions)
        except Exception as error:
            if not is_away(error):
                raise
            await patience.wait(error, stop)
    return 0


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
