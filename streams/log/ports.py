"""What the write side needs of a log; Kafka fulfils it in production, a simulated log in tests/faults/simulation."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol


class LogRecord(NamedTuple):
    """A record as the log holds it. `time`: the broker's append time, ms since the epoch."""

    offset: int
    time: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()


class RequestBatch(NamedTuple):
    """Every request record of one partition in [begin, end): fetch positions; offsets without a record are no gap."""

    begin: int
    end: int
    records: Sequence[LogRecord]

    def cut(self, size: int) -> Iterator[RequestBatch]:
        """The same records in batches of at most `size`, each beginning where the last one ends."""
        begin = self.begin
        for first in range(0, max(len(self.records), 1), size):
            last = first + size >= len(self.records)
            end = self.end if last else self.records[first + size].offset
            yield RequestBatch(begin, end, self.records[first : first + size])
            begin = end


class EventRecord(NamedTuple):
    """An event on its way into the log."""

    key: bytes
    value: bytes


class AckTimes(NamedTuple):
    """When an append was asked for and acknowledged by this process's clock, and written by the broker's, all UTC."""

    asked: datetime
    broker: datetime
    acked: datetime


class LogError(Exception):
    """The log could not do what was asked."""


class AppendUnknownError(LogError):
    """An append without a clean ack is unknown, never "did not count": only folding decides (log-fence.md, 3)."""


class NotMemberError(LogError):
    """The coordinator refused a commit: this process is not in the current group generation."""


class FencedMemberError(LogError):
    """Another process has this one's place in the group: it has joined under the same instance id."""


class TruncatedRequestsError(LogError):
    """The requests to go on with are gone from the log: their retention ran out before they were decided."""


class EventLog(Protocol):
    """The events partitions: append and read. One append per partition at a time; the caller sees to that."""

    async def append(self, partition: int, events: Sequence[EventRecord]) -> int:
        """Append `events` as one Kafka batch; its base offset. Raises AppendUnknownError on anything but a clean ack.

        After such an error this log never again uses the producer that failed.
        """

    def last_ack(self) -> AckTimes | None:
        """Of the latest clean ack of any partition, once there is one."""

    async def end(self, partition: int) -> int:
        """The offset that the next event will have."""

    async def pick(self, partition: int, offsets: Sequence[int]) -> Sequence[LogRecord]:
        """Of the records at these rising offsets as many as one fetch brings, from the first on.

        Waits and retries by itself while the broker is away; raises LogError where they are not to be had.
        """

    def read(self, partition: int, begin: int) -> AsyncGenerator[Sequence[LogRecord], None]:
        """Every record from `begin` on, in batches (an empty batch: nothing new yet); endless; close it by `aclose`.

        Waits and retries by itself while the broker is away. Reads uncommitted.
        """


class SnapshotLog(Protocol):
    """The snapshots partitions: keyed records, of which only the last of each key is kept for ever."""

    async def first(self, partition: int) -> int:
        """The first offset that the partition still has."""

    async def end(self, partition: int) -> int:
        """The offset that the next record will have."""

    async def read(self, partition: int, begin: int, end: int) -> Sequence[LogRecord]:
        """The records that are left in [begin, end); raises LogError."""

    async def append(self, partition: int, records: Sequence[tuple[bytes, bytes | None]]) -> None:
        """Append records, acknowledged; one without a value deletes its key. Raises LogError."""


class Intake(Protocol):
    """Membership in the group that shares the requests partitions, and their records."""

    def assigned(self) -> frozenset[int]:
        """The partitions that this member believes are its own."""

    def holding(self, partition: int) -> int:
        """Which holding of the partition this is: another number whenever another member may have had it meanwhile."""

    async def changed(self) -> frozenset[int]:
        """Wait until the assignment may have changed since the last call; the new one. Raises FencedMemberError."""

    async def commit(self, positions: Mapping[int, int], passed: Mapping[int, int] | None = None) -> None:
        """Commit group offsets, as proof of membership; raises NotMemberError when refused, LogError when unknown.

        passed: by partition, up to where no request follows its position, but markers and aborted records.
        """

    async def confirm(self) -> None:
        """Ask whether the group knows this member still; raises NotMemberError if not, LogError when unknown."""

    async def passed(self, partition: int) -> tuple[int, int] | None:
        """The position that was last committed with a `passed`, and that; raises LogError when it cannot be asked."""

    async def first(self, partition: int) -> int:
        """The first offset that the requests partition still has."""

    def seek(self, partition: int, offset: int) -> None:
        """Take requests of the partition from `offset` on; they flow once `resume` was called."""

    def pause(self, partitions: Collection[int]) -> None:
        """Take nothing from these for now."""

    def resume(self, partitions: Collection[int]) -> None:
        """Take from these again."""

    async def batches(self) -> Mapping[int, RequestBatch]:
        """Whole fetched batches by partition; empty after at most one second without any.

        A batch fetched before the last `seek` of its partition is never returned.
        """


class ReportLog(Protocol):
    """Where a process that is owner no more hands on outcomes, and where undecodable records are kept."""

    async def report(self, key: bytes, value: bytes) -> None:
        """Append a request to its key's partition of the requests topic, acknowledged; retries until it is."""

    async def publish(self, topic: str, records: Sequence[EventRecord]) -> None:
        """Append requests, each to its key's partition of a requests topic, acknowledged; retries until they are."""

    async def dead_letter(self, reason: str, topic: str, partition: int, record: LogRecord) -> None:
        """Keep a record that cannot be decoded, with reason and position in headers."""


class Clock(Protocol):
    """Time, as the runner hands it to owners."""

    def now(self) -> datetime:
        """The wall clock, UTC."""

    def monotonic(self) -> float:
        """Seconds that never go back."""
