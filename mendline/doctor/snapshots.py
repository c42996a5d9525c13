"""How far the newest snapshots are behind their logs: that is what a claim has to fold."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from mendline.doctor.finding import Finding, Level, listed
from schemas.cluster import Cluster
from schemas.topics import Topics
from streams.log.kafka_snapshots import KafkaSnapshotLog
from streams.log.topic_client import TopicClient
from streams.ownership.folding import state_version
from streams.snapshots.shelf import Shelf

FAR = 4
"""Times the wanted number of events: so far behind, nobody takes snapshots, or not fast enough."""


async def snapshots(cluster: Cluster, topics: Topics, every: int) -> Sequence[Finding]:
    """What the snapshots of the devices' events tell; `every`: the wanted number of events between two."""
    events, records = TopicClient(cluster, topics.events()), KafkaSnapshotLog(cluster, topics.snapshots)
    try:
        ends = {partition: await events.end(partition) for partition in range(await events.partitions())}
        return snapshot_findings(ends, await snapshot_positions(records, topics.events(), ends), every)
    finally:
        await asyncio.gather(records.close(), events.close())


async def snapshot_positions(records: KafkaSnapshotLog, topic: str, ends: Mapping[int, int]) -> dict[int, int]:
    """Of each partition, the position of its newest snapshot that this version can use; 0: it has none."""
    shelf = Shelf(topic, records)
    found = {partition: await shelf.newest(partition, end) for partition, end in ends.items()}
    usable = {
        p: snapshot for p, snapshot in found.items() if snapshot is not None and snapshot.version == state_version()
    }
    return {partition: usable[partition].place.position if partition in usable else 0 for partition in ends}


def snapshot_findings(ends: Mapping[int, int], positions: Mapping[int, int], every: int) -> Sequence[Finding]:
    """What the newest snapshots tell; nothing where the log is too short to need any."""
    if all(end < every for end in ends.values()):
        return []
    behind = {partition: end - positions[partition] for partition, end in ends.items()}
    far = {partition: events for partition, events in behind.items() if events > FAR * every}
    if not far:
        return [Finding(Level.FINE, "snapshots", f"at most {max(behind.values()):,} events behind")]
    without = [partition for partition in far if not positions[partition]]
    which = f"partitions {listed(far)}: the newest snapshot is up to {max(far.values()):,} events behind"
    if without:
        which += f", {listed(without)} have none that this version can use"
    advice = "run one `mendline snapshotter` of this version; until then claims take longer, and nothing else"
    return [Finding(Level.NOTICE, "snapshots", which, advice)]
