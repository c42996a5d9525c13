"""The projector: keeps all read models level with the events of their streams, for as long as it runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from projections.catalogue import CLIENT_MODELS, CONNECTION_MODELS, READ_MODELS
from projections.database import open_connection
from projections.errors import TopicMissingError
from projections.follower import Follower, Progress
from projections.patience import Patience, is_away
from projections.read_model import ReadModel
from projections.source import open_consumer, partitions_of
from projections.watching import UNWATCHED, Watch
from schemas.cluster import Cluster
from schemas.topics import Topics

MOST_CONNECTIONS = 5
OnProgress = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Lane:
    """Partitions that share a connection and a consumer. While one lane waits for PostgreSQL, another decodes."""

    cluster: Cluster
    dsn: str
    topic: str
    partitions: Sequence[int]
    models: Sequence[ReadModel[Any]]
    schema: str | None = None
    watch: Watch = UNWATCHED


async def run_projector(
    cluster: Cluster,
    dsn: str,
    topics: Topics,
    *,
    partitions: Collection[int] | None = None,
    stop: asyncio.Event,
    pool_size: int = MOST_CONNECTIONS,
    on_progress: OnProgress | None = None,
    watch: Watch = UNWATCHED,
) -> None:
    """Keep the read models level with `partitions` (None: all) until `stop`; raises ProjectionError.

    pool_size: connections to PostgreSQL, 1 to 5, of which clients and people's connections have one each; three where
    it is less. Waits while Kafka or PostgreSQL is away.
    """
    if not 1 <= pool_size <= MOST_CONNECTIONS:
        raise ValueError(f"pool_size is {pool_size}: give 1 to {MOST_CONNECTIONS}")
    lanes: list[Lane] = []
    for models, count in ((READ_MODELS, max(1, pool_size - 2)), (CLIENT_MODELS, 1), (CONNECTION_MODELS, 1)):
        topic = topics.events(models[0].stream)
        wanted = await find_partitions(cluster, topic, partitions, stop)
        lanes += [Lane(cluster, dsn, topic, wanted[n::count], models) for n in range(min(count, len(wanted)))]
        watch.follows(models, wanted)
    lanes = [replace(lane, watch=watch) for lane in lanes]
    try:
        async with asyncio.TaskGroup() as group:
            for lane in lanes:
                group.create_task(keep_level(lane, stop, on_progress or ignore))
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None


async def keep_level(lane: Lane, stop: asyncio.Event, on_progress: OnProgress) -> None:
    """Follow a lane's partitions until `stop`, through whatever is away for a while."""
    patience = Patience(f"the projector of {lane.topic} {list(lane.partitions)}")
    while not stop.is_set():
        try:
            await _follow(lane, stop, on_progress, patience)
        except Exception as error:
            if not is_away(error):
                raise
            await patience.wait(error, stop)


async def catch_up(lane: Lane, stop: asyncio.Event, on_progress: OnProgress | None = None) -> None:
    """Follow a lane's partitions until the ends of the log, or until `stop`."""
    level = asyncio.Event()

    def look(progress: Progress) -> None:
        if on_progress is not None:
            on_progress(progress)
        if len(progress.ends) == len(lane.partitions) and progress.lag == 0:
            level.set()

    stopping = asyncio.create_task(_pass_on(stop, level))
    try:
        await keep_level(lane, level, look)
    finally:
        stopping.cancel()


async def _pass_on(one: asyncio.Event, other: asyncio.Event) -> None:
    await one.wait()
    other.set()


async def _follow(lane: Lane, stop: asyncio.Event, on_progress: OnProgress, patience: Patience) -> None:
    async with (
        open_connection(lane.dsn, lane.models, lane.schema) as connection,
        open_consumer(lane.cluster) as consumer,
    ):
        follower = Follower(consumer, connection, lane.topic, lane.partitions, lane.models, lane.watch)
        await follower.load()
        while not stop.is_set():
            on_progress(await follower.step())
            patience.succeeded()


async def find_partitions(
    cluster: Cluster, topic: str, wanted: Collection[int] | None, stop: asyncio.Event
) -> list[int]:
    """The partitions to follow, [] if stopped before Kafka was there; raises TopicMissingError."""
    patience = Patience(f"the projector of {topic}")
    while not stop.is_set():
        try:
            found = await partitions_of(cluster, topic)
        except Exception as error:
            if not is_away(error):
                raise
            await patience.wait(error, stop)
        else:
            patience.succeeded()
            return checked(topic, found, wanted)
    return []


def checked(topic: str, found: Sequence[int], wanted: Collection[int] | None) -> list[int]:
    """The partitions wanted of those found; raises TopicMissingError."""
    missing = sorted(set(wanted or ()) - set(found))
    if missing:
        raise TopicMissingError(f"{topic} has no partitions {missing}: it has 0 to {found[-1]}")
    return sorted(found if wanted is None else wanted)


def ignore(_progress: Progress) -> None:
    """Nobody looks at the progress."""
