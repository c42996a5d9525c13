"""Closing aiokafka's objects within two seconds, also while the broker is away, where their own `stop` hangs.

What `stop` would wait for has to be reached through private names: there is no public way (aiokafka 0.14).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.client import AIOKafkaClient

STOP_S = 0.6
FORCE_S = 0.3
GROUP_TASKS = ("_coordination_task", "_heartbeat_task", "_commit_refresh_task", "_reset_committed_task")


async def close_client(client: AIOKafkaClient) -> None:
    """Close a client's connections."""
    await _tried(client.close(), FORCE_S)


async def close_producer(producer: AIOKafkaProducer) -> None:
    """Flush and close a producer; what the broker does not take in time is given up."""
    if not await _tried(producer.flush(), STOP_S):
        await _abandon_batches(producer)
    if not await _tried(producer.stop(), STOP_S):
        await close_client(producer.client)


async def close_consumer(consumer: AIOKafkaConsumer) -> None:
    """Close a consumer, leaving its group if it is a dynamic member."""
    if not await _tried(consumer.stop(), STOP_S):
        await _ended(_tasks_of(consumer))
        await close_client(consumer._client)


async def _tried(work: Coroutine[Any, Any, Any], limit_s: float) -> bool:
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait({task}, timeout=limit_s)
    finally:
        if not task.done():
            task.cancel()
    await asyncio.wait({task}, timeout=limit_s)
    # aiokafka lets an awaited task's CancelledError out of `stop`, which is no cancellation of ours.
    return task.done() and not task.cancelled() and task.exception() is None


async def _abandon_batches(producer: AIOKafkaProducer) -> None:
    # The sender first, or it would try again what the closed connections fail.
    sender = producer._sender.sender_task
    if sender is not None:
        sender.cancel()
        await close_client(producer.client)
        await _ended({sender})
    producer._message_accumulator._batches.clear()
    producer._message_accumulator._pending_batches.clear()


def _tasks_of(consumer: AIOKafkaConsumer) -> set[asyncio.Task[Any]]:
    fetcher, coordinator = consumer._fetcher, consumer._coordinator
    tasks = {getattr(coordinator, name, None) for name in GROUP_TASKS}
    if fetcher is not None:
        tasks |= {fetcher._fetch_task, *fetcher._pending_tasks}
    return {task for task in tasks if task is not None}


async def _ended(tasks: set[asyncio.Task[Any]]) -> None:
    give_up_at = asyncio.get_running_loop().time() + FORCE_S
    # Again and again: a cancellation may end only what the task was waiting for.
    while tasks and asyncio.get_running_loop().time() < give_up_at:
        for task in tasks:
            task.cancel()
        done, tasks = await asyncio.wait(tasks, timeout=FORCE_S / 10)
        for task in done:
            with contextlib.suppress(asyncio.CancelledError, Exception):
                task.result()
