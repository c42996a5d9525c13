"""docker/kafka/server.properties: the embedded node's settings, in a form that Kafka takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from mendline.embedded import kafka
from mendline.embedded.kafka import KafkaCluster
from mendline.embedded.kafka_properties import NodePlan, server_properties
from mendline.topics import check_topics, ensure_topics, planned_topics
from schemas.cluster import Cluster
from tests.docker.compose_file import DOCKER, properties

ADDRESSES = {
    "controller.quorum.voters",
    "listeners",
    "advertised.listeners",
    "listener.security.protocol.map",
    "log.dirs",
}


def of_docker() -> dict[str, str]:
    """What the container is given."""
    return properties((DOCKER / "kafka" / "server.properties").read_text())


def with_addresses_of(plan: NodePlan, log: Path) -> str:
    """The container's properties for a node of this machine."""
    own = properties(server_properties(plan, log))
    settings = of_docker() | {name: own[name] for name in ADDRESSES}
    return "".join(f"{name}={value}\n" for name, value in settings.items())


def test_but_for_addresses_they_are_the_embedded_nodes() -> None:
    embedded = properties(server_properties(NodePlan(1, Path("unused"), 9092, {1: 9093}), Path("unused")))
    assert of_docker().keys() == embedded.keys()
    assert {name for name, value in of_docker().items() if value != embedded[name]} == ADDRESSES


@pytest.mark.broker
async def test_kafka_takes_them_and_makes_our_topics(
    tmp_path: Path, class_path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka, "server_properties", with_addresses_of)
    with KafkaCluster(tmp_path, class_path) as cluster:
        await ensure_topics(Cluster(cluster.bootstrap), planned_topics())
        assert await check_topics(Cluster(cluster.bootstrap), planned_topics()) == []
