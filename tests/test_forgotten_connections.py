"""The mend for connections that aiokafka forgets."""

from __future__ import annotations

import asyncio
import gc

from aiokafka.client import AIOKafkaClient


async def _give_up_while_bootstrapping() -> None:
    asked = asyncio.Event()
    answering: list[asyncio.WriteTransport] = []

    async def answer_versions_only(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        size = int.from_bytes(await reader.readexactly(4), "big")
        request = await reader.readexactly(size)
        body = request[4:8] + b"\0\0" + (1).to_bytes(4, "big") + b"\0\3\0\0\0\1"  # ApiVersions v0: metadata, 0 to 1
        writer.write(len(body).to_bytes(4, "big") + body)
        await reader.readexactly(4)
        answering.append(writer.transport)
        asked.set()

    server = await asyncio.start_server(answer_versions_only, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client = AIOKafkaClient(bootstrap_servers=f"127.0.0.1:{port}")
    start = asyncio.ensure_future(client.bootstrap())
    await asyncio.wait_for(asked.wait(), 5)
    start.cancel()
    await asyncio.wait({start})
    await client.close()
    answering.pop().abort()
    server.close()
    await asyncio.sleep(0)


def test_connection_of_a_cancelled_start_is_closed_with_its_loop() -> None:
    asyncio.run(_give_up_while_bootstrapping())
    gc.collect()  # finds an open connection otherwise, which is an error here (filterwarnings)
