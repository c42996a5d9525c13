"""A projector that is killed goes on where it was: nothing lost, nothing twice."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from projections.catalogue import READ_MODELS
from schemas.topics import Topics
from tests.projections.histories import history
from tests.projections.projecting import content, project
from tests.projections.publishing import level, publish

KILLS = 5
POSITIONS = "SELECT coalesce(sum(next_offset), 0) FROM checkpoints"


@pytest.mark.slow
async def test_rows_after_kills_under_load_are_those_of_a_fresh_rebuild(
    kafka: str, kafka_topics: Topics, database: str, other_database: str
) -> None:
    topic, logs = kafka_topics.events(), [history(31, number, records=4000) for number in range(2)]
    for log in logs:
        await publish(kafka, topic, log)
    arguments = [kafka, database, kafka_topics.prefix]
    reached = [_killed_under_way(arguments, database) for _ in range(KILLS)]
    assert reached[-1] < len(READ_MODELS) * sum(len(log.records) for log in logs), "killed too late"
    with _process(arguments):
        await level(database, topic, *logs, timeout_s=60)
    await project(other_database, *logs)
    assert content(database, kafka_topics) == content(other_database)
    assert reached == sorted(set(reached)), "each run went on a little"


def _killed_under_way(arguments: list[str], dsn: str) -> int:
    with _process(arguments), psycopg.connect(dsn, autocommit=True) as connection:
        before = _position(connection)
        give_up_at = time.monotonic() + 30
        while _position(connection) <= before:
            assert time.monotonic() < give_up_at, "the projector does not move"
            time.sleep(0.01)
    with psycopg.connect(dsn, autocommit=True) as connection:
        return _position(connection)


def _position(connection: psycopg.Connection) -> int:
    row = connection.execute(POSITIONS).fetchone()
    return int(row[0]) if row else 0


@contextmanager
def _process(arguments: list[str]) -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "-m", "tests.projections.projector_process", *arguments])
    try:
        yield
    finally:
        process.kill()
        process.wait()
