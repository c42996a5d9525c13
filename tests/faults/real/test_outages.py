"""Broker and database away: at the start, killed under load, and back."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from mendline.embedded.kafka import KafkaCluster
from mendline.embedded.postgres import PostgresServer
from mendline.topics import ensure_topics, planned_topics
from schemas.cluster import Cluster
from schemas.topics import STREAMS, Topics
from tests.faults.real.asking import asking, load
from tests.faults.real.fleets import slow_fleet
from tests.faults.real.log import Log
from tests.faults.real.program import Program
from tests.faults.real.proof import proven
from tests.faults.real.site import Site
from tests.faults.real.tables import differences, until_level

SEED = 13
FLEET = slow_fleet(SEED)
WAIT_S = 90.0
AWAY_S = 3.0
TROUBLE = re.compile(r" (WARNING|ERROR) ")
MOST_LINES = 10 * len(STREAMS)
"""Three outages, a few lines for each thing that waits: worker and projector, each stream; without care 1,400."""


@pytest.fixture
def cluster(tmp_path: Path, class_path: str) -> Iterator[KafkaCluster]:
    """A broker that does not run yet."""
    made = KafkaCluster(tmp_path / "kafka", class_path)
    yield made
    made.stop()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[PostgresServer]:
    """A database that has been made, and does not run."""
    with PostgresServer(tmp_path / "postgres", durable=False) as server:
        server.kill()
        yield server


def _start(cluster: KafkaCluster) -> None:
    cluster.start()
    cluster.wait_ready()


def _start_database(database: PostgresServer) -> None:
    database.start()
    database.wait_ready()


def said(program: Program) -> list[str]:
    """The lines in which a program told of trouble."""
    return [line for line in program.all_words().splitlines() if TROUBLE.search(line)]


@pytest.fixture
def away(cluster: KafkaCluster, database: PostgresServer, tmp_path: Path) -> Iterator[tuple[Site, Program, Program]]:
    """A worker and a projector that have been started while neither broker nor database ran."""
    with Site(tmp_path, cluster.bootstrap, Topics()) as site:
        worker, projector = site.worker(), site.projector(database.dsn)
        worker.start()
        projector.start()
        time.sleep(AWAY_S)
        _start(cluster)
        _start_database(database)
        yield site, worker, projector


async def _kill_and_restart(end: Callable[[], object], start: Callable[[], None]) -> None:
    await asyncio.to_thread(end)
    await asyncio.sleep(AWAY_S)
    await asyncio.to_thread(start)
    await asyncio.sleep(AWAY_S)


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_worker_and_projector_wait_for_what_is_away_say_so_and_go_on(
    away: tuple[Site, Program, Program], cluster: KafkaCluster, database: PostgresServer
) -> None:
    site, worker, projector = away
    await ensure_topics(Cluster(site.kafka), planned_topics(site.topics))
    await site.fleet(FLEET.text())
    async with asking(site) as asker, Log(site.kafka, site.topics) as log:
        await asker.register(FLEET.devices())
        await log.until_owned(WAIT_S, "worker")
        async with load(asker, FLEET, 40):
            await log.until_counted("send_accepted", 50, WAIT_S)
            await _kill_and_restart(cluster.nodes[0].kill, partial(_start, cluster))
            await _kill_and_restart(database.kill, partial(_start_database, database))
        await log.until_drained(WAIT_S)
        worker.end()
        await until_level(database.dsn, log, WAIT_S)
        assert await differences(site, database.dsn, log) == []
        assert log.counted("send_uncertain") == []
    assert (await proven(site)).violations == ()
    assert 0 < len(said(worker)) + len(said(projector)) < MOST_LINES
