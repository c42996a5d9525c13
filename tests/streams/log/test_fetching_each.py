"""Many partitions, asked for by one question to each of their leaders."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any, NamedTuple
from unittest.mock import AsyncMock, Mock

import pytest
from aiokafka import errors as kafka_errors

from schemas.cluster import Cluster
from schemas.topics import Topics
from streams.log import topic_client
from streams.log.event_reading import decoded
from streams.log.kafka_events import KafkaEventLog
from streams.log.ports import EventRecord, LogError
from streams.log.topic_client import TopicClient


class Leader(NamedTuple):
    """A broker that leads some partitions: what it answers, or None if it never does."""

    answer: list[Any] | None

    async def asked(self) -> Any:
        """Its answer to a fetch."""
        if self.answer is None:
            await asyncio.Event().wait()
        return SimpleNamespace(topics=[("t", self.answer)])


class TwoLeaders(TopicClient):
    """Of partitions 0 and 1, each led by another broker."""

    def __init__(self, *leaders: Leader) -> None:
        super().__init__(Cluster("nowhere"), "t")
        self.clients: list[Any] = []
        self._leaders = leaders

    async def _new_client(self) -> Any:
        client = AsyncMock()
        client.cluster = Mock(**{"partitions_for_topic.return_value": {0, 1}})
        client.cluster.leader_for_partition = lambda place: place.partition
        client.send = lambda leader, request: self._leaders[leader].asked()
        client.force_metadata_update = Mock()
        self.clients.append(client)
        return client


@pytest.fixture
async def topic(cluster: Cluster, kafka_topics: Topics) -> AsyncIterator[TopicClient]:
    client = TopicClient(cluster, kafka_topics.events())
    for partition in range(8):  # a leader that was only just chosen does not answer yet
        await client.end(partition)
    yield client
    await client.close()


async def test_every_partition_is_read_from_its_own_position(events: KafkaEventLog, topic: TopicClient) -> None:
    for partition in (2, 5):
        await events.append(partition, [EventRecord(b"d-1", b"%d" % number) for number in range(3)])
    found = await topic.fetch_each({2: 0, 5: 2, 7: 0})
    read = {partition: [record.offset for record in decoded(each, "")[0]] for partition, each in found.items()}
    assert read == {2: [0, 1, 2], 5: [2], 7: []}


async def test_a_partition_that_does_not_exist_is_left_out(topic: TopicClient) -> None:
    assert (await topic.fetch_each({0: 0, 8: 0})).keys() == {0}


async def test_a_position_that_the_log_lacks_is_an_error(topic: TopicClient) -> None:
    with pytest.raises(LogError, match="trimmed or made anew"):
        await topic.fetch_each({0: 0, 1: 7})


async def test_a_leader_that_never_answers_does_not_hold_up_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topic_client, "LEADER_TIMEOUT_S", 0.01)
    topic = TwoLeaders(Leader([(0, 0, 0, b"")]), Leader(None))
    found = [await topic.fetch_each({0: 0, 1: 0}) for _ in range(2)]
    assert [each.keys() for each in found] == [{0}, {0}]
    assert len(topic.clients) == 2


async def test_a_partition_whose_leader_has_changed_is_left_out_until_it_is_known() -> None:
    moved = kafka_errors.NotLeaderForPartitionError.errno
    topic = TwoLeaders(Leader([(0, 0, 0, b"")]), Leader([(1, moved, 0, b"")]))
    assert (await topic.fetch_each({0: 0, 1: 0})).keys() == {0}
    topic.clients[0].force_metadata_update.assert_called_once()


async def test_a_leader_that_refuses_access_is_an_error() -> None:
    refused = kafka_errors.TopicAuthorizationFailedError.errno
    topic = TwoLeaders(Leader([(0, 0, 0, b"")]), Leader([(1, refused, 0, b"")]))
    with pytest.raises(LogError, match="grant this user access"):
        await topic.fetch_each({0: 0, 1: 0})
