"""Closes the connections that aiokafka forgets, so that no later test is blamed for them.

`AIOKafkaClient.bootstrap` (aiokafka 0.14, client.py 217) keeps no word of a connection whose first request is
cancelled, as it is in a worker told to stop while it starts: the garbage collector finds it open, in whatever test runs
then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from aiokafka.conn import AIOKafkaConnection


@contextmanager
def closing_forgotten_connections() -> Iterator[None]:
    """Every event loop that ends closes the Kafka connections that were dialled on it and are still open."""
    dialled: list[AIOKafkaConnection] = []
    connect, close = AIOKafkaConnection.connect, asyncio.SelectorEventLoop.close

    async def connect_and_note(self: AIOKafkaConnection) -> object:
        dialled.append(self)
        return await connect(self)

    def close_after_connections(self: asyncio.SelectorEventLoop) -> None:
        mine = [connection for connection in dialled if connection._loop is self]
        dialled[:] = [connection for connection in dialled if connection._loop is not self]
        for connection in mine:
            connection.close()
        if mine:
            self.run_until_complete(asyncio.sleep(0))  # the transports close in the loop's next turn
        close(self)

    with (
        patch.object(AIOKafkaConnection, "connect", connect_and_note),
        patch.object(asyncio.SelectorEventLoop, "close", close_after_connections),
    ):
        yield
