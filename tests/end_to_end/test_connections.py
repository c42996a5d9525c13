"""People's connections on a real Kafka, owned by real workers: the newest is left, and what a lost node held ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from mendline.producer import Producer
from schemas.catalogue import event_of
from schemas.cluster import Cluster
from schemas.connection.events import ConnectionClosed, ConnectionOpened, ConnectionReplaced, NodeLost
from schemas.connection.requests import ConnectionRequested, NodeSeen
from schemas.connection.subjects import subject_of_node
from schemas.message import Event, Request
from schemas.story import counted
from schemas.topics import CONNECTION, Topics
from streams.connection import lost_nodes, node
from streams.log.event_reading import decoded
from streams.log.topic_client import TopicClient
from tests.end_to_end.test_clients import working

pytestmark = pytest.mark.kafka
USERS = [f"user-{number}" for number in range(20)]


class Hub:
    """Says what nodes say, and reads what becomes of it. events: all so far, each with its subject."""

    def __init__(self, kafka: str, topics: Topics, producer: Producer) -> None:
        self.events: list[tuple[str, Event]] = []
        self._log = TopicClient(Cluster(kafka), topics.events(CONNECTION))
        self._producer = producer

    async def ask(self, subject: str, request: Request) -> None:
        await self._producer.publish(subject, request, stream=CONNECTION)

    async def connect(self, user: str, connection: str, node_id: str) -> None:
        await self.ask(user, ConnectionRequested(connection=connection, node=node_id, kind="websocket"))

    async def see(self, node_id: str) -> None:
        """Say every tenth of a second that a node is at work, until cancelled."""
        while True:
            await self.ask(subject_of_node(node_id), NodeSeen(address="ws://h:1"))
            await asyncio.sleep(0.1)

    async def read(self) -> None:
        """Until cancelled."""
        positions = dict.fromkeys(range(await self._log.partitions()), 0)
        while True:
            for partition, fetched in (await self._log.fetch_each(positions)).items():
                records, positions[partition] = decoded(fetched, self._log.topic)
                told = [counted(record.offset, record.value) for record in records]
                self.events += [(each.subject, event_of(each.type, each.data)) for each in told if each is not None]

    async def count(self, type_: type[Event], wanted: int) -> list[str]:
        """Whom it happened to, once it has happened so often."""
        async with asyncio.timeout(60):
            while len(found := self._whom(type_)) < wanted:  # noqa: ASYNC110  # what is read comes in bursts
                await asyncio.sleep(0.05)
        return found

    def _whom(self, type_: type[Event]) -> list[str]:
        return [subject for subject, event in self.events if isinstance(event, type_)]

    async def close(self) -> None:
        await self._log.close()


@pytest.fixture
async def hub(kafka: str, kafka_topics: Topics, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Hub]:
    """A hub beside workers that are ten times as impatient as in life."""
    monkeypatch.setattr(node, "SILENT_S", 3.0)
    monkeypatch.setattr("streams.connection.keyed.SILENT_S", 3.0)
    monkeypatch.setattr(lost_nodes, "LOOK_S", 0.2)
    async with Producer(Cluster(kafka), kafka_topics) as producer:
        hub = Hub(kafka, kafka_topics, producer)
        reading = asyncio.create_task(hub.read())
        yield hub
        await stopped(reading)
        await hub.close()


async def stopped(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_of_many_connections_at_once_over_two_nodes_one_is_left(
    kafka: str, kafka_topics: Topics, tmp_path: Path, hub: Hub
) -> None:
    async with working(kafka, kafka_topics, tmp_path):
        await asyncio.gather(*(hub.connect("ana", f"c{number}", f"n{number % 2}") for number in range(200)))
        await hub.count(ConnectionReplaced, 199)
    opened = [event.connection for _, event in hub.events if isinstance(event, ConnectionOpened)]
    replaced = [event.connection for _, event in hub.events if isinstance(event, ConnectionReplaced)]
    assert (len(opened), replaced) == (200, opened[:-1])


async def test_a_node_that_is_seen_no_more_loses_its_users_connections_and_no_others(
    kafka: str, kafka_topics: Topics, tmp_path: Path, hub: Hub
) -> None:
    seeing = {node_id: asyncio.create_task(hub.see(node_id)) for node_id in ("n1", "n2")}
    async with working(kafka, kafka_topics, tmp_path):
        await asyncio.gather(*(hub.connect(user, f"{user}-1", "n1") for user in USERS), hub.connect("b", "b-1", "n2"))
        await hub.count(ConnectionOpened, len(USERS) + 1)
        await stopped(seeing["n1"])
        assert await hub.count(NodeLost, 1) == ["node:n1"]
        assert sorted(await hub.count(ConnectionClosed, len(USERS))) == sorted(USERS)
        await stopped(seeing["n2"])


async def test_a_worker_that_claims_after_a_node_was_lost_closes_what_it_held(
    kafka: str, kafka_topics: Topics, tmp_path: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(lost_nodes, "closings_of", lambda homes, lost: [])  # as if it had died before it could
        async with working(kafka, kafka_topics, tmp_path):
            await hub.ask("node:n1", NodeSeen(address="ws://h:1"))
            await hub.connect("ana", "a-1", "n1")
            await hub.count(NodeLost, 1)
    async with working(kafka, kafka_topics, tmp_path):
        assert await hub.count(ConnectionClosed, 1) == ["ana"]
