"""How far the read models are: their lag behind the log, and waiting until they reach a position."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from psycopg import AsyncConnection

from projections.catalogue import ALL_MODELS, READ_MODELS
from projections.errors import NotLevelError
from projections.source import of_topic, open_consumer, partitions_of
from schemas.cluster import Cluster

POSITIONS = "SELECT projection, partition, next_offset FROM checkpoints WHERE topic = %s ORDER BY 1, 2"
REACHED = """
SELECT count(*) FROM checkpoints
WHERE topic = %s AND partition = %s AND projection = ANY(%s) AND next_offset > %s
"""
FIRST_POLL_S = 0.002
LONGEST_POLL_S = 0.1
NAMES = tuple(model.name for model in READ_MODELS)


class Lag(NamedTuple):
    """One read model in one partition. end: the offset after the log's last record."""

    projection: str
    partition: int
    next_offset: int
    end: int

    @property
    def records(self) -> int:
        """How many records it has not folded yet."""
        return self.end - self.next_offset


async def lags(connection: AsyncConnection, cluster: Cluster, topic: str) -> list[Lag]:
    """Every read model's lag in every partition of a topic; raises TopicMissingError and aiokafka's KafkaError."""
    places = of_topic(topic, await partitions_of(cluster, topic))
    async with open_consumer(cluster) as consumer:
        ends = {place.partition: end for place, end in (await consumer.end_offsets(places)).items()}
    cursor = await connection.execute(POSITIONS, [topic])
    known = {(projection, partition): offset for projection, partition, offset in await cursor.fetchall()}
    names = [model.name for model in ALL_MODELS if topic.endswith(model.stream.events)]
    return [Lag(name, p, known.get((name, p), 0), end) for name in names for p, end in sorted(ends.items())]


async def wait_until(
    connection: AsyncConnection,
    topic: str,
    partition: int,
    offset: int,
    *,
    projections: Sequence[str] = NAMES,
    timeout_s: float = 10.0,
) -> None:
    """Return once read models contain the record at `offset`, so that one reads one's own writes.

    Raises NotLevelError after `timeout_s`. The connection must not be in a transaction.
    """
    pause = FIRST_POLL_S
    try:
        async with asyncio.timeout(timeout_s):
            while not await _have_reached(connection, topic, partition, offset, projections):
                await asyncio.sleep(pause)
                pause = min(LONGEST_POLL_S, pause * 2)
    except TimeoutError:
        raise NotLevelError(
            f"after {timeout_s:g} s the read models do not contain {topic}/{partition}/{offset} yet: is a projector"
            " running, and how far behind is it?"
        ) from None


async def _have_reached(
    connection: AsyncConnection, topic: str, partition: int, offset: int, projections: Sequence[str]
) -> bool:
    cursor = await connection.execute(REACHED, [topic, partition, list(projections), offset])
    return await cursor.fetchone() == (len(projections),)
