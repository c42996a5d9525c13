"""One partition of a simulated topic: a leader's tail, and what all in-sync replicas have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from streams.log.ports import LogRecord
from tests.faults.simulation.world import World

Headers = Sequence[tuple[str, bytes]]


class Loose(NamedTuple):
    """A record that has no offset yet."""

    key: bytes | None
    value: bytes | None
    headers: Headers = ()


@dataclass(slots=True, eq=False)
class Batch:
    """Records that are appended at once, or not at all.

    committed: called with the base offset once all replicas have it. truncated: called if a new leader lacks it.
    """

    records: Sequence[Loose]
    committed: Callable[[int], None]
    truncated: Callable[[], None]


class PartitionLog:
    """Readers see only what is replicated; a change of leaders loses the rest."""

    def __init__(self, world: World, name: str) -> None:
        self.name = name
        self._world = world
        self._luck = world.luck(f"replication of {name}")
        self._slots: list[LogRecord | None] = []
        self._tail: list[Batch] = []
        self._leader_back_at = 0.0
        self._dies_for: float | None = None
        self._waiting: list[Callable[[], None]] = []
        self.when_lost: Callable[[Sequence[Batch]], None] = lambda _: None
        """Called with what a new leader lacks."""

    def end(self) -> int:
        """The offset behind the last replicated record."""
        return len(self._slots)

    def all(self) -> list[LogRecord]:
        """Every replicated record."""
        return [record for record in self._slots if record is not None]

    def read(self, begin: int, most: int) -> tuple[list[LogRecord], int]:
        """At most `most` offsets' records from `begin` on, and the position behind them."""
        end = min(len(self._slots), begin + most)
        return [record for record in self._slots[begin:end] if record is not None], max(begin, end)

    def arrive(self, batch: Batch) -> None:
        """A batch reaches the leader, or waits until there is one."""
        if self._world.now < self._leader_back_at:
            self._world.after(self._leader_back_at - self._world.now + 0.001, self.arrive, batch)
            return
        self._tail.append(batch)
        if self._dies_for is not None:
            self.change_leader(self._dies_for)
            return
        self._world.after(0.0005 + 0.004 * self._luck.random(), self._replicate, batch)

    def change_leader_with_tail(self, away_s: float) -> None:
        """The leader dies when it next has something that was not replicated."""
        self._dies_for = away_s

    def change_leader(self, away_s: float) -> None:
        """The leader dies; the next one has only what was replicated."""
        self._dies_for = None
        lost, self._tail = self._tail, []
        self._leader_back_at = self._world.now + away_s
        self._world.note(self.name, f"leader changes, {len(lost)} batches are lost")
        if lost:
            self.when_lost(lost)
        for batch in lost:
            self._world.count("truncated batch")
            batch.truncated()

    def skip(self, offsets: int) -> None:
        """Use up offsets without a record, as transaction markers and aborted records do."""
        self._slots += [None] * offsets

    def compact(self) -> None:
        """Keep only the last record of each key, without tombstones, and the end of the log."""
        last = {record.key: record.offset for record in self.all()}
        for offset, record in enumerate(self._slots[:-1]):
            if record is not None and (record.value is None or last[record.key] != offset):
                self._slots[offset] = None

    def when_more(self, tell: Callable[[], None]) -> None:
        """Call `tell` once, when something more is replicated."""
        self._waiting.append(tell)

    def _replicate(self, last: Batch) -> None:
        if last not in self._tail:
            return
        until = self._tail.index(last) + 1
        ready, self._tail = self._tail[:until], self._tail[until:]
        for batch in ready:
            self._commit(batch)
        waiting, self._waiting = self._waiting, []
        for tell in waiting:
            tell()

    def _commit(self, batch: Batch) -> None:
        base, time = len(self._slots), int(self._world.stamp() * 1000)
        for offset, (key, value, headers) in enumerate(batch.records, base):
            self._slots.append(LogRecord(offset, time, key, value, headers))
        batch.committed(base)
