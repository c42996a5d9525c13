"""The snapshotter on real servers: settings in, snapshots out, until it is told to stop."""

from __future__ import annotations

import asyncio
import os
from contextlib import AsyncExitStack
from dataclasses import replace

from mendline.garbage import collect_seldom
from mendline.settings import Settings
from mendline.telemetry.serving import Beginning, serving
from schemas.cluster import Cluster
from schemas.topics import Topics
from streams.log.kafka_events import KafkaEventLog
from streams.log.kafka_snapshots import KafkaSnapshotLog
from streams.log.topic_client import TopicClient
from streams.snapshots.shelf import Shelf
from streams.snapshots.snapshotter import Snapshotter

LOOK_EVERY_S = 5.0
LOW_PRIORITY = 10
"""What is added to the process's niceness: owners go first."""


async def run_snapshotter(settings: Settings, cluster: Cluster, stop: asyncio.Event) -> None:
    """Take snapshots of every events partition until `stop`, at low priority."""
    os.nice(LOW_PRIORITY)
    collect_seldom()
    topics, cluster = Topics(settings.topic_prefix), replace(cluster, client_id="mendline-snapshotter")
    telemetry = Beginning()
    async with AsyncExitStack() as opened:
        await opened.enter_async_context(serving(settings, telemetry))
        records = KafkaSnapshotLog(cluster, topics.snapshots)
        opened.push_async_callback(records.close)
        events = KafkaEventLog(cluster, topics.events())
        opened.push_async_callback(events.close)
        partitions = await _partitions(cluster, topics)
        shelf = Shelf(topics.events(), records)
        snapshotter = Snapshotter(shelf, events, partitions, settings.snapshot_every_events)
        telemetry.begun = True
        await _look_around(snapshotter, stop)


async def _partitions(cluster: Cluster, topics: Topics) -> int:
    client = TopicClient(cluster, topics.events())
    try:
        return await client.partitions()
    finally:
        await client.close()


async def _look_around(snapshotter: Snapshotter, stop: asyncio.Event) -> None:
    stopped = asyncio.ensure_future(stop.wait())
    while not stopped.done():
        looking = asyncio.ensure_future(snapshotter.look_around())
        await asyncio.wait({stopped, looking}, return_when=asyncio.FIRST_COMPLETED)
        if not looking.done():
            looking.cancel()
            await asyncio.wait({looking})
            return
        looking.result()
        await asyncio.wait({stopped}, timeout=LOOK_EVERY_S)
