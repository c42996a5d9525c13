from __future__ import annotations

from collections.abc import Mapping

import pytest

from mendline.telemetry.projector import ProjectorTelemetry
from projections.catalogue import READ_MODELS
from projections.database import open_connection
from projections.follower import resume
from schemas.device.links import RefreshStarted, RefreshSucceeded
from schemas.device.sends import SendResolved
from schemas.message import RequestRefused
from schemas.topics import DEVICE
from tests.mendline.telemetry.scrapes import Scrape, scrape_of
from tests.projections.conftest import database
from tests.projections.events import REGISTERED, accepted, attempted, of, queued
from tests.projections.written_log import TOPIC, WrittenPartition, claimed

__all__ = ["database"]
READY_LAG_S = 10.0


class Time:
    """A clock that stands still unless told otherwise."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def telemetry(time: Time) -> ProjectorTelemetry:
    """Of a projector that follows partition 0."""
    telling = ProjectorTelemetry(READY_LAG_S, time)
    telling.follows(READ_MODELS, [0])
    return telling


async def followed(
    telemetry: ProjectorTelemetry, dsn: str, log: WrittenPartition, ends: Mapping[int, int] | None = None
) -> Scrape:
    """A scrape after a step over the whole of a partition. ends: of the log, else the partition's."""
    async with open_connection(dsn, READ_MODELS) as connection:
        tails, applier = await resume(connection, TOPIC, [0], READ_MODELS, telemetry)
        stretch = tails[0].take(log.records[tails[0].start :])
        await applier.apply([stretch])
        telemetry.applied(DEVICE, [stretch])
        known = {0: len(log.records)} if ends is None else ends
        telemetry.stepped(DEVICE, applier.book.values(), known, applier.held)
    return scrape_of(telemetry.registry)


async def test_events_are_counted_by_type_and_refusals_by_reason(telemetry: ProjectorTelemetry, database: str) -> None:
    log = claimed()
    log.add_all("d-1", REGISTERED, RequestRefused(reason="busy", detail="x"), RequestRefused(reason="busy", detail="x"))

    scrape = await followed(telemetry, database, log)

    assert scrape.sum("mendline_projector_events_total", stream="device", type="device_registered") == 1
    assert scrape.sum("mendline_requests_refused_total", stream="device", reason="busy") == 2
    assert scrape.all("mendline_partition_generation", stream="device", partition="0") == [1]


async def test_a_send_is_timed_from_its_decision_and_its_last_attempt_though_its_beginning_was_told_before(
    telemetry: ProjectorTelemetry, database: str
) -> None:
    log = claimed()
    log.add_all("d-1", queued(7))
    await followed(ProjectorTelemetry(READY_LAG_S), database, log)
    log.add_all("d-1", REGISTERED, attempted(7), accepted(7))

    scrape = await followed(telemetry, database, log)

    assert scrape.sum("mendline_send_seconds_sum", state="accepted") == 3
    assert scrape.sum("mendline_send_attempt_seconds_sum") == 1
    assert scrape.sum("mendline_send_seconds_count") == 1


async def test_a_send_that_is_sent_again_has_not_ended(telemetry: ProjectorTelemetry, database: str) -> None:
    again = of(7, SendResolved, attempt=1, resolution="send_again", by="person")
    log = claimed()
    log.add_all("d-1", queued(7), again)
    assert (await followed(telemetry, database, log)).sum("mendline_send_seconds_count") == 0


async def test_a_refresh_is_timed_and_counted_by_its_result(telemetry: ProjectorTelemetry, database: str) -> None:
    log = claimed()
    log.add_all("d-1", REGISTERED, RefreshStarted(refresh=1, why="send"), RefreshSucceeded(refresh=1))
    scrape = await followed(telemetry, database, log)
    assert scrape.sum("mendline_refresh_seconds_sum", result="succeeded") == 1


async def test_a_stream_in_quarantine_is_counted_for_each_read_model(
    telemetry: ProjectorTelemetry, database: str
) -> None:
    log = claimed()
    log.unknown("d-1")
    scrape = await followed(telemetry, database, log)
    assert scrape.sum("mendline_projector_streams_quarantined", stream="device", model="sends") == 1


async def test_a_projector_behind_says_by_how_much_and_for_how_long(
    telemetry: ProjectorTelemetry, database: str, time: Time
) -> None:
    log = claimed()
    time.now += 4

    scrape = await followed(telemetry, database, log, ends={0: 31})

    where = {"stream": "device", "partition": "0", "model": "sends"}
    assert scrape.all("mendline_projector_lag_events", **where) == [30]
    assert scrape.all("mendline_projector_lag_seconds", **where) == [4]


async def test_a_level_projector_is_ready_until_it_has_not_looked_for_long(
    telemetry: ProjectorTelemetry, database: str, time: Time
) -> None:
    await followed(telemetry, database, claimed())
    assert telemetry.not_ready() == []
    time.now += READY_LAG_S + 1
    assert "sends: partitions [0] of device are behind the log, by 0 events or more" in telemetry.not_ready()


async def test_a_projector_that_has_not_heard_where_the_log_ends_is_not_ready(
    telemetry: ProjectorTelemetry, database: str
) -> None:
    await followed(telemetry, database, claimed(), ends={})
    assert telemetry.not_ready() != []


def test_a_projector_that_has_not_begun_says_so() -> None:
    (why,) = ProjectorTelemetry(READY_LAG_S).not_ready()
    assert why.startswith("it has not begun")
