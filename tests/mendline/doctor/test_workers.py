"""Who is connected, asked of brokers that have never had a group."""

from __future__ import annotations

from collections.abc import Callable

from mendline.doctor.workers import connected_workers
from mendline.embedded.kafka import KafkaCluster
from schemas.cluster import Cluster


async def test_brokers_that_never_had_a_group_are_asked_until_they_know_who_leads_it(
    kafka_nodes: Callable[[int], KafkaCluster],
) -> None:
    (finding,) = await connected_workers(Cluster(kafka_nodes(1).bootstrap), "mendline")
    assert finding.what == "no worker is connected: nothing is decided"
