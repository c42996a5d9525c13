from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import NamedTuple

import pytest

from mendline.embedded.ports import LOOPBACK, reserve
from tests.faults.cluster.proxy import Route

SOON_S = 0.2
PATIENCE_S = 10.0


class Far(NamedTuple):
    """A route to a server that answers each line with itself; heard: what reached the server."""

    route: Route
    port: int
    heard: list[bytes]

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection through the route."""
        return await asyncio.open_connection(LOOPBACK, self.port)


@pytest.fixture
async def far() -> AsyncIterator[Far]:
    heard: list[bytes] = []

    echoing: set[asyncio.Task[None] | None] = set()

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        echoing.add(asyncio.current_task())
        with suppress(OSError):
            while line := await reader.readline():
                heard.append(line)
                writer.write(line)
        writer.transport.abort()

    server, port = await asyncio.start_server(echo, LOOPBACK, 0), reserve()
    route = Route(port.number, server.sockets[0].getsockname()[1])
    await route.open()
    yield Far(route, port.number, heard)
    await route.close()
    await asyncio.gather(*(task for task in echoing if task))
    server.close()
    await asyncio.sleep(SOON_S)  # aborted transports close in the loop's next turns
    port.release()


async def _said(reader: asyncio.StreamReader, patience_s: float = PATIENCE_S) -> bytes | None:
    try:
        return await asyncio.wait_for(reader.readline(), patience_s)
    except TimeoutError:
        return None


async def test_open_route_passes_both_ways(far: Far) -> None:
    reader, writer = await far.connect()
    writer.write(b"hello\n")
    assert await _said(reader) == b"hello\n"
    writer.close()


async def test_held_route_passes_nothing_until_it_is_opened(far: Far) -> None:
    reader, writer = await far.connect()
    far.route.turn("held", 0)
    writer.write(b"hello\n")
    assert await _said(reader, SOON_S) is None
    assert far.heard == []
    far.route.turn("open", 0)
    assert await _said(reader) == b"hello\n"
    writer.close()


async def test_halved_route_is_heard_and_does_not_answer(far: Far) -> None:
    reader, writer = await far.connect()
    far.route.turn("half", 0)
    writer.write(b"hello\n")
    assert await _said(reader, SOON_S) is None
    assert far.heard == [b"hello\n"]
    writer.close()


async def test_reset_route_breaks_connections_and_takes_no_new_ones(far: Far) -> None:
    reader, writer = await far.connect()
    writer.write(b"hello\n")
    await _said(reader)
    far.route.turn("reset", 0)
    with pytest.raises(ConnectionResetError):
        await _said(reader)
    writer.close()
    again, second = await far.connect()
    with pytest.raises(ConnectionResetError):
        assert await _said(again)
    second.close()


async def test_late_route_passes_later(far: Far) -> None:
    reader, writer = await far.connect()
    far.route.turn("open", SOON_S)
    began = time.monotonic()
    writer.write(b"hello\n")
    assert await _said(reader) == b"hello\n"
    assert time.monotonic() - began >= 2 * SOON_S
    writer.close()
