"""The snapshotter of a run: a process of its own, killed, stopped and started again; and what befalls its topic."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from schemas.envelope import decode_event
from schemas.fence import Verdict
from streams.log.ports import LogRecord
from streams.ownership.folding import Folding, state_version
from streams.ownership.lineage import Lineage
from streams.ownership.snapshot import Place, Snapshot, records_of
from streams.snapshots.snapshotter import Snapshotter
from tests.faults.simulation.brokers import TOPICS, Brokers
from tests.faults.simulation.event_log import SimulatedEventLog
from tests.faults.simulation.partition_log import Batch, Loose, PartitionLog
from tests.faults.simulation.process import Process
from tests.faults.simulation.shelving import Shelving
from tests.faults.simulation.snapshot_witness import SnapshotWitness
from tests.faults.simulation.snapshots import WatchedShelf
from tests.faults.simulation.witness import Witness
from tests.faults.simulation.world import World

FIRST_NUMBER = 1001


class Snapshotting:
    """Every snapshotter's process that ever ran, one at a time."""

    def __init__(self, world: World, shelving: Shelving, brokers: Brokers, watched: SnapshotWitness) -> None:
        self.processes: list[Process] = []
        self.over = False
        self._world = world
        self._shelving = shelving
        self._brokers = brokers
        self._watched = watched
        self._luck = world.luck("snapshotting")

    def begin(self, chaos_s: float) -> None:
        """Start, and put on the agenda what goes wrong."""
        shelving = self._shelving
        self._world.after(0.5, self._start)
        strikes = [self._kill] * shelving.kills + [self._freeze] * shelving.stops
        for strike in [*strikes, *[self._compact] * shelving.compactions]:
            self._world.after(self._luck.uniform(0.5, chaos_s), strike)
        if shelving.lost_tails:
            for partition, log in enumerate(self._brokers.events):
                log.when_lost = Tail(self._world, partition, log, self._brokers.snapshots[partition]).shelve

    def _start(self) -> None:
        process = Process(self._world, "snapshotter", FIRST_NUMBER + len(self.processes), 0.0)
        self._world.processes.append(process)
        self.processes.append(process)
        process.loop.create_task(self._run(process))

    async def _run(self, process: Process) -> None:
        shelf = WatchedShelf(process, self._brokers, self._watched, self._shelving.chunk_bytes)
        events = SimulatedEventLog(process, self._brokers, Witness())
        snapshotter = Snapshotter(shelf, events, self._brokers.partitions, self._shelving.every)
        while not self.over:
            await snapshotter.look_around()
            await asyncio.sleep(self._shelving.look_s)

    def _kill(self) -> None:
        process, steps = self.processes[-1], self._luck.randint(0, 40)
        if process.alive and not self.over:
            process.doom(steps, lambda: self._die(process))

    def _die(self, process: Process) -> None:
        self._world.count("snapshotter killed")
        process.kill()
        self._world.after(self._luck.uniform(0.05, 2.0), self._start)

    def _freeze(self) -> None:
        process = self.processes[-1]
        if process.alive and not self.over:
            process.freeze()
            self._world.after(self._luck.uniform(0.1, 10.0), process.thaw)

    def _compact(self) -> None:
        if not self.over:
            self._world.count("compaction")
            for log in self._brokers.snapshots:
                log.compact()

    def stop(self) -> None:
        """No snapshot is taken any more, and nothing goes wrong."""
        self.over = True
        for process in self.processes:
            process.thaw()
            process.spare()
        for log in self._brokers.events:
            log.when_lost = lambda _: None


class Tail:
    """Snapshots of what a leader had and its successors have not, taken by somebody who believed it."""

    def __init__(self, world: World, partition: int, events: PartitionLog, snapshots: PartitionLog) -> None:
        self._world = world
        self._partition = partition
        self._events = events
        self._snapshots = snapshots

    def shelve(self, lost: Sequence[Batch]) -> None:
        """Put a snapshot of the log with its lost end on the shelf."""
        end, records = self._events.end(), [record for batch in lost for record in batch.records]
        tail = [LogRecord(end + n, 0, record.key, record.value) for n, record in enumerate(records)]
        snapshot = snapshot_of(self._partition, [*self._events.all(), *tail])
        if snapshot is not None:
            self._world.count("snapshot of a lost tail")
            parts = [Loose(*record) for record in records_of(snapshot)]
            self._snapshots.arrive(Batch(parts, lambda _: None, lambda: None))


def snapshot_of(partition: int, records: Sequence[LogRecord]) -> Snapshot | None:
    """A snapshot of a log whose last event counts."""
    folding, lineage, claim = Folding(), Lineage(), None
    for record in records:
        envelope = decode_event(record.value)
        verdict = folding.fold(record.offset, envelope)
        if verdict is Verdict.CLAIMED:
            lineage.note(envelope.data)
        claim = envelope.claim if verdict is not Verdict.VOID and envelope.sequence == record.offset else None
    if claim is None:
        return None
    return Snapshot(
        place=Place(TOPICS.events(), partition, claim, folding.fence.position),
        generation=folding.fence.generation,
        next_request=folding.next_request,
        version=state_version(),
        markers=lineage.markers(),
        state=folding.saved(),
    )
