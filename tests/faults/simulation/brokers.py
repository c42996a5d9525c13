"""The simulated cluster: requests, events and snapshots partitions, and what it does with a producer's batches."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from schemas.partitioner import partition_of
from schemas.topics import Topics
from streams.log.ports import LogRecord
from tests.faults.simulation.network import Network
from tests.faults.simulation.partition_log import Batch, Loose, PartitionLog
from tests.faults.simulation.process import Process
from tests.faults.simulation.world import World

TOPICS = Topics()
LATE_S = 8.0
"""The longest that a batch is on its way after its caller has given it up."""

Answered = Callable[[int | None], None]
"""Called with the base offset, or None for an error."""


class Producer:
    """An idempotent producer, as the brokers know it: a failed batch spends its sequence in that partition for good."""

    def __init__(self) -> None:
        self.spent: set[str] = set()


class Brokers:
    """Every partition, and the dead letters. on_their_way: requests that were published and are not there yet."""

    def __init__(self, world: World, network: Network, partitions: int, name: str = "") -> None:
        self.partitions = partitions
        self.network = network
        self.requests = [PartitionLog(world, f"{name}requests/{p}") for p in range(partitions)]
        self.events = [PartitionLog(world, f"{name}events/{p}") for p in range(partitions)]
        self.snapshots = [PartitionLog(world, f"{name}snapshots/{p}") for p in range(partitions)]
        self.dead_letters: list[tuple[int, LogRecord]] = []
        self.on_their_way = 0
        self._world = world
        self._luck = world.luck(f"{name}retries").random

    # requests

    def publish(self, record: Loose, partition: int | None = None) -> None:
        """A producer outside publishes a request, by the right partitioner unless `partition` is given."""
        home = partition_of(record.key or b"", self.partitions) if partition is None else partition
        batch = Batch([record], self._arrived, lambda: self._later(0.5, self.requests[home], batch))
        self.on_their_way += 1
        self._world.after(self.network.latency(), self.requests[home].arrive, batch)

    def _arrived(self, _base: int) -> None:
        self.on_their_way -= 1

    # events

    def append(
        self, process: Process, producer: Producer, log: PartitionLog, records: Sequence[Loose], answered: Answered
    ) -> None:
        """A process appends a batch of records; `answered` is delivered to it, or nothing ever is."""
        Appending(self._world, self, process, producer, log, records, answered).begin()

    def _later(self, most: float, log: PartitionLog, batch: Batch) -> None:
        self._world.after(most * self._luck(), log.arrive, batch)

    def change_leaders(self, partitions: Collection[int], away_s: float, *, with_tail: bool) -> None:
        """Kill the leader of some events partitions, now or when it has a tail to lose."""
        for log in (self.events[partition] for partition in partitions):
            if with_tail:
                log.change_leader_with_tail(away_s)
            else:
                log.change_leader(away_s)


class Appending:
    """One batch of records between its process and its log, with the fate that the network has for it."""

    def __init__(
        self,
        world: World,
        brokers: Brokers,
        process: Process,
        producer: Producer,
        log: PartitionLog,
        records: Sequence[Loose],
        answered: Answered,
    ) -> None:
        self._world = world
        self._network = brokers.network
        self._log = log
        self._process = process
        self._producer = producer
        self._records = records
        self._answered = answered
        self._told = False

    def begin(self) -> None:
        """Leave the process."""
        if self._log.name in self._producer.spent:
            self._world.count("poisoned producer")
            self._fail(self._network.latency())
            return
        way = self._network.latency()
        match self._network.fate():
            case "clean":
                self._land(way)
            case "slow":
                self._land(way + self._network.seconds(5.0))
            case "ack_lost":
                self._fail(self._network.seconds(3.0))
                self._land(way)
            case "late":
                self._fail(self._network.seconds(2.0))
                self._land(way + self._network.seconds(LATE_S))
            case "lost":
                self._fail(self._network.seconds(3.0))
            case "doubled":
                self._land(way)
                self._land(way + self._network.seconds(LATE_S))

    def _land(self, delay: float) -> None:
        self._process.post(delay, self._log.arrive, Batch(self._records, self._committed, self._truncated))

    def _committed(self, base: int) -> None:
        self._world.note(self._log.name, f"{len(self._records)} records of {self._process} at {base}")
        self._tell(self._network.latency(), base)

    def _truncated(self) -> None:
        """The producer tries again, later, or is told that it failed."""
        if self._network.seconds(1.0) < 0.5:
            self._land(self._network.seconds(2.0))
        else:
            self._fail(self._network.latency())

    def _fail(self, delay: float) -> None:
        self._producer.spent.add(self._log.name)
        self._tell(delay, None)

    def _tell(self, delay: float, base: int | None) -> None:
        if not self._told:
            self._told = True
            self._world.after(delay, self._process.deliver, self._answered, base)
