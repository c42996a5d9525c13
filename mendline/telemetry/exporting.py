"""Spans on their way to an OTLP receiver, by a thread of OpenTelemetry's. Needs the extra `tracing`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

from mendline.telemetry.spans import Span

KINDS = {
    "consumer": SpanKind.CONSUMER,
    "client": SpanKind.CLIENT,
    "internal": SpanKind.INTERNAL,
    "producer": SpanKind.PRODUCER,
}
SAMPLED = TraceFlags(TraceFlags.SAMPLED)
SCOPE = InstrumentationScope("mendline")


class SpanExport:
    """Takes spans, and sends them in batches; drops some where nobody receives them."""

    def __init__(self, exporter: SpanExporter | None = None) -> None:
        self._resource = _resource()
        self._processor = BatchSpanProcessor(exporter or OTLPSpanExporter())

    def take(self, spans: Iterable[Span]) -> None:
        """Take them without waiting for anybody."""
        for span in spans:
            self._processor.on_end(self._readable(span))

    def close(self) -> None:
        """Send what is left; takes a while where nobody receives it."""
        self._processor.shutdown()  # type: ignore[no-untyped-call]  # the SDK leaves it without annotations

    def _readable(self, span: Span) -> ReadableSpan:
        return ReadableSpan(
            span.name,
            context=_context(span.trace_id, span.span_id, remote=False),
            parent=_context(span.trace_id, span.parent_id, remote=True) if span.parent_id else None,
            resource=self._resource,
            attributes=span.attributes,
            kind=KINDS[span.kind],
            status=Status(StatusCode.ERROR if span.failed else StatusCode.UNSET),
            start_time=_nanoseconds(span.begin),
            end_time=_nanoseconds(span.end),
            instrumentation_scope=SCOPE,
        )


def _resource() -> Resource:
    """As OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say; they come first."""
    given = Resource.create()
    named = not str(given.attributes[SERVICE_NAME]).startswith("unknown_service")
    return given if named else given.merge(Resource({SERVICE_NAME: "mendline"}))


def _context(trace_id: str, span_id: str, *, remote: bool) -> SpanContext:
    return SpanContext(int(trace_id, 16), int(span_id, 16), is_remote=remote, trace_flags=SAMPLED)


def _nanoseconds(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000) * 1000
