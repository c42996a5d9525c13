from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from mendline.embedded.kafka import KafkaCluster, KafkaNode
from mendline.topics import Size, ensure_topics, planned_topics
from schemas.cluster import Cluster
from schemas.topics import Topics

Nodes = Callable[[int], KafkaCluster]
TOPIC = Topics().device_signals


@asynccontextmanager
async def running_producer(bootstrap: str) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def append(cluster: KafkaCluster, value: bytes) -> None:
    async with running_producer(cluster.bootstrap) as producer:
        await producer.send_and_wait(TOPIC, value, partition=0)


async def first_value(cluster: KafkaCluster) -> bytes:
    consumer = AIOKafkaConsumer(TOPIC, bootstrap_servers=cluster.bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        value: bytes = (await consumer.getone()).value
    finally:
        await consumer.stop()
    return value


def restart_after_a_crash(node: KafkaNode) -> None:
    node.kill()
    node.start()
    node.wait_ready()


async def test_acknowledged_record_survives_a_crash_of_the_only_node(kafka_nodes: Nodes) -> None:
    cluster = kafka_nodes(1)
    await ensure_topics(Cluster(cluster.bootstrap), planned_topics())
    await append(cluster, b"kept")
    await asyncio.to_thread(restart_after_a_crash, cluster.nodes[0])
    assert await first_value(cluster) == b"kept"


@pytest.mark.slow
async def test_cluster_of_three_goes_on_without_one_node(kafka_nodes: Nodes) -> None:
    cluster = kafka_nodes(3)
    await ensure_topics(Cluster(cluster.bootstrap), planned_topics(), Size(partitions=2, replication=3))
    await append(cluster, b"before")
    cluster.nodes[0].kill()
    await append(cluster, b"after")
    assert await first_value(cluster) == b"before"


def test_interrupted_formatting_is_done_again(kafka_nodes: Nodes) -> None:
    node = kafka_nodes(1).nodes[0]
    node.stop()
    half = node.plan.log.rename(node.plan.folder / "log-formatting")
    (half / "meta.properties").write_text("version=1\n")
    node.start()
    node.wait_ready()
    assert node.running


def test_paused_node_goes_on_where_it_was(kafka_nodes: Nodes) -> None:
    node = kafka_nodes(1).nodes[0]
    node.pause()
    node.resume()
    node.wait_ready(timeout_s=20)
    assert node.running
