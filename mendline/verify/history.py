"""What is checked: the raw records of the requests and events partitions, as they lie in the log."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from schemas.topics import Topics


class Record(Protocol):
    """A record as Kafka gives it; aiokafka's own records fit."""

    @property
    def offset(self) -> int:
        """Its place in its partition."""

    @property
    def key(self) -> bytes | None:
        """Its key, raw."""

    @property
    def value(self) -> bytes | None:
        """Its value, raw."""

    @property
    def headers(self) -> Sequence[tuple[str, bytes]]:
        """Its headers, raw."""

    @property
    def timestamp(self) -> int:
        """The broker's time of its append, in milliseconds since 1970."""


class RawRecord(NamedTuple):
    """A record of a history that was never in Kafka."""

    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()
    timestamp: int = 0


@dataclass(frozen=True, slots=True)
class PartitionHistory:
    """Both logs of one partition, oldest record first.

    `requests` leaves out aborted records; `requests_begin` and `events_begin` are the first offsets that are kept.
    """

    partition: int
    requests: Iterable[Record]
    events: Iterable[Record]
    requests_begin: int = 0
    events_begin: int = 0


@dataclass(frozen=True, slots=True)
class History:
    """The logs of some partitions out of `partition_count`."""

    partition_count: int
    partitions: Iterable[PartitionHistory]
    topics: Topics = field(default_factory=Topics)
