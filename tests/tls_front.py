"""TLS before a real PostgreSQL, as a server with `ssl = on` speaks it: the embedded build has none of its own."""

from __future__ import annotations

import asyncio
import ssl
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread

from mendline.embedded.ports import LOOPBACK
from tests.authority import Certificate

SSL_REQUEST = struct.pack(">ii", 8, 80877103)
"""What a client that wants TLS says first (PostgreSQL's manual, message formats)."""
PIECE = 65536


@contextmanager
def tls_front(port: int, certificate: Certificate) -> Iterator[int]:
    """The port of a front that shows this certificate and hands on to a port here; without TLS it hangs up."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.certificate, certificate.key)
    loop = asyncio.new_event_loop()

    async def let_in(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            if await reader.readexactly(len(SSL_REQUEST)) == SSL_REQUEST:
                writer.write(b"S")
                await writer.start_tls(context)
                await _joined(reader, writer, port)
        writer.close()

    thread = Thread(target=loop.run_forever)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(asyncio.start_server(let_in, LOOPBACK, 0), loop).result()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(_ended(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _joined(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
    behind, into = await asyncio.open_connection(LOOPBACK, port)
    try:
        ways = {asyncio.ensure_future(_passed_on(reader, into)), asyncio.ensure_future(_passed_on(behind, writer))}
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        await asyncio.wait(ways)
    finally:
        into.close()


async def _passed_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await reader.read(PIECE):
            writer.write(piece)
            await writer.drain()


async def _ended(server: asyncio.Server) -> None:
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.sleep(0.05)  # closed transports tell their protocols so
