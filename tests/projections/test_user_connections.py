"""The read model of people's connections."""

from __future__ import annotations

import asyncio
from typing import Any

import psycopg
import pytest

from projections import queries
from projections.positions import wait_until
from projections.rebuild import rebuild
from projections.user_connections import USER_CONNECTIONS
from schemas.cluster import Cluster
from schemas.connection.events import (
    ConnectionClosed,
    ConnectionOpened,
    ConnectionReplaced,
    GroupJoined,
    GroupLeft,
    NodeLost,
    NodeRecorded,
)
from schemas.message import Event, RequestRefused
from schemas.topics import CONNECTION, Topics
from tests.projections.projecting import columns, project, rows_of
from tests.projections.publishing import publish, running_projector
from tests.projections.written_log import WrittenPartition, at, claimed

OPENED = ConnectionOpened(connection="a", node="n1", kind="websocket")
NEWER = ConnectionOpened(connection="b", node="n2", kind="sse", returns="a")
REPLACED = ConnectionReplaced(connection="a", by="b")
CLOSED = ConnectionClosed(connection="a", why="stale")
JOINED = GroupJoined(connection="a", groups=("fleet", "device:d-1"))
LEFT = GroupLeft(connection="a", groups=("fleet",))
REFUSED = RequestRefused(reason="not_live", detail="it is over")


async def test_a_live_connection_has_a_row(database: str) -> None:
    log = claimed()
    log.add_all("ana", OPENED, JOINED)
    await project(database, log, models=[USER_CONNECTIONS])
    (row,) = rows_of(database, "user_connections")
    assert row == {
        "partition": 0,
        "user_id": "ana",
        "connection": "a",
        "node": "n1",
        "kind": "websocket",
        "groups": ["device:d-1", "fleet"],
        "since": at(1),
        "last_seen": at(2),
        "replaced": None,
        "ended_at": None,
        "why": None,
        "position": 2,
    }


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ((OPENED,), ("a", [], None, None, None)),
        ((OPENED, JOINED, LEFT), ("a", ["device:d-1"], None, None, None)),
        ((OPENED, JOINED, JOINED), ("a", ["device:d-1", "fleet"], None, None, None)),
        ((OPENED, JOINED, CLOSED), ("a", [], None, "stale", at(3))),
        ((OPENED, JOINED, NEWER, REPLACED), ("b", [], "a", None, None)),
        ((OPENED, CLOSED, NEWER), ("b", [], None, None, None)),
        ((OPENED, CLOSED, REFUSED), ("a", [], None, "stale", at(2))),
    ],
)
async def test_a_users_connection_is_as_its_last_event_left_it(
    database: str, events: tuple[Event, ...], expected: tuple[Any, ...]
) -> None:
    log = claimed()
    log.add_all("ana", *events)
    await project(database, log, models=[USER_CONNECTIONS])
    assert columns(database, "user_connections", "connection", "groups", "replaced", "why", "ended_at") == [expected]


async def test_a_connection_outlives_its_partitions_claim(database: str) -> None:
    log = claimed()
    log.add("ana", OPENED)
    log.release()
    log.claim("worker-7")
    await project(database, log, models=[USER_CONNECTIONS])
    assert columns(database, "user_connections", "ended_at") == [(None,)]


async def test_nodes_leave_no_row(database: str) -> None:
    log = claimed()
    log.add_all("node:n1", NodeRecorded(address="ws://h:1", lost_at=at(30)), NodeLost())
    await project(database, log, models=[USER_CONNECTIONS])
    assert rows_of(database, "user_connections") == []


@pytest.mark.parametrize("batch", [1, 2, 1000])
async def test_however_the_log_is_cut_the_rows_are_the_same(database: str, batch: int) -> None:
    await project(database, _history(), models=[USER_CONNECTIONS], batch=batch)
    await project(database, _history(), models=[USER_CONNECTIONS], batch=batch)
    found = columns(database, "user_connections", "user_id", "connection", "groups", "why", "position")
    assert found == [("ana", "b", [], None, 6), ("budi", "a", [], "stale", 7)]


def _history() -> WrittenPartition:
    log = claimed()
    log.add_all("ana", OPENED, JOINED)
    log.add("budi", OPENED)
    log.void("ana", CLOSED)
    log.add_all("ana", NEWER, REPLACED)
    log.add_all("budi", CLOSED)
    return log


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({}, ["ana", "budi"]),
        ({"live": True}, ["ana"]),
        ({"live": False}, ["budi"]),
        ({"user": "budi"}, ["budi"]),
        ({"node": "n2"}, ["ana"]),
        ({"node": "n2", "live": False}, []),
        ({"after": "ana"}, ["budi"]),
        ({"limit": 1}, ["ana"]),
    ],
)
async def test_connections_are_found_by_conditions(
    database: str, conditions: dict[str, Any], expected: list[str]
) -> None:
    await project(database, _history(), models=[USER_CONNECTIONS])
    async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
        found = await queries.user_connections(connection, **conditions)
    assert [each.user_id for each in found] == expected


@pytest.mark.kafka
async def test_rebuilt_connections_are_the_live_ones(kafka: str, kafka_topics: Topics, database: str) -> None:
    topic = kafka_topics.events(CONNECTION)
    last = await publish(kafka, topic, _history())
    async with running_projector(kafka, database, kafka_topics):
        async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
            await wait_until(connection, topic, 0, last, projections=["user_connections"], timeout_s=30)
        live = rows_of(database, "user_connections")
        assert await rebuild(Cluster(kafka), database, kafka_topics, "user_connections", stop=asyncio.Event())
    assert rows_of(database, "user_connections") == live
    assert [row["connection"] for row in live] == ["b", "a"]
