"""Partitions of an events topic as an owner would have written them, record by record."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from schemas.envelope import NO_CONTEXT, Context, Position, encode_event
from schemas.message import Event, PartitionClaimed, PartitionReleased

TOPIC = "device-events"
START = datetime(2026, 1, 1, tzinfo=UTC)
OTHER_CLAIM = "f" * 16


class Record(NamedTuple):
    """A record as a consumer hands it out."""

    offset: int
    value: bytes | None
    key: bytes | None = None


def at(offset: int) -> datetime:
    """When the record at an offset happened: every second one."""
    return START + timedelta(seconds=offset)


class WrittenPartition:
    """One partition; each call appends one record and returns its offset."""

    def __init__(self, number: int = 0) -> None:
        self.number = number
        self.records: list[Record] = []
        self.generation = 0

    @property
    def claim_id(self) -> str:
        """The current claim; a partition's claims differ from another's."""
        return f"{self.number:04x}{self.generation:012x}"

    def claim(self, owner: str = "worker-1") -> int:
        """A valid claim marker."""
        self.generation += 1
        marker = PartitionClaimed(
            generation=self.generation,
            claim=self.claim_id,
            owner=owner,
            schema_level=1,
            partitions=8,
            installation="here",
        )
        return self.add("(partition)", marker)

    def release(self) -> int:
        """The claim's end."""
        return self.add("(partition)", PartitionReleased())

    def add(
        self,
        stream_id: str,
        event: Event,
        *,
        cause: str = "due:test",
        decides: int | None = None,
        context: Context = NO_CONTEXT,
        claim: str | None = None,
    ) -> int:
        """An event of the current claim, which counts; of another `claim` it is void."""
        offset = len(self.records)
        place = Position(TOPIC, self.number, offset)
        time = at(offset).isoformat()
        value = encode_event(event, place, stream_id, time, claim or self.claim_id, cause, decides, context)
        return self.raw(value, stream_id)

    def add_all(self, stream_id: str, *events: Event) -> None:
        """Several events of one stream."""
        for event in events:
            self.add(stream_id, event)

    def void(self, stream_id: str, event: Event) -> int:
        """An event of a claim that is not the partition's."""
        return self.add(stream_id, event, claim=OTHER_CLAIM)

    def unknown(self, stream_id: str, type_: str = "device_levitated", data: Any = None) -> int:
        """An event that counts, but of a type or with data that nobody knows."""
        shell = self.add(stream_id, PartitionReleased())
        value = self.records[shell].value or b""
        value = value.replace(b"partition_released", type_.encode())
        if data is not None:
            value = value[: value.rindex(b'"data":')] + b'"data":' + data + b"}"
        self.records[shell] = self.records[shell]._replace(value=value)
        return shell

    def raw(self, value: bytes | None, key: str = "") -> int:
        """Any bytes."""
        self.records.append(Record(len(self.records), value, key.encode()))
        return len(self.records) - 1


def claimed(number: int = 0, owner: str = "worker-1") -> WrittenPartition:
    """A partition that begins with a claim marker, at offset 0."""
    partition = WrittenPartition(number)
    partition.claim(owner)
    return partition
