"""An events partition in Kafka, and its snapshots."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.cluster import Cluster
from schemas.topics import Topics
from streams.log.kafka_events import KafkaEventLog
from streams.log.kafka_snapshots import KafkaSnapshotLog
from streams.log.ports import EventRecord
from streams.snapshots.fitting import Fitting
from streams.snapshots.shelf import Shelf
from streams.snapshots.snapshotter import Snapshotter


class Site:
    """Partition 0 of an events topic in Kafka, and its snapshots."""

    def __init__(self, cluster: Cluster, topics: Topics) -> None:
        self.cluster = cluster
        self.topics = topics
        self.events = KafkaEventLog(cluster, topics.events())
        self.records = KafkaSnapshotLog(cluster, topics.snapshots)
        self.shelf = Shelf(topics.events(), self.records)
        self.fitting = Fitting(self.shelf, self.events)

    async def append(self, events: Sequence[EventRecord]) -> None:
        for event in events:
            await self.events.append(0, [event])

    def snapshotter(self, every: int = 1) -> Snapshotter:
        shelf = Shelf(self.topics.events(), self.records)
        return Snapshotter(shelf, self.events, 1, every)

    async def begun_at(self) -> int | None:
        """The position of the snapshot that a claim would begin with."""
        found = await self.fitting.newest(0)
        return None if found is None else found[0].place.position

    async def close(self) -> None:
        await self.events.close()
        await self.records.close()
