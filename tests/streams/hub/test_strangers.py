"""What strangers write to a node's sockets, byte by byte: each is told why it is closed, and others notice nothing."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.streams.hub.made_up_server import PATIENCE_S, QUICK, Served, connected, served

UPGRADE = (
    b"GET /ws HTTP/1.1\r\nHost: hub\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
MASK = bytes(4)
PROTOCOL = b"\x88\x0a\x10\x6bprotocol"
"""A close frame: 4203, and its reason."""


@asynccontextmanager
async def upgraded(node: Served) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A WebSocket by hand."""
    reader, writer = await asyncio.open_connection("127.0.0.1", node.port)
    writer.write(UPGRADE)
    await reader.readuntil(b"\r\n\r\n")
    try:
        yield reader, writer
    finally:
        writer.close()


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(b"\xc1\x82" + MASK + b"{}", id="compressed, which nobody agreed on"),
        pytest.param(b"\x83\x80" + MASK, id="an opcode that there is not"),
        pytest.param(b"\x89\xfe\x00\x7e" + MASK + bytes(126), id="a ping that is too long"),
        pytest.param(b"\x80\x82" + MASK + b"{}", id="the end of what never began"),
        pytest.param(b"\x81\xff" + (1 << 40).to_bytes(8, "big") + MASK, id="a terabyte is coming"),
        pytest.param(
            b"\x01\xfe\xff\xff" + MASK + bytes(65_535) + b"\x80\x84" + MASK + b"more", id="too large in pieces"
        ),
        pytest.param(b"\x81\x82" + MASK + b"\xff\xfe", id="not UTF-8"),
        pytest.param(b"\x81\x82" + MASK + b"[]", id="no object"),
    ],
)
async def test_whoever_breaks_the_protocol_is_told_so_and_others_are_left_alone(said: bytes) -> None:
    async with served() as node, connected(node, user="bob") as other, upgraded(node) as (reader, writer):
        writer.write(said)
        assert (await asyncio.wait_for(reader.readuntil(PROTOCOL), PATIENCE_S)).endswith(PROTOCOL)
        await other.say(type="ping")
        assert await other.next() == {"type": "pong"}


@pytest.mark.parametrize(
    "said",
    [b"\x16\x03\x01\x02\x00", b"GET /ws HTTP/9.9\r\n\r\n", b"GET / HTTP/1.1\r\nA: " + b"x" * 70_000],
)
async def test_what_is_no_http_ends_at_once(said: bytes) -> None:
    async with served() as node:
        reader, writer = await asyncio.open_connection("127.0.0.1", node.port)
        writer.write(said + b"\r\n\r\n")
        found = await asyncio.wait_for(reader.read(), PATIENCE_S)
        writer.close()
    assert found == b"" or found.startswith(b"HTTP/1.0 400") or found.startswith(b"HTTP/1.1 400")


async def test_a_request_that_dribbles_is_given_up() -> None:
    async with served(QUICK._replace(connect_within_s=0.2)) as node:
        reader, writer = await asyncio.open_connection("127.0.0.1", node.port)
        writer.write(UPGRADE[:40])
        assert await asyncio.wait_for(reader.read(), PATIENCE_S) == b""
        writer.close()


async def test_frames_in_pieces_are_read_as_one() -> None:
    async with served() as node, upgraded(node) as (reader, writer):
        writer.write(b"\x01\x88" + MASK + b'{"type":' + b"\x80\x87" + MASK + b'"ping"}')
        assert await asyncio.wait_for(reader.readexactly(17), PATIENCE_S) == b'\x81\x0f{"type":"pong"}'


async def test_who_floods_a_node_with_pings_and_never_reads_does_not_fill_its_memory() -> None:
    async with served() as node, upgraded(node) as (reader, writer):
        reader._transport.pause_reading()  # type: ignore[attr-defined]  # a client that never reads
        flood = (b"\x89\xfd" + MASK + bytes(125)) * 1000
        with contextlib.suppress(TimeoutError):
            for _ in range(100):
                writer.write(flood)
                await asyncio.wait_for(writer.drain(), 1)
        assert sum(session.unsent() for session in node.hub.sessions.values()) < 128 * 1024
        writer.transport.abort()


async def test_what_is_no_frame_is_answered_without_a_fault_of_ours(caplog: pytest.LogCaptureFixture) -> None:
    async with served() as node, upgraded(node) as (reader, writer):
        writer.write(b"\x83\x80" + MASK)
        await asyncio.wait_for(reader.read(), PATIENCE_S)
    assert caplog.messages == []


@pytest.mark.parametrize("version", ["HTTP/9.9", "more HTTP/1.1", "x" * 20_000 + " HTTP/1.1"])
async def test_the_token_of_a_request_that_is_none_stands_in_no_log(
    version: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with served() as node:
        reader, writer = await asyncio.open_connection("127.0.0.1", node.port)
        writer.write(f"GET /events?token=secret {version}\r\n\r\n".encode())
        await asyncio.wait_for(reader.read(), PATIENCE_S)
        writer.close()
    assert "secret" not in caplog.text
