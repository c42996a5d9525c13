"""Requests in partitions that their keys do not belong to: whose they are, and what that producer has to set."""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from mendline.doctor.finding import Finding, Level
from mendline.doctor.tails import Tail
from schemas.envelope import UndecodableError, decode_request
from schemas.message import RequestRefused
from schemas.partitioner import partition_of
from streams.log.ports import LogRecord

ADVICE = (
    "let it partition by murmur2, as Kafka's Java client does: librdkafka (confluent-kafka and most others) needs "
    "partitioner=murmur2_random; what was refused has to be published again, under the same request ids"
)
UNKNOWN = "a producer unknown by now"


class Misplaced(NamedTuple):
    """A request in a wrong partition. by_crc32: it lies where librdkafka's default partitioner puts it."""

    source: str
    where: str
    key: str
    home: int | None
    by_crc32: bool


def misplaced_requests(requests: Sequence[Tail], events: Sequence[Tail]) -> list[Finding]:
    """A finding for each producer whose requests lie, or were refused lately, in wrong partitions."""
    by_source: dict[str, list[Misplaced]] = defaultdict(list)
    for asked, decided in zip(requests, events, strict=False):
        known = {record.offset: record for record in asked.records}
        for offset, found in {**dict(_refused(decided, known)), **dict(_lying_wrong(asked))}.items():
            by_source[found.source].append(found._replace(where=f"{asked.topic}/{asked.partition}/{offset}"))
    return [_finding(source, found) for source, found in by_source.items()]


def _lying_wrong(tail: Tail) -> Iterator[tuple[int, Misplaced]]:
    for record in tail.records:
        if record.key is not None and partition_of(record.key, tail.partitions) != tail.partition:
            home = partition_of(record.key, tail.partitions)
            by_crc32 = zlib.crc32(record.key) % tail.partitions == tail.partition
            yield record.offset, Misplaced(_source(record), "", record.key.decode("utf-8", "replace"), home, by_crc32)


def _refused(events: Tail, known: dict[int, LogRecord]) -> Iterator[tuple[int, Misplaced]]:
    for seen in events.events:
        event = seen.envelope
        if event is None or event.type != RequestRefused.type or event.data.get("reason") != "wrong_partition":
            continue
        offset = event.decides or 0
        source = _source(known[offset]) if offset in known else UNKNOWN
        yield offset, Misplaced(source, "", event.subject, None, by_crc32=False)


def _source(record: LogRecord) -> str:
    try:
        return f"producer {decode_request(record.value, record.headers).source!r}"
    except UndecodableError:
        return UNKNOWN


def _finding(source: str, found: list[Misplaced]) -> Finding:
    example = found[-1]
    home = "" if example.home is None else f", which belongs in partition {example.home}"
    guess = "; it seems to partition by CRC-32, librdkafka's default" if all(each.by_crc32 for each in found) else ""
    what = f"{len(found)} requests lie in wrong partitions and are refused, like {example.key!r} at {example.where}"
    return Finding(Level.WRONG, source, what + home + guess, ADVICE)
