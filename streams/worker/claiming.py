"""Becoming the owner of a partition: prove membership, fold, claim, fold up to the own marker (log-fence.md)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime

from schemas.catalogue import event_of
from schemas.envelope import NO_CONTEXT, EventEnvelope, Position, encode_event
from schemas.fence import Verdict
from schemas.marks import PARTITION
from schemas.message import SCHEMA_LEVEL, PartitionClaimed
from streams.log.ports import AckTimes, AppendUnknownError, Clock, EventLog, EventRecord, Intake, LogError, LogRecord
from streams.ownership.lineage import Marker
from streams.ownership.taking_in import take_in
from streams.snapshots.fitting import Fitting
from streams.worker.owning import PartitionOwner
from streams.worker.terms import Identity, Terms
from streams.worker.timekeeping import ClockWatch
from streams.worker.unfit import ForeignLogError, NamesakeError

log = logging.getLogger(__name__)

MARKER_KEY = PARTITION.encode()
BEGINS = "begins with the snapshot"

Batches = AsyncGenerator[Sequence[LogRecord], None]


class NotOwnerError(Exception):
    """Only whose marker is the next valid one is owner; try again after a pause."""


@dataclass(slots=True)
class Predecessor:
    """Whose marker was the last valid one before ours, and whether it has released the partition."""

    folder: str = ""
    process: str = ""
    released: bool = True

    def has_ended(self, identity: Identity) -> bool:
        """Whether that claim's process cannot be at work beside `identity`'s: both have locked one data folder.

        A name proves nothing: two workers can be given the same.
        """
        return self.process == identity.process or (self.folder == identity.folder != "")


@dataclass(frozen=True, slots=True)
class Claimed:
    """An owner whose own marker was the last record folded.

    surprised: its predecessor was still beginning things just before, and has not been waited for.
    passed: the position of an earlier owner, and up to where no request follows it, where retention has come so far.
    """

    owner: PartitionOwner
    predecessor: Predecessor
    surprised: bool = False
    passed: tuple[int, int] | None = None

    def resumes_at(self) -> int:
        """Where the requests go on that are not decided yet."""
        position = self.owner.next_request
        return self.passed[1] if self.passed is not None and self.passed[0] == position else position


class Claimer:
    """Tries once to become the owner of a partition.

    overtaken: called when the log says that another process claimed since this one did, if it ever did.
    """

    def __init__(
        self,
        partition: int,
        identity: Identity,
        terms: Terms,
        events: EventLog,
        intake: Intake,
        clock: Clock,
        overtaken: Callable[[], None],
        snapshots: Fitting | None = None,
    ) -> None:
        self._snapshots = snapshots
        self._partition = partition
        self._identity = identity
        self._terms = terms
        self._events = events
        self._intake = intake
        self._clock = clock
        self._overtaken = overtaken
        self._last = Predecessor()
        self._has_claimed = False
        self._passed: tuple[int, int] | None = None
        self._broker_at: datetime | None = None
        self._marked_at: datetime | None = None

    async def claim(self, owner: PartitionOwner) -> Claimed:
        """Fold into `owner` and claim; raises NotMemberError, NotOwnerError, UnfitWorkerError or LogError."""
        await self._begin_with_snapshot(owner)
        async with aclosing(self._events.read(self._partition, owner.fence.position)) as batches:
            await self._fold_to(owner, batches, await self._events.end(self._partition))
            if self._last.process != self._identity.process:
                self._overtaken()
            if owner.next_request < await self._intake.first(self._partition):
                self._passed = await self._intake.passed(self._partition)
            waited = await self._come_to_our_turn(owner, batches)
            await self._append_marker(owner)
            before, surprised = await self._fold_to_own_marker(owner, batches)
        self._check_clock()
        return Claimed(owner, before, surprised and not waited, self._passed)

    async def _begin_with_snapshot(self, owner: PartitionOwner) -> None:
        """Go on where the newest snapshot ends that fits; without one everything is folded, which only takes longer."""
        if self._snapshots is None:
            return
        try:
            async with asyncio.timeout(self._terms.snapshot_s):
                found = await self._snapshots.newest(self._partition)
        except (LogError, TimeoutError) as error:
            log.warning(
                "partition %d is folded from its beginning, no snapshot can be read: %r", self._partition, error
            )
            return
        if found is None:
            return
        snapshot, folding = found
        log.info("partition %d %s at %d", self._partition, BEGINS, snapshot.place.position)
        owner.resume(folding)
        self._heed_all(snapshot.markers, released=folding.fence.claim is None)

    def _heed_all(self, markers: Sequence[Marker], *, released: bool) -> None:
        for marker in markers:
            self._heed(marker)
        self._last.released = released

    async def _come_to_our_turn(self, owner: PartitionOwner, batches: Batches) -> bool:
        """Prove that the group gave us the partition, and let the predecessor end; whether it was waited for.

        Whoever claims after such a proof may have been given the partition after it: then it proves nothing. And who
        had the partition back for a while, in a generation that we missed, has to be waited for anew.
        """
        waited_for: tuple[int, int] | None = None
        while True:
            generation = owner.fence.generation
            await self._prove_membership(owner, batches)
            if owner.fence.generation != generation:
                continue
            turn = generation, self._intake.holding(self._partition)
            if waited_for == turn or not self._has_to_wait(owner):
                return waited_for == turn
            # Only now: a predecessor knows of its loss no sooner than we of our gain.
            await self._wait_for_predecessor(owner, batches)
            waited_for = turn

    async def _prove_membership(self, owner: PartitionOwner, batches: Batches) -> None:
        passed = None
        if self._passed is not None and self._passed[0] == owner.next_request:
            passed = {self._partition: self._passed[1]}
        await self._intake.commit({self._partition: owner.next_request}, passed)
        await self._fold_to(owner, batches, await self._events.end(self._partition))

    async def _fold_to(self, owner: PartitionOwner, batches: Batches, end: int) -> None:
        while owner.fence.position < end:
            self._fold(owner, await anext(batches))
            await asyncio.sleep(0)  # a long fold must not starve the heartbeats

    def _fold(self, owner: PartitionOwner, batch: Sequence[LogRecord]) -> None:
        take_in(owner, batch, self._note)

    def _note(self, record: LogRecord, envelope: EventEnvelope | None, verdict: Verdict) -> None:
        if envelope is None:
            log.warning("%s/%d/%d is void: it is no event", self._identity.topic, self._partition, record.offset)
        elif verdict is Verdict.CLAIMED:
            self._heed(envelope.data)
            self._broker_at = datetime.fromtimestamp(record.time / 1000, UTC)
        elif verdict is Verdict.RELEASED:
            self._last.released = True

    def _heed(self, data: Marker) -> None:
        marker = event_of(PartitionClaimed.type, data)
        assert isinstance(marker, PartitionClaimed)
        self._check_marker(marker)
        self._last = Predecessor(marker.folder, marker.process, released=False)

    def _check_marker(self, marker: PartitionClaimed) -> None:
        self._check_namesake(marker)
        if marker.schema_level > SCHEMA_LEVEL:
            raise ForeignLogError(
                f"partition {self._partition} was written at schema level {marker.schema_level}, this worker knows "
                f"{SCHEMA_LEVEL}: run a newer Mendline"
            )
        if marker.installation != self._identity.installation:
            raise ForeignLogError(
                f"partition {self._partition} belongs to another installation: stop this worker, and start it with the "
                "MENDLINE_INSTALLATION_ID and _KEY of the workers that wrote it"
            )
        if marker.partitions != self._identity.partitions:
            raise ForeignLogError(
                f"{self._identity.topic} had {marker.partitions} partitions when partition {self._partition} was "
                f"claimed, now {self._identity.partitions}: devices lie elsewhere now; go back to topics with "
                f"{marker.partitions}"
            )

    def _check_namesake(self, marker: PartitionClaimed) -> None:
        if marker.process == self._identity.process:
            self._has_claimed = True
        elif self._has_claimed and marker.owner == self._identity.instance_id:
            raise NamesakeError(marker.owner)

    def _has_to_wait(self, owner: PartitionOwner) -> bool:
        return not self._last.released and not self._last.has_ended(self._identity) and owner.has_open_work()

    async def _wait_for_predecessor(self, owner: PartitionOwner, batches: Batches) -> None:
        """Give a living predecessor the time to end what runs, close its links and release (design §4)."""
        deadline = self._clock.monotonic() + self._terms.takeover_s
        while not self._last.released and self._clock.monotonic() < deadline:
            batch = await anext(batches)
            self._fold(owner, batch)
            if not batch:
                await asyncio.sleep(0.05)

    async def _append_marker(self, owner: PartitionOwner) -> None:
        marker = PartitionClaimed(
            generation=owner.fence.generation + 1,
            claim=owner.tenure.claim,
            owner=self._identity.instance_id,
            schema_level=SCHEMA_LEVEL,
            partitions=self._identity.partitions,
            installation=self._identity.installation,
            folder=self._identity.folder,
            process=self._identity.process,
        )
        position = Position(self._identity.topic, self._partition, owner.fence.position)
        self._marked_at = self._clock.now()
        at = self._marked_at.isoformat(timespec="microseconds")
        value = encode_event(marker, position, PARTITION, at, owner.tenure.claim, "due:claim", None, NO_CONTEXT)
        try:
            await self._events.append(self._partition, [EventRecord(MARKER_KEY, value)])
        except AppendUnknownError:
            raise NotOwnerError("whether the claim marker is in the log is unknown") from None

    async def _fold_to_own_marker(self, owner: PartitionOwner, batches: Batches) -> tuple[Predecessor, bool]:
        """Whose the partition was, and whether that one would have had to be waited for."""
        before = owner.fence.generation
        deadline = self._clock.monotonic() + 10.0
        while self._clock.monotonic() < deadline:
            for record in await anext(batches):
                last, busy = self._last, record.key == MARKER_KEY and self._has_to_wait(owner)
                self._fold(owner, [record])
                if owner.fence.claim == owner.tenure.claim:
                    return last, busy
                if owner.fence.generation > before:
                    raise NotOwnerError("another worker's marker came first")
            await asyncio.sleep(0)
        raise NotOwnerError("the own claim marker did not come back from the log")

    def _check_clock(self) -> None:
        """The broker wrote the marker between its append and its reading back, if this clock is the broker's."""
        if self._broker_at is None or self._marked_at is None:
            return
        ClockWatch(self._terms).mind(AckTimes(self._marked_at, self._broker_at, self._clock.now()))
