"""Stands between connections, and cuts, delays, halves or resets them.

`python -m tests.faults.cluster.proxy SOCKET ROUTES`; ROUTES: JSON, a list of [name, listening port, target port].
Each connection to the socket brings one order, a line of JSON: [names, mode, delay in seconds].
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Literal

from mendline.embedded.ports import LOOPBACK

Mode = Literal["open", "held", "half", "reset"]
"""held: nothing passes, and nobody is told; half: only towards the target; reset: no connection lives."""
CHUNK = 256 * 1024


class Gate:
    """What passes one route; what is held passes later, as what a network sends again does."""

    def __init__(self) -> None:
        self.mode: Mode = "open"
        self._delay_s = 0.0
        self._changed = asyncio.Event()

    def turn(self, mode: Mode, delay_s: float) -> None:
        """From now on."""
        self.mode, self._delay_s = mode, delay_s
        self._changed.set()
        self._changed = asyncio.Event()

    async def passed(self, inward: bool) -> None:
        """Wait until something that travels in this direction may go on."""
        while self.mode == "held" or (self.mode == "half" and not inward):
            await self._changed.wait()
        if self._delay_s:
            await asyncio.sleep(self._delay_s)


class Route:
    """One listening port and where it leads."""

    def __init__(self, listen: int, target: int) -> None:
        self._listen = listen
        self._target = target
        self._gate = Gate()
        self._writers: set[asyncio.StreamWriter] = set()
        self._running: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._accept, LOOPBACK, self._listen)

    async def close(self) -> None:
        """Listen no more, and end every connection."""
        self._server.close()
        self.turn("reset", 0.0)
        await asyncio.gather(*self._running)

    def turn(self, mode: Mode, delay_s: float) -> None:
        """Let pass from now on what the mode lets pass."""
        self._gate.turn(mode, delay_s)
        if mode == "reset":
            for writer in self._writers:
                reset(writer)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        with suppress(OSError):
            if self._gate.mode != "reset":
                await self._gate.passed(inward=True)
                await self._join(reader, writer)
        reset(writer)
        self._running.discard(task)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(LOOPBACK, self._target)
        both = {writer, far_writer}
        self._writers |= both
        ways = (
            asyncio.create_task(self._carry(reader, far_writer, inward=True)),
            asyncio.create_task(self._carry(far_reader, writer, inward=False)),
        )
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        reset(far_writer)
        self._writers -= both

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, inward: bool) -> None:
        with suppress(OSError):
            while chunk := await reader.read(CHUNK):
                await self._gate.passed(inward)
                writer.write(chunk)
                await writer.drain()
            await self._gate.passed(inward)


def reset(writer: asyncio.StreamWriter) -> None:
    """Break a connection: the other side is told of an error, not of an end."""
    with suppress(OSError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


class Control:
    """Takes orders for routes."""

    def __init__(self, routes: Mapping[str, Route]) -> None:
        self._routes = routes

    async def obey(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Do what the one line of a connection says, and answer when it is done."""
        names, mode, delay_s = json.loads(await reader.readline())
        for name in names:
            self._routes[name].turn(mode, delay_s)
        writer.write(b"done\n")
        await writer.drain()
        writer.close()


async def serve(path: Path, routes: Mapping[str, Route]) -> None:
    """Open every route, then take orders through a socket for ever."""
    for route in routes.values():
        await route.open()
    server = await asyncio.start_unix_server(Control(routes).obey, path)
    await server.serve_forever()


def main() -> None:
    """Read the arguments and serve."""
    path, routes = Path(sys.argv[1]), json.loads(sys.argv[2])
    asyncio.run(serve(path, {name: Route(listen, target) for name, listen, target in routes}))


if __name__ == "__main__":
    main()
