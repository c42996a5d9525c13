"""How far the read models are."""

from __future__ import annotations

import asyncio

import psycopg
import pytest

from projections.catalogue import READ_MODELS
from projections.devices import DEVICES
from projections.errors import NotLevelError
from projections.positions import lags, wait_until
from schemas.cluster import Cluster
from schemas.topics import Topics
from tests.projections.events import REGISTERED
from tests.projections.projecting import project
from tests.projections.publishing import publish, running_projector
from tests.projections.written_log import TOPIC, claimed


async def test_lag_is_what_the_log_has_and_the_tables_have_not(kafka: str, kafka_topics: Topics, database: str) -> None:
    log = claimed(5)
    log.add("d-1", REGISTERED)
    await publish(kafka, kafka_topics.events(), log)
    async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
        found = await lags(connection, Cluster(kafka), kafka_topics.events())
    assert len(found) == 8 * len(READ_MODELS)
    behind = [lag for lag in found if lag.records]
    assert {(lag.partition, lag.next_offset, lag.end, lag.records) for lag in behind} == {(5, 0, 2, 2)}


async def test_who_waits_until_a_position_reads_what_was_written(
    kafka: str, kafka_topics: Topics, database: str
) -> None:
    log = claimed()
    offset = log.add("d-1", REGISTERED)
    async with (
        running_projector(kafka, database, kafka_topics),
        await psycopg.AsyncConnection.connect(database, autocommit=True) as connection,
    ):
        waiting = asyncio.create_task(wait_until(connection, kafka_topics.events(), 0, offset, timeout_s=30))
        await publish(kafka, kafka_topics.events(), log)
        await waiting
        cursor = await connection.execute("SELECT device_id FROM devices")
        assert await cursor.fetchall() == [("d-1",)]


async def test_waiting_ends_with_an_error_that_says_for_what(database: str) -> None:
    log = claimed()
    await project(database, log, models=[DEVICES])
    async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
        await wait_until(connection, TOPIC, 0, 0, projections=["devices"])
        with pytest.raises(NotLevelError, match=r"after 0\.1 s the read models do not contain device-events/0/0"):
            await wait_until(connection, TOPIC, 0, 0, timeout_s=0.1)
