from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from mendline.embedded.kafka import KafkaCluster, KafkaNode
from mendline.topics import Size, ensure_topics, planned_topics
from schemas.cluster import Cluster
from schemas.topics import Topics
from streams.log.kafka_events import KafkaEventLog
from streams.log.kafka_intake import KafkaIntake
from streams.log.membership import Group
from streams.log.ports import RequestBatch

PARTITIONS = 2
"""Of the topics of `broker`; those of `kafka_topics` have 8."""


@pytest.fixture
def cluster(kafka: str) -> Cluster:
    return Cluster(kafka)


@pytest.fixture
async def events(cluster: Cluster, kafka_topics: Topics) -> AsyncIterator[KafkaEventLog]:
    log = KafkaEventLog(cluster, kafka_topics.events())
    yield log
    await log.close()


@pytest.fixture
async def producer(cluster: Cluster) -> AsyncIterator[AIOKafkaProducer]:
    """A producer of requests that can make transactions."""
    async with AIOKafkaProducer(**cluster.options(), transactional_id=uuid4().hex) as started:
        yield started


@pytest.fixture
async def intake(cluster: Cluster, kafka_topics: Topics) -> AsyncIterator[KafkaIntake]:
    """The only member of its group, with all partitions."""
    taker = KafkaIntake(cluster, kafka_topics.requests(), Group(kafka_topics.prefix, None))
    await taker.open()
    await taker.changed()
    yield taker
    await taker.close()


class OwnBroker:
    """A node that tests may kill, with fresh topics for each."""

    def __init__(self, node: KafkaNode, topics: Topics) -> None:
        self._node = node
        self.cluster = Cluster(node.plan.address)
        self.topics = topics

    async def start(self) -> None:
        await asyncio.to_thread(self._node.start)
        await asyncio.to_thread(self._node.wait_ready)

    async def kill(self) -> None:
        """Its connections break, and new ones are refused."""
        await asyncio.to_thread(self._node.kill)

    async def freeze(self) -> None:
        """Its connections stay, and nothing is answered."""
        self._node.pause()

    def thaw(self) -> None:
        self._node.resume()


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory, class_path: str) -> Iterator[KafkaNode]:
    with KafkaCluster(tmp_path_factory.mktemp("kafka"), class_path) as cluster:
        yield cluster.nodes[0]


@pytest.fixture
async def broker(node: KafkaNode) -> AsyncIterator[OwnBroker]:
    own = OwnBroker(node, Topics(prefix=f"{uuid4().hex[:12]}-"))
    if not node.running:
        await own.start()
    # Few: a node that was killed looks through all partitions of all tests before.
    needed = {own.topics.requests(), own.topics.events(), own.topics.dead_letters}
    plans = [plan for plan in planned_topics(own.topics) if plan.name in needed]
    await ensure_topics(Cluster(own.cluster.bootstrap), plans, Size(PARTITIONS))
    yield own
    own.thaw()


async def batch_of(intake: KafkaIntake, partition: int = 0) -> RequestBatch:
    """The next batch of the partition."""
    while not (batches := await intake.batches()).get(partition):
        pass
    return batches[partition]


async def publish(
    producer: AIOKafkaProducer, topic: str, values: Sequence[bytes], partition: int = 0, *, commit: bool = True
) -> None:
    """One transaction with `values` in one partition."""
    await producer.begin_transaction()
    for value in values:
        await producer.send(topic, value, partition=partition)
    await (producer.commit_transaction if commit else producer.abort_transaction)()


async def trim(cluster: Cluster, topic: str, first: int) -> None:
    """Delete what lies before `first` in partition 0, as retention would."""
    admin = AIOKafkaAdminClient(bootstrap_servers=cluster.bootstrap)
    await admin.start()
    await admin.delete_records({TopicPartition(topic, 0): RecordsToDelete(first)})
    await admin.close()
