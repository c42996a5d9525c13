"""What the log's edge does while its broker is away: nothing hangs, and all goes on when it is back."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace

import pytest

from streams.log.kafka_events import KafkaEventLog
from streams.log.kafka_intake import KafkaIntake
from streams.log.kafka_reports import KafkaReportLog
from streams.log.membership import Group
from streams.log.ports import AppendUnknownError, EventRecord, LogError, LogRecord
from tests.streams.log.conftest import PARTITIONS, OwnBroker

pytestmark = [pytest.mark.broker, pytest.mark.slow]  # its broker is killed and started again for most tests

CLOSED_WITHIN_S = 2.0
HOW_IT_GOES_AWAY = pytest.mark.parametrize("go_away", [OwnBroker.kill, OwnBroker.freeze])
GoAway = Callable[[OwnBroker], Awaitable[None]]
EVENTS = [EventRecord(b"phone-1", b"{}")]


@pytest.fixture
async def events(broker: OwnBroker) -> AsyncIterator[KafkaEventLog]:
    log = KafkaEventLog(broker.cluster, broker.topics.events(), append_timeout_s=1.5)
    yield log
    await log.close()


@pytest.fixture
async def reports(broker: OwnBroker) -> AsyncIterator[KafkaReportLog]:
    log = KafkaReportLog(broker.cluster, broker.topics.requests(), broker.topics.dead_letters, append_timeout_s=1.5)
    yield log
    await log.close()


@pytest.fixture
async def intake(broker: OwnBroker) -> AsyncIterator[KafkaIntake]:
    taker = KafkaIntake(broker.cluster, broker.topics.requests(), group_of(broker, "one"))
    await taker.open()
    await taker.changed()
    yield taker
    await taker.close()


def group_of(broker: OwnBroker, instance_id: str | None = None) -> Group:
    """A group that no other test has."""
    return Group(f"{broker.topics.prefix}workers", instance_id, commit_timeout_s=30)


async def seconds(closing: Callable[[], Awaitable[None]]) -> float:
    began = time.monotonic()
    await closing()
    return time.monotonic() - began


async def test_append_is_unknown_and_the_next_one_works_when_the_broker_is_back(
    broker: OwnBroker, events: KafkaEventLog
) -> None:
    await events.append(0, EVENTS)
    await broker.kill()
    with pytest.raises(AppendUnknownError, match=r"-device-events\[0\] was appended is unknown"):
        await events.append(0, EVENTS)
    await broker.start()
    end = await events.end(0)
    assert await events.append(0, EVENTS) == end


async def test_every_acknowledged_append_survives_a_kill_in_their_midst(
    broker: OwnBroker, events: KafkaEventLog
) -> None:
    acknowledged: list[tuple[int, bytes]] = []
    appending = asyncio.create_task(append_numbers(events, acknowledged))
    await asyncio.sleep(0.5)
    await broker.kill()
    with pytest.raises(AppendUnknownError):
        await appending
    await broker.start()
    log = await read_to_end(events)
    assert acknowledged
    assert all(log[offset] == value for offset, value in acknowledged)


async def test_append_that_waits_out_a_short_outage_is_acknowledged(broker: OwnBroker) -> None:
    events = KafkaEventLog(broker.cluster, broker.topics.events(), append_timeout_s=30)
    await events.append(0, EVENTS)
    await broker.kill()
    appending = asyncio.create_task(events.append(0, EVENTS))
    await broker.start()
    base = await appending
    await events.close()
    assert base == 1


async def test_reading_goes_on_when_the_broker_is_back(broker: OwnBroker, events: KafkaEventLog) -> None:
    await events.append(0, EVENTS)
    async with aclosing(events.read(0, 0)) as reading:
        assert len(await anext(reading)) == 1
        await broker.kill()
        next_one = asyncio.create_task(next_batch(reading))
        await broker.start()
        await events.append(0, EVENTS)
        assert [r.offset for r in await next_one] == [1]


async def test_intake_goes_on_when_the_broker_is_back(
    broker: OwnBroker, intake: KafkaIntake, reports: KafkaReportLog
) -> None:
    for partition in range(PARTITIONS):
        intake.seek(partition, 0)
    intake.resume(range(PARTITIONS))
    await broker.kill()
    assert await intake.batches() == {}
    await broker.start()
    await reports.report(b"phone-1", b"{}")
    while not (batches := await intake.batches()):
        pass
    assert [record.key for batch in batches.values() for record in batch.records] == [b"phone-1"]


async def test_membership_outlives_the_broker(broker: OwnBroker, intake: KafkaIntake) -> None:
    await broker.kill()
    await broker.start()
    await intake.commit({0: 0})
    assert intake.assigned() == frozenset(range(PARTITIONS))


async def test_commit_while_the_broker_is_away_is_unknown(broker: OwnBroker) -> None:
    impatient = replace(group_of(broker), commit_timeout_s=0.5)
    intake = KafkaIntake(broker.cluster, broker.topics.requests(), impatient)
    await intake.open()
    await intake.changed()
    await broker.kill()
    with pytest.raises(LogError, match=r"whether .*workers took a commit is unknown"):
        await intake.commit({0: 0})
    await intake.close()


async def test_report_waits_until_the_broker_is_back(broker: OwnBroker, reports: KafkaReportLog) -> None:
    await reports.report(b"phone-1", b"{}")
    await broker.kill()
    reporting = asyncio.create_task(reports.report(b"phone-1", b"{}"))
    await asyncio.sleep(2)
    await broker.start()
    await reporting


async def test_everything_starts_before_the_broker(broker: OwnBroker) -> None:
    await broker.kill()
    intake = KafkaIntake(broker.cluster, broker.topics.requests(), group_of(broker))
    await intake.open()
    joined = asyncio.create_task(intake.changed())
    await asyncio.sleep(0.5)
    await broker.start()
    assert await joined == frozenset(range(PARTITIONS))
    await intake.close()


async def test_outage_is_said_once_when_it_begins_and_once_when_it_ends(
    broker: OwnBroker, intake: KafkaIntake, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "streams.log")
    await broker.kill()
    for _ in range(3):
        await intake.batches()
    await broker.start()
    await intake.commit({0: 0})
    await intake.batches()
    said = [(r.levelname, r.getMessage().split(" (")[0]) for r in caplog.records if r.name == "streams.log.outage"]
    group = f"group {group_of(broker).group_id} on {broker.cluster.bootstrap}"
    assert said == [("WARNING", f"{group}: waiting, trying again by itself"), ("INFO", f"{group}: back")]


@HOW_IT_GOES_AWAY
async def test_events_close_in_time_with_an_append_under_way(broker: OwnBroker, go_away: GoAway) -> None:
    events = KafkaEventLog(broker.cluster, broker.topics.events())
    await events.append(0, EVENTS)
    await events.end(0)
    await go_away(broker)
    appending = asyncio.create_task(events.append(0, EVENTS))
    await asyncio.sleep(0.2)
    assert await seconds(events.close) < CLOSED_WITHIN_S
    appending.cancel()
    await asyncio.wait({appending})


@HOW_IT_GOES_AWAY
async def test_reading_closes_in_time(broker: OwnBroker, events: KafkaEventLog, go_away: GoAway) -> None:
    reading = events.read(0, 0)
    await anext(reading)
    await go_away(broker)
    assert await seconds(reading.aclose) < CLOSED_WITHIN_S


@HOW_IT_GOES_AWAY
@pytest.mark.parametrize("instance_id", [None, "one"])
async def test_intake_closes_in_time(broker: OwnBroker, go_away: GoAway, instance_id: str | None) -> None:
    intake = KafkaIntake(broker.cluster, broker.topics.requests(), group_of(broker, instance_id))
    await intake.open()
    await intake.changed()
    await go_away(broker)
    await intake.batches()
    assert await seconds(intake.close) < CLOSED_WITHIN_S


@HOW_IT_GOES_AWAY
async def test_intake_that_never_joined_closes_in_time(broker: OwnBroker, go_away: GoAway) -> None:
    await go_away(broker)
    intake = KafkaIntake(broker.cluster, broker.topics.requests(), group_of(broker))
    await intake.open()
    await asyncio.sleep(0.3)
    assert await seconds(intake.close) < CLOSED_WITHIN_S


async def test_reports_close_in_time_with_a_report_under_way(broker: OwnBroker) -> None:
    reports = KafkaReportLog(broker.cluster, broker.topics.requests(), broker.topics.dead_letters)
    await reports.report(b"phone-1", b"{}")
    await broker.freeze()
    reporting = asyncio.create_task(reports.report(b"phone-1", b"{}"))
    await asyncio.sleep(0.2)
    reporting.cancel()
    await asyncio.wait({reporting})
    assert await seconds(reports.close) < CLOSED_WITHIN_S


@HOW_IT_GOES_AWAY
async def test_nothing_is_left_running_after_closing_without_broker(broker: OwnBroker, go_away: GoAway) -> None:
    before = asyncio.all_tasks()
    intake = KafkaIntake(broker.cluster, broker.topics.requests(), group_of(broker))
    events = KafkaEventLog(broker.cluster, broker.topics.events(), append_timeout_s=0.5)
    await intake.open()
    await intake.changed()
    await events.append(0, EVENTS)
    await go_away(broker)
    with pytest.raises(AppendUnknownError):
        await events.append(0, EVENTS)
    await asyncio.gather(intake.close(), events.close())
    assert asyncio.all_tasks() == before


async def append_numbers(events: KafkaEventLog, acknowledged: list[tuple[int, bytes]]) -> None:
    """Append 0, 1, 2, … until that fails."""
    for number in range(1_000_000):
        value = b"%d" % number
        acknowledged.append((await events.append(0, [EventRecord(b"k", value)]), value))


async def read_to_end(events: KafkaEventLog) -> dict[int, bytes | None]:
    """What lies at each offset."""
    end, log = await events.end(0), dict[int, bytes | None]()
    async with aclosing(events.read(0, 0)) as reading:
        while len(log) < end:
            log |= {record.offset: record.value for record in await anext(reading)}
    return log


async def next_batch(reading: AsyncGenerator[Sequence[LogRecord], None]) -> Sequence[LogRecord]:
    """The next batch that is not empty."""
    while not (batch := await anext(reading)):
        pass
    return batch
