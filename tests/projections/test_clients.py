"""The read model of clients."""

from __future__ import annotations

import asyncio

import psycopg
import pytest

from projections.clients import CLIENTS
from projections.positions import wait_until
from projections.rebuild import rebuild
from schemas.client import events as e
from schemas.cluster import Cluster
from schemas.message import Event, RequestRefused
from schemas.topics import CLIENT, Topics
from tests.projections.projecting import columns, project, rows_of
from tests.projections.publishing import publish, running_projector
from tests.projections.written_log import WrittenPartition, at, claimed

VALUE = "0" * 64
ANA = {
    "request": 1,
    "name": "Ana",
    "email": "ana@shop.example",
    "phone": "+62",
    "company": "Shop",
    "user_id": "u-7",
    "value": VALUE,
}
STARTED = e.ClientCreationStarted(**ANA)  # type: ignore[arg-type]  # each of its field's type
CREATED = e.ClientCreated(**ANA)  # type: ignore[arg-type]
REJECTED = e.ClientCreationRejected(request=1, reason="email_taken")
CHANGE_STARTED = e.ClientChangeStarted(request=2, name="Ana", email="new@shop.example", value=VALUE)
CHANGED = e.ClientChanged(request=2, name="Anna", email="new@shop.example", value=VALUE)
CHANGE_REJECTED = e.ClientChangeRejected(request=2, reason="email_taken")
REMOVAL_STARTED = e.ClientRemovalStarted(request=3)
REMOVED = e.ClientRemoved(request=3)
REFUSED = RequestRefused(reason="busy", detail="wait")


async def test_a_client_has_a_row(database: str) -> None:
    log = claimed()
    log.add_all("ana", STARTED, CREATED)
    await project(database, log, models=[CLIENTS])
    (row,) = rows_of(database, "clients")
    assert row == {
        "partition": 0,
        "client_id": "ana",
        "name": "Ana",
        "email": "ana@shop.example",
        "phone": "+62",
        "state": "live",
        "reason": None,
        "created_at": at(2),
        "last_event_at": at(2),
        "position": 2,
        "company": "Shop",
        "user_id": "u-7",
    }


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ((STARTED,), ("creating", None, "Ana", "ana@shop.example")),
        ((STARTED, REJECTED), ("rejected", "email_taken", "Ana", None)),
        ((STARTED, REJECTED, STARTED, CREATED), ("live", None, "Ana", "ana@shop.example")),
        ((CREATED, CHANGE_STARTED), ("changing", None, "Ana", "ana@shop.example")),
        ((CREATED, CHANGE_STARTED, CHANGED), ("live", None, "Anna", "new@shop.example")),
        ((CREATED, CHANGE_STARTED, CHANGE_REJECTED), ("live", "email_taken", "Ana", "ana@shop.example")),
        ((CREATED, REMOVAL_STARTED), ("removing", None, "Ana", None)),
        ((CREATED, REMOVAL_STARTED, REMOVED), ("removed", None, "", None)),
        ((CREATED, REFUSED), ("live", None, "Ana", "ana@shop.example")),
    ],
)
async def test_a_client_is_as_its_last_event_left_it(
    database: str, events: tuple[Event, ...], expected: tuple[str | None, ...]
) -> None:
    log = claimed()
    log.add_all("ana", *events)
    await project(database, log, models=[CLIENTS])
    assert columns(database, "clients", "state", "reason", "name", "email") == [expected]


@pytest.mark.parametrize("batch", [1, 2, 1000])
async def test_however_the_log_is_cut_the_rows_are_the_same(database: str, batch: int) -> None:
    await project(database, _history(), models=[CLIENTS], batch=batch)
    await project(database, _history(), models=[CLIENTS], batch=batch)
    assert columns(database, "clients", "client_id", "state", "position") == [
        ("ana", "live", 6),
        ("budi", "removed", 8),
    ]


def _history() -> WrittenPartition:
    log = claimed()
    log.add_all("ana", STARTED, CREATED)
    log.add_all("budi", CREATED, REMOVAL_STARTED)
    log.void("ana", REMOVED)
    log.add_all("ana", CHANGED)
    log.add_all("budi", REFUSED, REMOVED)
    return log


async def test_refusals_of_clients_that_never_were_leave_no_row(database: str) -> None:
    log = claimed()
    log.add_all("nobody", REFUSED)
    await project(database, log, models=[CLIENTS])
    assert rows_of(database, "clients") == []


@pytest.mark.kafka
async def test_rebuilt_clients_are_the_live_ones(kafka: str, kafka_topics: Topics, database: str) -> None:
    topic = kafka_topics.events(CLIENT)
    last = await publish(kafka, topic, _history())
    async with running_projector(kafka, database, kafka_topics):
        async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
            await wait_until(connection, topic, 0, last, projections=["clients"], timeout_s=30)
        live = rows_of(database, "clients")
        assert await rebuild(Cluster(kafka), database, kafka_topics, "clients", stop=asyncio.Event())
    assert rows_of(database, "clients") == live
    assert [row["state"] for row in live] == ["live", "removed"]
