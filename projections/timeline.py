"""A device's history straight from the log, for auditors: what was asked, tried and came of it, and why."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import orjson
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from projections.decoding import UNKNOWN_TIME, moment, read_envelope
from projections.source import open_consumer, partitions_of
from schemas.envelope import EventEnvelope, UndecodableError, decode_request
from schemas.fence import Fence, Verdict
from schemas.message import PartitionClaimed, PartitionReleased
from schemas.partitioner import partition_of
from schemas.topics import Topics

CLOCK_SLACK = timedelta(minutes=1)
"""How far a decision's time may lie behind the broker's, generously (design §4: workers give up at 30 s)."""
POLL_MS = 500
LONGEST_TEXT = 80
MARKERS = (PartitionClaimed.type.encode(), PartitionReleased.type.encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineLine:
    """One record of a device's history, or one that changed who owns its partition.

    counts: False for an event that is void; None where the log begins too late to tell. decides: the offset of the
    request whose fate an event is.
    """

    at: datetime
    topic: str
    partition: int
    offset: int
    stream_id: str
    kind: Literal["request", "event"]
    type: str
    counts: bool | None
    cause: str | None
    actor: str | None
    reason: str | None
    decides: int | None
    data: Mapping[str, Any]


FIELDS = tuple("time" if field.name == "at" else field.name for field in fields(TimelineLine))
"""What a line has as programs read it."""


async def timeline(
    bootstrap: str,
    topics: Topics,
    device_id: str,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int | None = None,
) -> AsyncIterator[TimelineLine]:
    """A device's lines in the order of the log, each request before its fate; of more than `limit` the newest.

    Memory is bounded by `limit`, not by the log. Raises TopicMissingError and aiokafka's KafkaError.
    """
    async with open_consumer(bootstrap) as events, open_consumer(bootstrap) as requests:
        lines = _merged(
            _events(events, await _place(bootstrap, topics.events(), device_id), device_id, until),
            _requests(requests, await _place(bootstrap, topics.requests(), device_id), device_id, until),
        )
        wanted = (line async for line in lines if _is_between(line.at, since, until))
        if limit is None:
            async for line in wanted:
                yield line
            return
        newest: deque[TimelineLine] = deque(maxlen=limit)
        async for line in wanted:
            newest.append(line)
        for line in newest:
            yield line


def event_line(record: ConsumerRecord, envelope: EventEnvelope) -> TimelineLine:
    """The line of an event that counts."""
    return _line(record, "event", envelope.type, True, envelope)


def as_json(line: TimelineLine) -> dict[str, Any]:
    """A line as programs read it; times are RFC 3339."""
    fields = asdict(line) | {"data": dict(line.data)}
    return {("time" if name == "at" else name): value for name, value in fields.items()}


def in_words(line: TimelineLine, *, whose: bool = False) -> str:
    """A line as people read it; whose: with the stream that it belongs to."""
    where = f"{line.topic}/{line.partition}/{line.offset}"
    notes = [f"because of {line.cause}" if line.cause else "", f"by {line.actor}" if line.actor else ""]
    notes += [f"reason: {line.reason}" if line.reason else "", "" if line.counts else _doubt(line)]
    parts = [
        f"{line.at:%Y-%m-%d %H:%M:%S.%f}"[:-3],
        where,
        line.stream_id * whose,
        line.type.replace("_", " "),
        details(line.data),
        *notes,
    ]
    return "  ".join(part for part in parts if part)


def details(data: Mapping[str, Any]) -> str:
    """What a message says, as `name=value`; long texts are shortened."""
    return " ".join(f"{name}={value}" for name, value in _flat(data, ""))


def _doubt(line: TimelineLine) -> str:
    return "VOID" if line.counts is False else "the log begins too late to tell whether it counts"


def _flat(data: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    for name, value in data.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        elif value is not None:
            text = orjson.dumps(value).decode()
            plain = text if len(text) <= LONGEST_TEXT else f'{text[:LONGEST_TEXT]}..."'
            yield prefix + name, plain


def _is_between(at: datetime, since: datetime | None, until: datetime | None) -> bool:
    return (since is None or at >= since) and (until is None or at < until)


async def _place(bootstrap: str, topic: str, device_id: str) -> TopicPartition:
    partitions = await partitions_of(bootstrap, topic)
    return TopicPartition(topic, partition_of(device_id.encode(), len(partitions)))


async def _merged(
    events: AsyncIterator[TimelineLine], requests: AsyncIterator[TimelineLine]
) -> AsyncIterator[TimelineLine]:
    asked = await anext(requests, None)
    async for event in events:
        while asked is not None and event.decides is not None and asked.offset <= event.decides:
            yield asked
            asked = await anext(requests, None)
        yield event
    while asked is not None:
        yield asked
        asked = await anext(requests, None)


async def _batches(
    consumer: AIOKafkaConsumer, place: TopicPartition, until: datetime | None
) -> AsyncIterator[list[ConsumerRecord]]:
    consumer.assign([place])
    begin, end = (await consumer.beginning_offsets([place]))[place], (await consumer.end_offsets([place]))[place]
    last_ms = None if until is None else (until + CLOCK_SLACK).timestamp() * 1000
    consumer.seek(place, begin)
    while begin < end:
        for records in (await consumer.getmany(timeout_ms=POLL_MS)).values():
            yield records
            begin = records[-1].offset + 1
            if last_ms is not None and records[-1].timestamp > last_ms:
                return


async def _events(
    consumer: AIOKafkaConsumer, place: TopicPartition, device_id: str, until: datetime | None
) -> AsyncIterator[TimelineLine]:
    key, fence, seen = device_id.encode(), Fence(), False
    async for records in _batches(consumer, place, until):
        for record in records:
            mine = record.key == key
            if mine or any(marker in (record.value or b"") for marker in MARKERS):
                line = _event_line(record, fence)
                seen = seen or mine
                if mine or (seen and line.counts and line.type.encode() in MARKERS):
                    yield line


def _event_line(record: ConsumerRecord, fence: Fence) -> TimelineLine:
    """Records that neither are the device's nor marker anything change no fence, so they are not even judged."""
    envelope = read_envelope(record.value)
    if envelope is None:
        return _line(record, "event", "(undecodable)", False)
    blind = record.offset > 0 and fence.generation == 0
    verdict = fence.judge(record.offset, envelope)
    counts = None if blind and verdict is Verdict.VOID else verdict is not Verdict.VOID
    return _line(record, "event", envelope.type, counts, envelope)


async def _requests(
    consumer: AIOKafkaConsumer, place: TopicPartition, device_id: str, until: datetime | None
) -> AsyncIterator[TimelineLine]:
    key = device_id.encode()
    async for records in _batches(consumer, place, until):
        for record in records:
            if record.key == key:
                yield _request_line(record)


def _request_line(record: ConsumerRecord) -> TimelineLine:
    try:
        request = decode_request(record.value, record.headers)
    except UndecodableError:
        return _line(record, "request", "(undecodable)", True)
    return TimelineLine(
        at=_appended(record),
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        stream_id=request.subject,
        kind="request",
        type=request.type,
        counts=True,
        cause=f"{request.source} as {request.id}",
        actor=request.context.actor,
        reason=request.context.reason,
        decides=None,
        data=request.data,
    )


def _line(
    record: ConsumerRecord,
    kind: Literal["request", "event"],
    type_: str,
    counts: bool | None,
    envelope: EventEnvelope | None = None,
) -> TimelineLine:
    return TimelineLine(
        at=_decided(envelope) or _appended(record),
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        stream_id=envelope.subject if envelope else "",
        kind=kind,
        type=type_,
        counts=counts,
        cause=envelope.cause if envelope else None,
        actor=envelope.context.actor if envelope else None,
        reason=envelope.context.reason if envelope else None,
        decides=envelope.decides if envelope and counts else None,
        data=envelope.data if envelope else {},
    )


def _decided(envelope: EventEnvelope | None) -> datetime | None:
    try:
        return moment(envelope.time) if envelope else None
    except (TypeError, ValueError):
        return UNKNOWN_TIME


def _appended(record: ConsumerRecord) -> datetime:
    return datetime.fromtimestamp(record.timestamp / 1000, UTC)
