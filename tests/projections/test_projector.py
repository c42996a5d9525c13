"""The projector on a real log and a real database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from mendline.embedded.kafka import KafkaCluster
from mendline.embedded.ports import reserve
from mendline.embedded.postgres import PostgresServer
from mendline.topics import ensure_topics, planned_topics
from projections.catalogue import ALL_MODELS
from projections.errors import CheckpointMismatchError, SchemaTooOldError, TopicMissingError
from projections.follower import Progress
from projections.migrations import migrate
from projections.projector import run_projector
from schemas.cluster import Cluster
from schemas.topics import DEVICE, Topics
from tests.projections.events import REGISTERED
from tests.projections.histories import history
from tests.projections.projecting import columns, content, project
from tests.projections.publishing import level, publish, running_projector
from tests.projections.written_log import WrittenPartition, claimed


async def test_rows_follow_the_log_as_it_grows(kafka: str, kafka_topics: Topics, database: str) -> None:
    topic, log = kafka_topics.events(), claimed(3)
    async with running_projector(kafka, database, kafka_topics):
        log.add("d-1", REGISTERED)
        await publish(kafka, topic, log)
        await level(database, topic, log)
        assert columns(database, "devices", "device_id") == [("d-1",)]
        log.add("d-2", REGISTERED)
        await publish(kafka, topic, log, start=2)
        await level(database, topic, log)
        assert columns(database, "devices", "device_id") == [("d-1",), ("d-2",)]


@pytest.mark.parametrize("connections", [1, 5])
async def test_a_whole_log_gives_the_rows_of_a_fold_without_kafka(
    kafka: str, kafka_topics: Topics, database: str, other_database: str, connections: int
) -> None:
    topic = kafka_topics.events()
    logs = [history(11, number, records=500) for number in range(4)]
    for log in logs:
        await publish(kafka, topic, log)
    async with running_projector(kafka, database, kafka_topics, pool_size=connections):
        await level(database, topic, *logs)
    await project(other_database, *logs)
    assert content(database, kafka_topics) == content(other_database)


async def test_a_projector_takes_no_more_connections_than_it_may_whatever_the_fleet(
    kafka: str, kafka_topics: Topics, database: str
) -> None:
    topic, logs = kafka_topics.events(), [history(11, number, records=300) for number in range(8)]
    async with running_projector(kafka, database, kafka_topics, pool_size=5):
        for log in logs:
            await publish(kafka, topic, log)
        await level(database, topic, *logs)
        sessions = columns(database, "pg_stat_activity WHERE datname = current_database()", "application_name")
        assert sessions.count(("mendline projector",)) == 5


async def test_a_projector_of_some_partitions_leaves_the_others_alone(
    kafka: str, kafka_topics: Topics, database: str
) -> None:
    topic, logs = kafka_topics.events(), [claimed(n) for n in range(3)]
    for log in logs:
        log.add(f"d-{log.number}", REGISTERED)
        await publish(kafka, topic, log)
    async with running_projector(kafka, database, kafka_topics, partitions={0, 2}):
        await level(database, topic, logs[0], logs[2])
    assert columns(database, "devices", "device_id") == [("d-0",), ("d-2",)]


async def test_two_projectors_by_mistake_do_no_harm(
    kafka: str, kafka_topics: Topics, database: str, other_database: str
) -> None:
    topic, log = kafka_topics.events(), history(12, 0, records=2000)
    part = WrittenPartition()
    async with running_projector(kafka, database, kafka_topics), running_projector(kafka, database, kafka_topics):
        for end in range(100, len(log.records) + 100, 100):
            part.records = log.records[:end]
            await publish(kafka, topic, part, start=end - 100)
        await level(database, topic, log)
    await project(other_database, log)
    assert content(database, kafka_topics) == content(other_database)


async def test_progress_is_told(kafka: str, kafka_topics: Topics, database: str) -> None:
    topic, log = kafka_topics.events(), history(13, 2, records=300)
    await publish(kafka, topic, log)
    told: list[Progress] = []
    async with running_projector(kafka, database, kafka_topics, partitions=[2], on_progress=told.append):
        await level(database, topic, log)
    assert sum(progress.read for progress in told) == len(log.records)
    # The clients' partitions tell theirs too, which stay empty.
    assert max(progress.positions[2] for progress in told) == len(log.records)
    assert told[-1].lag == 0


async def test_a_topic_that_is_not_there_is_named(kafka: str, database: str) -> None:
    with pytest.raises(TopicMissingError, match="nowhere-device-events"):
        await run_projector(Cluster(kafka), database, Topics("nowhere-"), stop=asyncio.Event())


async def test_a_partition_that_is_not_there_is_named(kafka: str, kafka_topics: Topics, database: str) -> None:
    with pytest.raises(TopicMissingError, match=r"no partitions \[8\]: it has 0 to 7"):
        await run_projector(Cluster(kafka), database, kafka_topics, partitions=[7, 8], stop=asyncio.Event())


async def test_a_database_without_tables_is_refused(kafka: str, kafka_topics: Topics, postgres: str) -> None:
    with pytest.raises(SchemaTooOldError, match="version 0"):
        await run_projector(Cluster(kafka), postgres, kafka_topics, stop=asyncio.Event())


async def test_a_log_that_ends_before_the_checkpoint_is_refused(
    kafka: str, kafka_topics: Topics, database: str
) -> None:
    other_topics = Topics(kafka_topics.prefix + "b-")
    await ensure_topics(Cluster(kafka), planned_topics(other_topics))
    topic, log = kafka_topics.events(), claimed()
    log.add("d-1", REGISTERED)
    await publish(kafka, topic, log)
    async with running_projector(kafka, database, kafka_topics):
        await level(database, topic, log)
    _move_checkpoints(database, other_topics.events())
    with pytest.raises(CheckpointMismatchError, match="ends at 0, but the checkpoint of these tables is at 2"):
        await run_projector(Cluster(kafka), database, other_topics, stop=asyncio.Event())


async def test_a_log_with_other_claims_is_refused(kafka: str, kafka_topics: Topics, database: str) -> None:
    topic, log, other = kafka_topics.events(), claimed(), claimed(owner="worker-2")
    log.add("d-1", REGISTERED)
    await project(database, log)
    _move_checkpoints(database, topic)
    other.claim()
    other.add("d-2", REGISTERED)
    await publish(kafka, topic, other)
    with pytest.raises(CheckpointMismatchError, match="record 1 does not carry claim"):
        await run_projector(Cluster(kafka), database, kafka_topics, stop=asyncio.Event())
    assert columns(database, "devices", "device_id") == [("d-1",)]


@pytest.fixture
def own_postgres(tmp_path: Path) -> Iterator[PostgresServer]:
    """A PostgreSQL server that this test may kill."""
    with PostgresServer(tmp_path / "postgres") as server:
        yield server


async def test_it_goes_on_when_postgres_comes_back(
    kafka: str, kafka_topics: Topics, own_postgres: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    topic, log = kafka_topics.events(), claimed()
    await migrate(own_postgres.dsn)
    await publish(kafka, topic, log)
    async with running_projector(kafka, own_postgres.dsn, kafka_topics, pool_size=1):
        await level(own_postgres.dsn, topic, log)
        own_postgres.kill()
        log.add("d-1", REGISTERED)
        await publish(kafka, topic, log, start=1)
        await _told(caplog, "PostgreSQL is away")
        own_postgres.start()
        own_postgres.wait_ready()
        await level(own_postgres.dsn, topic, log)
    assert columns(own_postgres.dsn, "devices", "device_id") == [("d-1",)]
    assert sum("PostgreSQL is away" in record.getMessage() for record in caplog.records) == 1


@pytest.mark.slow
async def test_it_waits_for_kafka_and_goes_on_when_it_comes_back(
    kafka_nodes: Callable[[int], KafkaCluster], database: str, caplog: pytest.LogCaptureFixture
) -> None:
    cluster, topics, log = kafka_nodes(1), Topics(), claimed()
    await ensure_topics(Cluster(cluster.bootstrap), planned_topics(topics))
    (node,) = cluster.nodes
    await publish(cluster.bootstrap, topics.events(), log)
    node.kill()
    async with running_projector(cluster.bootstrap, database, topics):
        await _told(caplog, "Kafka is away")
        node.start()
        node.wait_ready()
        await level(database, topics.events(), log)
        node.kill()
        caplog.clear()
        await _told(caplog, "KafkaSilentError")
        node.start()
        node.wait_ready()
        log.add("d-1", REGISTERED)
        await publish(cluster.bootstrap, topics.events(), log, start=1)
        await level(database, topics.events(), log)
    assert columns(database, "devices", "device_id") == [("d-1",)]


async def test_it_stops_while_it_waits(database: str, caplog: pytest.LogCaptureFixture) -> None:
    stop = asyncio.Event()
    port = reserve(None)
    running = asyncio.create_task(run_projector(Cluster(f"127.0.0.1:{port.number}"), database, Topics(), stop=stop))
    await _told(caplog, "Kafka is away")
    stop.set()
    await asyncio.wait_for(running, timeout=5)
    port.release()


async def _told(caplog: pytest.LogCaptureFixture, words: str) -> None:
    for _ in range(1000):
        if any(words in record.getMessage() for record in caplog.records):
            return
        await asyncio.sleep(0.02)
    pytest.fail(f"nobody said {words!r}")


def _move_checkpoints(dsn: str, topic: str) -> None:
    with psycopg.connect(dsn) as connection:
        for model in ALL_MODELS:
            moved = topic.replace(DEVICE.events, model.stream.events)
            connection.execute("UPDATE checkpoints SET topic = %s WHERE projection = %s", [moved, model.name])
