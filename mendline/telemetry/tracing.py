"""Traces by OpenTelemetry, where its SDK is installed and somebody receives them; else nothing at all."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from mendline.errors import SettingInvalidError
from mendline.telemetry.spans import EventSpans, Span
from mendline.telemetry.traceparent import Traceparent, parsed
from projections.checkpoints import Checkpoint
from projections.quarantine import HeldStream
from projections.read_model import ReadModel, Recorded, Rows
from projections.tail import Stretch
from projections.watching import Watch
from schemas.topics import Stream, Topics

if TYPE_CHECKING:
    from mendline.telemetry.exporting import SpanExport

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
"""OpenTelemetry's own variable; it reads others too (headers, certificates, service name)."""


class Sink(Protocol):
    """Whoever takes spans."""

    def take(self, spans: Iterable[Span]) -> None:
        """Take them without waiting for anybody."""


class Tracing:
    """Traces of a process. sink: None where none are asked for, and then nothing is made."""

    def __init__(self, topics: Topics, sink: Sink | None = None) -> None:
        self._topics = topics
        self._sink = sink

    @contextmanager
    def publishing(
        self, stream: Stream, asked: Sequence[tuple[str, str]], traceparent: str | None = None
    ) -> Iterator[str | None]:
        """Around the append of requests. asked: their keys and ids. traceparent: the caller's; theirs is what is given.

        Without a caller's trace one begins here.
        """
        given = None if traceparent is None else parsed(traceparent)
        if self._sink is None or (given is not None and not given.sampled):
            yield None if given is None else traceparent
            return
        trace = Traceparent(given.trace_id if given else secrets.token_hex(16), secrets.token_hex(8), sampled=True)
        begin = datetime.now(UTC)
        try:
            yield str(trace)
        finally:
            topic = self._topics.requests(stream)
            about = _about(topic, asked)
            parent = given.span_id if given else ""
            end = datetime.now(UTC)
            span = Span(f"send {topic}", "producer", trace.trace_id, trace.span_id, parent, begin, end, about)
            self._sink.take([span])

    def watches(self) -> list[Watch]:
        """What makes spans of the events that a projector folds."""
        return [] if self._sink is None else [TracingWatch(EventSpans(self._topics), self._sink)]


class TracingWatch(Watch):
    """Exports the spans that a projector's events end."""

    def __init__(self, spans: EventSpans, sink: Sink) -> None:
        self._spans = spans
        self._sink = sink

    def follows(self, models: Sequence[ReadModel[Any]], partitions: Collection[int]) -> None:
        """Nothing to be traced."""

    def folded(self, model: ReadModel[Any], records: Sequence[Recorded], rows: Rows[Any]) -> None:
        """Nothing to be traced."""

    def applied(self, stream: Stream, stretches: Sequence[Stretch]) -> None:
        """Export what ended."""
        for stretch in stretches:
            self._sink.take(self._spans.of(stream, stretch.records))

    def stepped(
        self, stream: Stream, book: Collection[Checkpoint], ends: Mapping[int, int], held: Collection[HeldStream]
    ) -> None:
        """Nothing to be traced."""


@asynccontextmanager
async def tracing(topics: Topics, environment: Mapping[str, str] = os.environ) -> AsyncIterator[Tracing]:
    """Traces while the context lasts; what is left goes out at its end.

    Raises SettingInvalidError where they are asked for and cannot be made.
    """
    if not environment.get(ENDPOINT):
        yield Tracing(topics)
        return
    export = _export()
    try:
        yield Tracing(topics, export)
    finally:
        await asyncio.to_thread(export.close)


def _export() -> SpanExport:
    try:
        from mendline.telemetry.exporting import SpanExport
    except ImportError as error:
        raise SettingInvalidError(
            f"{ENDPOINT} asks for traces, which need what is not installed ({error.name}): "
            "pip install 'mendline[tracing]', or unset it"
        ) from error
    return SpanExport()


def _about(topic: str, asked: Sequence[tuple[str, str]]) -> Mapping[str, str | int]:
    about: dict[str, str | int] = {
        "messaging.system": "kafka",
        "messaging.operation.name": "send",
        "messaging.operation.type": "send",
        "messaging.destination.name": topic,
    }
    if len(asked) != 1:
        return about | {"messaging.batch.message_count": len(asked)}
    ((stream_id, request_id),) = asked
    return about | {"messaging.kafka.message.key": stream_id, "messaging.message.id": request_id}
