"""Requests to other owners: each goes out once for as long as it waits, and together with the others."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import cast

import pytest

from schemas.envelope import Context, decode_request
from schemas.topics import CLIENT, UNIQUENESS, Stream, Topics
from schemas.uniqueness.questions import Question
from schemas.uniqueness.requests import ClaimRequested
from streams.log.ports import Clock, EventRecord, LogRecord, ReportLog
from streams.ownership.publishing import Publish
from streams.worker.publisher import Publisher

CLOCK = cast(Clock, SimpleNamespace(now=lambda: datetime(2026, 3, 1, tzinfo=UTC)))
CLAIM = ClaimRequested(question=Question(topic=CLIENT.events, partition=0, offset=7), asker="ana")


class Log(ReportLog):
    """Takes what is published once `open` is set."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.taken: list[tuple[str, list[EventRecord]]] = []

    async def report(self, key: bytes, value: bytes) -> None:
        raise NotImplementedError

    async def publish(self, topic: str, records: Sequence[EventRecord]) -> None:
        await self.open.wait()
        self.taken.append((topic, list(records)))

    async def dead_letter(self, reason: str, topic: str, partition: int, record: LogRecord) -> None:
        raise NotImplementedError


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def publisher(log: Log) -> Publisher:
    return Publisher(log, Topics("pre."), "mendline/w", CLOCK)


def asked(name: str, stream: Stream = UNIQUENESS) -> Publish:
    return Publish(stream, "a" * 64, name, CLAIM, Context(actor="user:ana"))


async def settled(publisher: Publisher) -> None:
    if publisher._sending is not None:
        await asyncio.wait([publisher._sending])


async def test_a_request_lies_in_its_streams_topic_with_who_asked_it(log: Log, publisher: Publisher) -> None:
    log.open.set()
    publisher.put(asked("claim:1"))
    await settled(publisher)
    ((topic, [record]),) = log.taken
    sent = decode_request(record.value)
    assert (topic, record.key, sent.subject) == ("pre.uniqueness-requests", b"a" * 64, "a" * 64)
    assert (sent.id, sent.type, sent.source, sent.context.actor) == (
        "claim:1",
        "claim_requested",
        "mendline/w",
        "user:ana",
    )


async def test_what_waits_goes_out_once_and_together(log: Log, publisher: Publisher) -> None:
    for name in ("first", "claim:1", "claim:1", "claim:2"):
        publisher.put(asked(name))
    publisher.put(asked("answer", CLIENT))
    log.open.set()
    await settled(publisher)
    assert [(topic, len(records)) for topic, records in log.taken] == [
        ("pre.uniqueness-requests", 3),
        ("pre.client-requests", 1),
    ]


async def test_what_is_asked_again_after_it_went_out_goes_out_again(log: Log, publisher: Publisher) -> None:
    log.open.set()
    for _ in range(2):
        publisher.put(asked("claim:1"))
        await settled(publisher)
    assert len(log.taken) == 2


async def test_nothing_is_sent_once_it_is_closed(log: Log, publisher: Publisher) -> None:
    publisher.put(asked("claim:1"))
    await asyncio.sleep(0)
    await publisher.close()
    log.open.set()
    await asyncio.sleep(0)
    assert (log.taken, publisher.busy()) == ([], False)
