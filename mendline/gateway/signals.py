"""The newest signal of a device: the topic keeps five minutes, so all of a partition is read."""

from __future__ import annotations

from contextlib import aclosing
from datetime import UTC, datetime

from schemas.cluster import Cluster
from schemas.device.pairing import DeviceSignal, decode_signal
from schemas.partitioner import partition_of
from schemas.topics import Topics
from streams.log.event_reading import records_from
from streams.log.topic_client import TopicClient


async def newest_signal(cluster: Cluster, topics: Topics, device_id: str) -> DeviceSignal | None:
    """What the device's phone is to be shown now; None where nothing is, or no longer."""
    client = TopicClient(cluster, topics.device_signals)
    try:
        partition = partition_of(device_id.encode(), await client.partitions())
        begin, end = await client.first(partition), await client.end(partition)
        newest = await _newest_of(client, partition, begin, end, device_id) if begin < end else None
    finally:
        await client.close()
    return newest if newest is not None and newest.until > datetime.now(UTC) else None


async def _newest_of(client: TopicClient, partition: int, begin: int, end: int, device_id: str) -> DeviceSignal | None:
    newest: DeviceSignal | None = None
    async with aclosing(records_from(client, partition, begin)) as batches:
        async for batch in batches:
            signals = [signal for record in batch if (signal := decode_signal(record.value)) is not None]
            newest = next((each for each in reversed(signals) if each.device_id == device_id), newest)
            if not batch or batch[-1].offset + 1 >= end:
                return newest
    return newest
