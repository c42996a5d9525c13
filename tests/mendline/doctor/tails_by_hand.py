"""Ends of partitions as a test wants them."""

from __future__ import annotations

from datetime import UTC, datetime

from mendline.doctor.tails import Tail
from schemas.envelope import NO_CONTEXT, Position, encode_event, encode_request
from schemas.message import Event, PartitionClaimed
from streams.log.ports import LogRecord

NOW_MS = 1_800_000_000_000
CLAIM = "0" * 15 + "1"


def request(offset: int, key: str = "d-1", *, source: str = "shop", age_s: float = 0) -> LogRecord:
    """A refresh that `source` asked for `age_s` ago."""
    value = encode_request(f"r-{offset}", "refresh_requested", key, source, {}, time=datetime.now(UTC))
    return LogRecord(offset, int(NOW_MS - age_s * 1000), key.encode(), value)


def event(
    offset: int,
    happened: Event,
    *,
    decides: int | None = None,
    off_by: int = 0,
    claim: str = CLAIM,
    age_s: float = 0,
    subject: str = "d-1",
) -> LogRecord:
    """An event that expected to lie `off_by` before its offset."""
    position = Position("device-events", 0, offset - off_by)
    value = encode_event(happened, position, subject, "T", claim, "event:0", decides, NO_CONTEXT)
    return LogRecord(offset, int(NOW_MS - age_s * 1000), subject.encode(), value)


def marker(
    offset: int, generation: int = 1, owner: str = "worker-1", claim: str = CLAIM, age_s: float = 0
) -> LogRecord:
    """A claim marker."""
    claimed = PartitionClaimed(
        generation=generation, claim=claim, owner=owner, schema_level=1, partitions=8, installation="x"
    )
    return event(offset, claimed, claim=claim, age_s=age_s)


def tail(*records: LogRecord, topic: str = "device-events", partition: int = 0, first: int = 0, begin: int = 0) -> Tail:
    """The end of one of 8 partitions."""
    end = records[-1].offset + 1 if records else begin
    return Tail(topic, partition, 8, first, begin, end, records)
