from __future__ import annotations

import asyncio
import ssl
from contextlib import closing

import pytest

from mendline.event_loop import run_until_done


async def _written_after_the_end(*pieces: bytes) -> None:
    async with await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0) as server:
        _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.transport.abort()
        await asyncio.sleep(0.01)
        if len(pieces) == 1:
            writer.write(*pieces)
        else:
            writer.writelines(pieces)


async def _echoed(words: bytes) -> bytes:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readline())
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(echo, "127.0.0.1", 0) as server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(words)
        await writer.drain()
        answer = await reader.readline()
        writer.close()
        await writer.wait_closed()
        return answer


def test_connection_that_lives_carries_what_is_written() -> None:
    assert run_until_done(_echoed(b"hello\n")) == b"hello\n"


@pytest.mark.parametrize("pieces", [(b"one",), (b"one", b"two")])
def test_write_after_the_connections_end_fails_as_a_sockets_does(pieces: tuple[bytes, ...]) -> None:
    with pytest.raises(ConnectionResetError):
        run_until_done(_written_after_the_end(*pieces))


def _without_certificates(side: int) -> ssl.SSLContext:
    """TLS with nobody's name in it."""
    context = ssl.SSLContext(side)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("AECDH-AES128-SHA:@SECLEVEL=0")
    return context


async def _echoed_in_tls(words: bytes) -> bytes:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readline())
        await writer.drain()
        writer.close()

    server_side = _without_certificates(ssl.PROTOCOL_TLS_SERVER)
    async with await asyncio.start_server(echo, "127.0.0.1", 0, ssl=server_side) as server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        with closing(writer):
            await writer.start_tls(_without_certificates(ssl.PROTOCOL_TLS_CLIENT))
            writer.write(words)
            return await reader.readline()


def test_a_connection_begun_in_plain_text_can_go_on_in_tls() -> None:
    assert run_until_done(_echoed_in_tls(b"hello\n")) == b"hello\n"
