"""What a person is shown while a device is paired: read from `device-signals`, which nobody keeps."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from datetime import UTC, datetime

from mendline.command_line.asking import Beside
from mendline.command_line.output import say
from mendline.command_line.qr_code import show_qr_code
from projections.timeline_line import local_time
from schemas.cluster import Cluster
from schemas.device.pairing import DeviceSignal, decode_signal
from schemas.partitioner import partition_of
from schemas.topics import Topics
from streams.log.event_reading import records_from
from streams.log.topic_client import TopicClient


def shown_signals(device_id: str) -> Beside:
    """Shows the device's signals while what was asked is followed."""

    @asynccontextmanager
    async def showing(cluster: Cluster, topics: Topics) -> AsyncIterator[None]:
        client = TopicClient(cluster, topics.device_signals)
        partition = partition_of(device_id.encode(), await client.partitions())
        task = asyncio.create_task(_show(signals_from(client, partition, await client.end(partition)), device_id))
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def beside(cluster: Cluster, topics: Topics) -> AbstractAsyncContextManager[None]:
        return showing(cluster, topics)

    return beside


async def signals_from(client: TopicClient, partition: int, begin: int) -> AsyncGenerator[DeviceSignal, None]:
    """Every signal of a partition from `begin` on, as it comes. Closes `client` at its end."""
    async with aclosing(records_from(client, partition, begin)) as batches:
        async for batch in batches:
            for record in batch:
                if (signal := decode_signal(record.value)) is not None:
                    yield signal


async def _show(signals: AsyncGenerator[DeviceSignal, None], device_id: str) -> None:
    async with aclosing(signals):
        async for signal in signals:
            if signal.device_id == device_id and signal.until > datetime.now(UTC):
                _show_one(signal)


def _show_one(signal: DeviceSignal) -> None:
    until = local_time(signal.until)
    if signal.kind == "code":
        say(f"type this code on the phone, before {until}: {signal.text}")
        return
    say(f"scan this with the phone, before {until}; the next one follows")
    show_qr_code(signal.text)
