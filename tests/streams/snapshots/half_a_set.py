"""A snapshotter that writes the chunks of a set, says so, and never comes to its manifest."""

from __future__ import annotations

import asyncio
import sys

from schemas.cluster import Cluster
from streams.log.kafka_snapshots import KafkaSnapshotLog
from streams.ownership.snapshot import records_of
from tests.streams.snapshots.history import history, snapshot_of


async def main(bootstrap: str, topic: str, events: str) -> None:
    log = KafkaSnapshotLog(Cluster(bootstrap), topic)
    *chunks, _ = records_of(snapshot_of(events, history()), chunk_bytes=500)
    for chunk in chunks:
        await log.append(0, [chunk])
    print(len(chunks), flush=True)
    await asyncio.sleep(60)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
