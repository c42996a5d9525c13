"""Checkpoints: how far each read model has folded each partition, moved by compare-and-set with its rows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from psycopg import AsyncConnection

from projections.errors import CheckpointMismatchError
from schemas.fence import Fence

MAKE = """
INSERT INTO checkpoints (projection, topic, partition, next_offset, generation, owned, worker, build)
SELECT projection, %s, partition, 0, 0, false, '', 0
FROM unnest(%s::text[]) AS projection, unnest(%s::int[]) AS partition
ON CONFLICT DO NOTHING
"""
LOAD = """
SELECT projection, partition, next_offset, generation, claim, owned, worker, last_counted, decided, build
FROM checkpoints WHERE projection = ANY(%s) AND topic = %s AND partition = ANY(%s)
"""
OTHERS = "SELECT min(topic) FROM checkpoints WHERE projection = ANY(%s) AND topic <> %s"
OTHER_TOPIC = (
    "these tables were made from the topic {found}, not from {topic}: rows of both would mix. Set the topics' prefix to"
    " what it was, or give this log a database of its own"
)
MOVE = """
UPDATE checkpoints AS c
SET next_offset = m.next_offset, generation = m.generation, claim = m.claim, owned = m.owned,
    worker = m.worker, last_counted = m.last_counted, decided = m.decided
FROM unnest(%s::text[], %s::int[], %s::bigint[], %s::bigint[], %s::text[], %s::bigint[],
            %s::bigint[], %s::bigint[], %s::text[], %s::bool[], %s::text[], %s::bigint[], %s::bigint[])
    AS m (projection, partition, old_offset, old_generation, old_claim, build,
          next_offset, generation, claim, owned, worker, last_counted, decided)
WHERE c.topic = %s AND c.projection = m.projection AND c.partition = m.partition
  AND c.next_offset = m.old_offset AND c.generation = m.old_generation
  AND c.claim IS NOT DISTINCT FROM m.old_claim AND c.build = m.build
"""


class StaleCheckpointError(Exception):
    """A checkpoint is moved only by who knows it as it is; another projector, or a rebuild, moved it."""


class Standing(NamedTuple):
    """How far a partition is folded, and who owns it there.

    claim: of the last valid marker; `owned` is False once it was released. worker: its owner's instance id.
    last_counted: offset of the last record that counted, which carries `claim`; None: none yet. decided: the highest
    request whose fate is folded, as far as known: fates rise, so every request up to it is decided there.
    """

    next_offset: int = 0
    generation: int = 0
    claim: str | None = None
    owned: bool = False
    worker: str = ""
    last_counted: int | None = None
    decided: int | None = None

    def fence(self) -> Fence:
        """The fence as it stands there."""
        return Fence(self.generation, self.claim if self.owned else None, self.next_offset)


class Checkpoint(NamedTuple):
    """One read model's standing in one partition. `build`: how often the model has been rebuilt."""

    projection: str
    partition: int
    standing: Standing
    build: int


async def make(
    connection: AsyncConnection, projections: Sequence[str], topic: str, partitions: Collection[int]
) -> None:
    """Make the checkpoints that are missing, at the beginning of the log."""
    await connection.execute(MAKE, [topic, list(projections), list(partitions)])


async def check_topic(connection: AsyncConnection, projections: Sequence[str], topic: str) -> None:
    """Raise CheckpointMismatchError if the read models hold rows of another topic."""
    row = await (await connection.execute(OTHERS, [list(projections), topic])).fetchone()
    if row is not None and row[0] is not None:
        raise CheckpointMismatchError(OTHER_TOPIC.format(found=row[0], topic=topic))


async def load(
    connection: AsyncConnection, projections: Sequence[str], topic: str, partitions: Collection[int]
) -> list[Checkpoint]:
    """The checkpoints of some read models in some partitions."""
    cursor = await connection.execute(LOAD, [list(projections), topic, list(partitions)])
    return [Checkpoint(row[0], row[1], Standing(*row[2:9]), row[9]) for row in await cursor.fetchall()]


async def move(connection: AsyncConnection, topic: str, moves: Sequence[tuple[Checkpoint, Standing]]) -> None:
    """Move each checkpoint from what it was known as to its new standing; raises StaleCheckpointError."""
    was = [(c.projection, c.partition, *c.standing[:3], c.build) for c, _ in moves]
    columns = [list(column) for column in zip(*(w + to for w, (_, to) in zip(was, moves, strict=True)), strict=True)]
    cursor = await connection.execute(MOVE, [*columns, topic])
    if cursor.rowcount != len(moves):
        raise StaleCheckpointError(f"{len(moves) - cursor.rowcount} checkpoints of {topic} were moved by another")
