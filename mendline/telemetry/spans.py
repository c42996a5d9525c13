"""The spans of a request, told by its events: decided, attempted, settled; one trace, whoever worked at it.

Names and attributes follow OpenTelemetry's conventions for messaging. Nothing but ids is told. A span's id is made of
what it is about, so that events that are told of twice make the same span twice, and no one has to remember another's.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any, Literal, NamedTuple

from mendline.telemetry.traceparent import Traceparent, parsed
from projections.read_model import Recorded
from schemas.device import sends as s
from schemas.topics import Stream, Topics

Kind = Literal["consumer", "client", "internal", "producer"]
ENDS_ATTEMPT = (s.SendAccepted, s.SendRejected, s.SendDeferred, s.SendReturned, s.SendUncertain)
SETTLES = (s.SendAccepted, s.SendRejected, s.SendUncertain, s.SendExpired, s.SendCancelled, s.SendResolved)
FAILS = (s.SendRejected, s.SendUncertain, s.SendExpired)
MOST_OPEN = 20_000
"""Attempts under way whose beginning is remembered; of what is beyond only the end is told."""


class Span(NamedTuple):
    """A span as it is exported. failed: the request came to nothing, or nobody knows."""

    name: str
    kind: Kind
    trace_id: str
    span_id: str
    parent_id: str
    begin: datetime
    end: datetime
    attributes: Mapping[str, str | int]
    failed: bool = False


class EventSpans:
    """Makes spans of events that count, each told once, in the order of their partitions."""

    def __init__(self, topics: Topics) -> None:
        self._topics = topics
        self._open: OrderedDict[tuple[int, int, int], datetime] = OrderedDict()

    def of(self, stream: Stream, records: Sequence[Recorded]) -> Iterator[Span]:
        """The spans that end with these events; of requests whose trace is kept."""
        for record in records:
            if isinstance(record.traceparent, str) and (trace := parsed(record.traceparent)) and trace.sampled:
                yield from self._of(self._topics.requests(stream), record, trace)

    def _of(self, topic: str, record: Recorded, trace: Traceparent) -> Iterator[Span]:
        if record.decides is not None:
            yield self._decided(topic, record, trace, record.decides)
        event = record.event
        if isinstance(event, s.SendAttempted):
            self._begin((record.partition, event.request, event.attempt), record.at)
        if isinstance(event, ENDS_ATTEMPT):
            yield self._attempted(topic, record, trace, event)
        if isinstance(event, SETTLES):
            yield self._settled(topic, record, trace, event)

    def _begin(self, attempt: tuple[int, int, int], at: datetime) -> None:
        self._open[attempt] = at
        if len(self._open) > MOST_OPEN:
            self._open.popitem(last=False)

    def _decided(self, topic: str, record: Recorded, trace: Traceparent, request: int) -> Span:
        about = _attributes("process", topic, record, request)
        span_id = span_id_of(topic, record.partition, request)
        return Span(f"process {topic}", "consumer", trace.trace_id, span_id, trace.span_id, record.at, record.at, about)

    def _attempted(self, topic: str, record: Recorded, trace: Traceparent, event: Any) -> Span:
        begin = self._open.pop((record.partition, event.request, event.attempt), record.at)
        decided = span_id_of(topic, record.partition, event.request)
        span_id = span_id_of(topic, record.partition, event.request, f"attempt {event.attempt}")
        about = _attributes("send", "device", record, event.request) | {"mendline.attempt": event.attempt}
        failed = isinstance(event, FAILS)
        return Span("send device", "client", trace.trace_id, span_id, decided, begin, record.at, about, failed)

    def _settled(self, topic: str, record: Recorded, trace: Traceparent, event: Any) -> Span:
        decided = span_id_of(topic, record.partition, event.request)
        span_id = span_id_of(topic, record.partition, event.request, f"settled {record.offset}")
        about = _attributes("settle", topic, record, event.request)
        at, failed = record.at, isinstance(event, FAILS)
        return Span(f"settle {topic}", "internal", trace.trace_id, span_id, decided, at, at, about, failed)


def span_id_of(topic: str, partition: int, request: int, part: str = "") -> str:
    """The id of the span of a request's decision, or of a part of what followed."""
    return blake2b(f"{topic}/{partition}/{request}/{part}".encode(), digest_size=8).hexdigest()


def _attributes(operation: str, destination: str, record: Recorded, request: int) -> dict[str, str | int]:
    about: dict[str, str | int] = {
        "messaging.system": "kafka" if operation != "send" else "mendline",
        "messaging.operation.name": operation,
        "messaging.operation.type": operation,
        "messaging.destination.name": destination,
        "messaging.destination.partition.id": str(record.partition),
        "messaging.kafka.offset": request,
        "messaging.kafka.message.key": record.stream_id,
        "mendline.event.type": record.event.type,
        "mendline.event.offset": record.offset,
        "mendline.worker": record.worker,
    }
    request_id = getattr(record.event, "request_id", None)
    return about | ({"messaging.message.id": request_id} if request_id else {})
