"""Follows some partitions of an events topic: reads, judges and applies, batch by batch."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Collection, Iterable, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import OffsetOutOfRangeError
from psycopg import AsyncConnection

from projections import checkpoints
from projections.applying import Applier
from projections.checkpoints import Checkpoint, StaleCheckpointError
from projections.decoding import Validators, passing, validators
from projections.errors import CheckpointMismatchError
from projections.garbage import collection_paused
from projections.quarantine import load_held
from projections.read_model import ReadModel
from projections.source import check_heard, of_topic
from projections.tail import Tail
from projections.watching import UNWATCHED, Watch

log = logging.getLogger(__name__)

BATCH_RECORDS = 20_000
POLL_MS = 200
TOO_SHORT = (
    "partition {partition} of {topic} ends at {end}, but the checkpoint of these tables is at {next_offset}: this is"
    " another log than the one they were made from, or one that lost records. Point the projector to the right"
    " cluster or database, or, if the log was replaced on purpose, empty the database and start again"
)
TRIMMED = (
    "partition {partition} of {topic} begins at {begin}, but the next record needed is {start}: what lies between is"
    " no longer in the log. Restore the database from a backup of after that, or put the archived events back"
)


class Progress(NamedTuple):
    """What one step brought. positions, ends: next offset and end of the log, by partition; read: records."""

    read: int
    positions: dict[int, int]
    ends: dict[int, int]

    @property
    def lag(self) -> int:
        """How many records are still to be read."""
        return sum(max(0, end - self.positions[partition]) for partition, end in self.ends.items())


class Follower:
    """Keeps read models level with some partitions, over one consumer and one connection."""

    def __init__(
        self,
        consumer: AIOKafkaConsumer,
        connection: AsyncConnection,
        topic: str,
        partitions: Collection[int],
        models: Sequence[ReadModel[Any]],
        watch: Watch = UNWATCHED,
    ) -> None:
        self._consumer = consumer
        self._connection = connection
        self._topic = topic
        self._partitions = of_topic(topic, partitions)
        self._models = models
        self._watch = watch
        self._tails: dict[int, Tail] = {}
        self._applier: Applier | None = None
        self._since_s = 0.0

    async def load(self) -> None:
        """Go on from the checkpoints in the database; raises CheckpointMismatchError."""
        numbers = [p.partition for p in self._partitions]
        self._tails, self._applier = await resume(self._connection, self._topic, numbers, self._models, self._watch)
        await self._check_reach(self._applier.book.values())
        self._consumer.assign(self._partitions)
        for partition in self._partitions:
            self._consumer.seek(partition, self._tails[partition.partition].start)
        self._since_s = time.time()

    async def step(self) -> Progress:
        """Read and apply one batch, or wait a little for one; raises CheckpointMismatchError, KafkaSilentError."""
        assert self._applier is not None, "load first"
        try:
            batch = await self._consumer.getmany(timeout_ms=POLL_MS, max_records=BATCH_RECORDS)
        except OffsetOutOfRangeError as error:
            raise CheckpointMismatchError(f"the log lost records that were read before: {error}") from error
        if not batch:
            check_heard(self._consumer, self._partitions, self._since_s)
        with collection_paused():
            stretches = [self._tails[p.partition].take(records) for p, records in batch.items()]
        new = [s for s in stretches if s.after.next_offset > s.before.next_offset]
        try:
            if new:
                await self._applier.apply(new)
                self._watch.applied(self._models[0].stream, new)
        except StaleCheckpointError as error:
            log.warning("%s: reading its checkpoints anew", error)
            await self.load()
        progress = self._progress(sum(map(len, batch.values())))
        self._watch.stepped(self._models[0].stream, self._applier.book.values(), progress.ends, self._applier.held)
        return progress

    async def _check_reach(self, found: Iterable[Checkpoint]) -> None:
        begins = await self._consumer.beginning_offsets(self._partitions)
        ends = await self._consumer.end_offsets(self._partitions)
        furthest = {c.partition: c.standing.next_offset for c in sorted(found, key=lambda c: c.standing.next_offset)}
        for place in self._partitions:
            partition, begin, end = place.partition, begins[place], ends[place]
            start, next_offset = self._tails[partition].start, furthest[partition]
            where = {"partition": partition, "topic": self._topic}
            if end < next_offset:
                raise CheckpointMismatchError(TOO_SHORT.format(end=end, next_offset=next_offset, **where))
            if begin > start:
                raise CheckpointMismatchError(TRIMMED.format(begin=begin, start=start, **where))

    def _progress(self, read: int) -> Progress:
        ends = {p.partition: self._consumer.highwater(p) for p in self._partitions}
        positions = {number: tail.standing.next_offset for number, tail in self._tails.items()}
        return Progress(read, positions, {n: end for n, end in ends.items() if end is not None})


async def resume(
    connection: AsyncConnection,
    topic: str,
    partitions: Collection[int],
    models: Sequence[ReadModel[Any]],
    watch: Watch = UNWATCHED,
) -> tuple[dict[int, Tail], Applier]:
    """What goes on from the checkpoints in the database: a tail a partition, and who applies what they take.

    Raises CheckpointMismatchError.
    """
    names = [model.name for model in models]
    await checkpoints.check_topic(connection, names, topic)
    await checkpoints.make(connection, names, topic, partitions)
    found = await checkpoints.load(connection, names, topic, partitions)
    held = await load_held(connection, topic, partitions)
    checks, passed = validators(), passing(models[0].stream, frozenset().union(*(model.takes for model in models)))
    tails = {
        partition: _tail(partition, list(own), checks, passed)
        for partition, own in groupby(sorted(found, key=_number), key=_number)
    }
    book = {(c.projection, c.partition): c for c in found}
    return tails, Applier(connection, topic, models, book, held, watch)


def _tail(partition: int, own: Sequence[Checkpoint], checks: Validators, passed: re.Pattern[bytes] | None) -> Tail:
    standings = [checkpoint.standing for checkpoint in own]
    proofs = {s.last_counted: s.claim for s in standings if s.last_counted is not None and s.claim}
    return Tail(partition, min(standings, key=lambda s: s.next_offset), checks, proofs, passed)


def _number(checkpoint: Checkpoint) -> int:
    return checkpoint.partition
