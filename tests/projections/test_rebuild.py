"""Rebuilt is live, value for value, while everything else goes on."""

from __future__ import annotations

import asyncio

import psycopg
import pytest

from projections import shadow, shares
from projections.catalogue import READ_MODELS
from projections.errors import CheckpointMismatchError, RebuildUnderWayError, TableInUseError, UnknownReadModelError
from projections.follower import Progress
from projections.migrations import LOCK
from projections.projector import run_projector
from projections.rebuild import rebuild
from schemas.cluster import Cluster
from schemas.topics import Topics
from tests.projections.histories import history
from tests.projections.projecting import content, project, rows_of
from tests.projections.publishing import level, publish, running_projector
from tests.projections.written_log import WrittenPartition

NAMES = [model.name for model in READ_MODELS]
INDEXES = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"
OPTIONS = "SELECT relname, reloptions FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1"


@pytest.fixture
async def logs(kafka: str, kafka_topics: Topics) -> list[WrittenPartition]:
    """Two random histories in Kafka."""
    logs = [history(21, number, records=600) for number in range(2)]
    for log in logs:
        await publish(kafka, kafka_topics.events(), log)
    return logs


@pytest.fixture
async def projected(kafka: str, kafka_topics: Topics, database: str, logs: list[WrittenPartition]) -> None:
    """Both in the database, by a projector that has ended."""
    async with running_projector(kafka, database, kafka_topics):
        await level(database, kafka_topics.events(), *logs)


@pytest.mark.parametrize("name", NAMES)
async def test_a_rebuilt_read_model_has_the_rows_that_it_had_live(
    kafka: str, kafka_topics: Topics, database: str, logs: list[WrittenPartition], name: str
) -> None:
    async with running_projector(kafka, database, kafka_topics):
        await level(database, kafka_topics.events(), *logs)
        before = content(database)
        assert await rebuild(Cluster(kafka), database, kafka_topics, name, stop=asyncio.Event())
        assert content(database) == before
    assert {row["build"] for row in rows_of(database, "checkpoints") if row["projection"] == name} == {1}


@pytest.mark.usefixtures("projected")
async def test_several_processes_bring_the_rows_that_it_had_live(
    kafka: str, kafka_topics: Topics, database: str
) -> None:
    before, seen = content(database), set[int]()

    def look(progress: Progress) -> None:
        seen.update(progress.positions)

    rebuilt = rebuild(
        Cluster(kafka), database, kafka_topics, "sends", stop=asyncio.Event(), processes=2, on_progress=look
    )
    assert await rebuilt
    assert content(database) == before
    assert seen >= {0, 1}


@pytest.mark.usefixtures("projected")
async def test_what_processes_leave_undone_is_done_without_them(
    kafka: str, kafka_topics: Topics, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = content(database)
    monkeypatch.setattr(shares, "as_line", lambda _lane: b"no lane\n")
    assert await rebuild(Cluster(kafka), database, kafka_topics, "devices", stop=asyncio.Event(), processes=2)
    assert content(database) == before


@pytest.mark.usefixtures("projected")
async def test_it_mends_rows_that_went_wrong(kafka: str, kafka_topics: Topics, database: str) -> None:
    before = content(database)
    with psycopg.connect(database) as connection:
        connection.execute("UPDATE sends SET state = 'wrong'")
        connection.execute("UPDATE quarantine SET reason = 'wrong' WHERE projection = 'sends'")
    assert await rebuild(Cluster(kafka), database, kafka_topics, "sends", stop=asyncio.Event())
    assert content(database) == before


async def test_the_log_grows_and_is_followed_meanwhile_and_after(
    kafka: str, kafka_topics: Topics, database: str, other_database: str, logs: list[WrittenPartition]
) -> None:
    topic, grown = kafka_topics.events(), [history(21, number, records=1500) for number in range(2)]
    async with running_projector(kafka, database, kafka_topics):
        await level(database, topic, *logs)
        building = asyncio.create_task(rebuild(Cluster(kafka), database, kafka_topics, "devices", stop=asyncio.Event()))
        for old, new in zip(logs, grown, strict=True):
            await publish(kafka, topic, new, start=len(old.records))
        assert await building
        await level(database, topic, *grown)
    await project(other_database, *grown)
    assert content(database, kafka_topics) == content(other_database)


@pytest.mark.usefixtures("projected")
async def test_the_new_table_is_made_as_the_old_one_was(kafka: str, kafka_topics: Topics, database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        made = [connection.execute(query).fetchall() for query in (INDEXES, OPTIONS)]
        connection.execute("GRANT SELECT ON sends TO pg_monitor")
        assert await rebuild(Cluster(kafka), database, kafka_topics, "sends", stop=asyncio.Event())
        assert await rebuild(Cluster(kafka), database, kafka_topics, "sends", stop=asyncio.Event())
        assert [connection.execute(query).fetchall() for query in (INDEXES, OPTIONS)] == made
        granted = "SELECT has_table_privilege('pg_monitor', 'sends', 'SELECT')"
        assert connection.execute(granted).fetchone() == (True,)


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.usefixtures("projected")
async def test_a_rebuild_that_is_stopped_changes_nothing(
    kafka: str, kafka_topics: Topics, database: str, processes: int
) -> None:
    before, stop = content(database), asyncio.Event()

    def stop_at_once(_: Progress) -> None:
        stop.set()

    assert not await rebuild(
        Cluster(kafka), database, kafka_topics, "sends", stop=stop, on_progress=stop_at_once, processes=processes
    )
    assert content(database) == before
    assert [row for row in rows_of(database, "pg_namespace", "1") if row["nspname"] == "rebuild_sends"] == []


@pytest.mark.usefixtures("projected")
async def test_what_a_killed_rebuild_left_is_in_nobodys_way(kafka: str, kafka_topics: Topics, database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("CREATE SCHEMA rebuild_sends CREATE TABLE sends (half int)")
    assert await rebuild(Cluster(kafka), database, kafka_topics, "sends", stop=asyncio.Event())


async def test_a_shadow_that_is_behind_does_not_take_its_models_place(database: str) -> None:
    await project(database, history(1, 0, records=100))
    before = content(database)
    async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
        await shadow.make(connection, "sends")
        assert not await shadow.swap(connection, "sends")
    assert content(database) == before


async def test_two_rebuilds_of_one_read_model_at_once_are_refused(
    kafka: str, kafka_topics: Topics, database: str
) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("SELECT pg_advisory_lock(%s # hashtext('sends'))", [LOCK])
        with pytest.raises(RebuildUnderWayError, match="sends is being rebuilt"):
            await rebuild(Cluster(kafka), database, kafka_topics, "sends", stop=asyncio.Event())


async def test_a_view_over_the_table_is_named(kafka: str, kafka_topics: Topics, database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("CREATE VIEW report AS SELECT * FROM sends")
    with pytest.raises(TableInUseError, match="view report depends on"):
        await rebuild(Cluster(kafka), database, kafka_topics, "sends", stop=asyncio.Event())


async def test_tables_of_another_topic_are_not_mixed_with_this_one(
    kafka: str, kafka_topics: Topics, database: str
) -> None:
    await project(database, history(1, 0, records=10))
    stop = asyncio.Event()
    with pytest.raises(CheckpointMismatchError, match="made from the topic device-events, not from"):
        await rebuild(Cluster(kafka), database, kafka_topics, "sends", stop=stop)
    with pytest.raises(CheckpointMismatchError, match="made from the topic device-events, not from"):
        await run_projector(Cluster(kafka), database, kafka_topics, stop=stop)


async def test_an_unknown_read_model_is_named_with_those_there_are(database: str) -> None:
    with pytest.raises(UnknownReadModelError, match="'clocks': there are devices, sends,"):
        await rebuild(Cluster("nowhere:1"), database, Topics(), "clocks", stop=asyncio.Event())
