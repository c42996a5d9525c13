from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import cast

import pytest

from mendline.errors import SettingInvalidError
from mendline.gateway.writing import Wish, Writer
from mendline.producer import Producer
from mendline.telemetry.spans import Span
from mendline.telemetry.traceparent import parsed
from mendline.telemetry.tracing import ENDPOINT, Tracing, tracing
from schemas.cluster import Cluster
from schemas.device.body import Body
from schemas.device.requests import DeviceRegistrationRequested, SendRequested
from schemas.envelope import Context, Position, decode_request
from schemas.topics import DEVICE, Stream, Topics
from streams.gateway.appender import Appender
from streams.gateway.fates import Fates
from streams.log.ports import EventRecord
from tests.faults.real.conftest import site
from tests.faults.real.fleets import Fleet, Group
from tests.faults.real.site import Site
from tests.faults.real.waiting import until
from tests.mendline.telemetry.otlp import receiving
from tests.projections.conftest import database

__all__ = ["database", "site"]
FLEET = Fleet(1, (Group("simulated-repeatable", "phone-", 1, 20),))
PHONE, SEND = "phone-00001", SendRequested(to="628110099887", body=Body(text="meet me at the old mill"))
CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
UNKEPT = CALLER.removesuffix("01") + "00"
WAIT_S = 60.0


class Kept:
    """Keeps spans."""

    def __init__(self) -> None:
        self.spans: list[Span] = []

    def take(self, spans: Iterable[Span]) -> None:
        self.spans += spans


def published(traceparent: str | None, kept: Kept | None) -> str | None:
    """What a request carries whose caller gave `traceparent`."""
    with Tracing(Topics(), kept).publishing(DEVICE, [("d1", "r1")], traceparent) as carried:
        return carried


def test_a_request_carries_the_publishers_span_which_its_caller_caused() -> None:
    kept = Kept()
    carried, given = parsed(published(CALLER, kept) or ""), parsed(CALLER)
    (span,) = kept.spans
    assert carried is not None
    assert given is not None
    assert (span.name, span.span_id, span.parent_id) == ("send device-requests", carried.span_id, given.span_id)
    assert (span.trace_id, carried.trace_id) == (given.trace_id, given.trace_id)


def test_a_request_without_a_trace_begins_one() -> None:
    kept = Kept()
    carried = parsed(published(None, kept) or "")
    assert carried is not None
    assert (kept.spans[0].trace_id, kept.spans[0].parent_id) == (carried.trace_id, "")


def test_what_a_caller_gave_is_carried_on_where_nobody_traces_or_keeps_it() -> None:
    kept = Kept()
    assert (published(CALLER, None), published(UNKEPT, kept), published("nonsense", None)) == (CALLER, UNKEPT, None)
    assert kept.spans == []


def test_requests_that_are_published_together_share_a_span() -> None:
    kept = Kept()
    with Tracing(Topics(), kept).publishing(DEVICE, [("d1", "r1"), ("d2", "r2")]):
        pass
    assert [span.attributes["messaging.batch.message_count"] for span in kept.spans] == [2]


class Appended:
    """Keeps what is appended."""

    def __init__(self) -> None:
        self.records: list[EventRecord] = []

    async def append(self, stream: Stream, records: Sequence[EventRecord]) -> list[Position]:
        self.records += records
        return [Position(stream.requests, 0, n) for n, _ in enumerate(records)]


async def test_what_the_gateway_appends_is_part_of_its_span() -> None:
    kept, appended = Kept(), Appended()
    writer = Writer(cast(Appender, appended), cast(Fates, None), Tracing(Topics(), kept))

    await writer.log(DEVICE, [Wish(PHONE, SEND, "r1")], Context(traceparent=CALLER))

    carried = parsed(decode_request(appended.records[0].value).context.traceparent or "")
    assert carried is not None
    assert (kept.spans[0].span_id, f"00-{kept.spans[0].trace_id}") == (carried.span_id, CALLER[:35])


async def test_traces_that_are_asked_for_without_the_extra_are_refused_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(sys.modules, "mendline.telemetry.exporting", raising=False)
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(SettingInvalidError, match=r"pip install 'mendline\[tracing\]'"):
        await tracing(Topics(), {ENDPOINT: "http://127.0.0.1:4318"}).__aenter__()


async def test_without_a_receiver_nothing_is_traced() -> None:
    async with tracing(Topics(), {}) as traces:
        assert traces.watches() == []


async def test_a_send_through_real_processes_is_one_trace_at_the_receiver(site: Site, database: str) -> None:
    await site.fleet(FLEET.text())
    with receiving() as receiver:
        site.settings |= {ENDPOINT: receiver.endpoint, "OTEL_BSP_SCHEDULE_DELAY": "100"}
        site.worker().start()
        site.projector(database).start()
        async with Producer(Cluster(site.kafka), site.topics) as producer:
            await producer.publish(PHONE, DeviceRegistrationRequested(driver="simulated-repeatable"))
            await producer.publish(PHONE, SEND, request_id="r1", context=Context(traceparent=CALLER))
        await until(lambda: bool(receiver.named("settle")), WAIT_S, "no trace comes")

    (decided,), (attempt,), (settled,) = (receiver.named(name) for name in ("process", "send device", "settle"))
    assert {span.trace_id.hex() for span in (decided, attempt, settled)} == {CALLER.split("-")[1]}
    assert decided.parent_span_id.hex() == CALLER.split("-")[2]
    assert attempt.parent_span_id == settled.parent_span_id == decided.span_id
    assert attempt.end_time_unix_nano - attempt.start_time_unix_nano >= 20_000_000
    assert receiver.services == {"mendline"}
    assert SEND.to.encode() not in receiver.bytes
