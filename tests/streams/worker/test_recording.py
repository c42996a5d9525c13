"""What platforms report is told to be recorded once it lies in the log, and is named alike each time."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import cast

from schemas.device.body import Body
from schemas.device.requests import DeliveryReported, MessageReported
from schemas.envelope import decode_request
from schemas.marks import is_id
from streams.drivers.port import Told
from streams.log.ports import Clock, ReportLog
from streams.worker.recording import Recording, request_id_of

NOW = datetime(2026, 3, 1, tzinfo=UTC)
CLOCK = cast(Clock, SimpleNamespace(now=lambda: NOW))
READ = DeliveryReported(provider_message_id="3EB0", status="read")
STOP = MessageReported(provider_message_id="3A1", sender="6281", body=Body(text="STOP"))


class SlowLog:
    """Acknowledges what it is given once it is open."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.given: list[tuple[bytes, bytes]] = []

    async def report(self, key: bytes, value: bytes) -> None:
        self.given.append((key, value))
        await self.open.wait()


def recording(log: SlowLog) -> Recording:
    return Recording(cast(ReportLog, log), "mendline/w1", CLOCK)


async def turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_what_is_reported_is_a_request_about_its_device() -> None:
    recording(log := SlowLog()).record("d-1", STOP, lambda: None)
    await turns()
    ((key, value),) = log.given
    request = decode_request(value, ())
    assert (key, request.subject, request.type) == (b"d-1", "d-1", "message_reported")
    assert (request.id, request.source) == (request_id_of("d-1", STOP), "mendline/w1")


async def test_it_is_recorded_when_the_log_has_it_and_not_before() -> None:
    done: list[str] = []
    recording(log := SlowLog()).record("d-1", READ, lambda: done.append("recorded"))
    await turns()
    before = [*done]
    log.open.set()
    await turns()
    assert (before, done) == ([], ["recorded"])


async def test_a_worker_that_ends_says_of_nothing_more_that_it_is_recorded() -> None:
    done: list[str] = []
    ending = recording(log := SlowLog())
    ending.record("d-1", READ, lambda: done.append("recorded"))
    await turns()
    await ending.close()
    log.open.set()
    await turns()
    assert done == []


def test_other_reports_have_other_ids() -> None:
    reports: list[tuple[str, Told]] = [
        ("d-1", STOP),
        ("d-2", STOP),
        ("d-1", MessageReported(provider_message_id="3A2", sender="6281", body=STOP.body)),
        ("d-1", MessageReported(provider_message_id="3A1", sender="6282", body=STOP.body)),
        ("d-1", MessageReported(provider_message_id="3A1", sender="6281", chat="g", body=STOP.body)),
        ("d-1", READ),
        ("d-1", DeliveryReported(provider_message_id="3EB0", status="delivered")),
        ("d-1", DeliveryReported(provider_message_id="3EB0", status="read", by="6281")),
    ]
    ids = {request_id_of(*report) for report in reports}
    assert len(ids) == len(reports)
    assert all(map(is_id, ids))


def test_what_is_reported_again_has_the_same_id() -> None:
    later = MessageReported(provider_message_id="3A1", sender="6281", body=STOP.body, at=NOW)
    named = DeliveryReported(provider_message_id="3EB0", message_id="0" * 32, status="read", at=NOW)
    assert request_id_of("d-1", later) == request_id_of("d-1", STOP)
    assert request_id_of("d-1", named) == request_id_of("d-1", READ)
