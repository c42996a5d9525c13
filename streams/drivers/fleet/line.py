"""A worker's line to a fleet, made again by itself whenever it breaks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from streams.drivers.fleet.address import address
from streams.drivers.fleet.channel import Channel

FIRST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 2.0
GOODBYE_S = 1.0


class FleetRefusedError(Exception):
    """A fleet must speak the worker's version and know its driver."""

    def __init__(self, socket: str, why: str) -> None:
        super().__init__(f"the fleet at {socket} refused this worker: {why}")
        self.why = why


class Line:
    """Says hello, and is `up` from the welcome until the connection breaks; `lost` is called when it does.

    While it is up, `channel` takes messages.
    """

    def __init__(
        self,
        socket: Path,
        hello: tuple[str, *tuple[object, ...]],
        received: Callable[[list[Any]], None],
        lost: Callable[[], None],
    ) -> None:
        self.up = False
        self._socket = address(socket)
        self._hello = hello
        self._received = received
        self._lost = lost
        self._pause_s = FIRST_PAUSE_S
        self._leaving = False
        self.channel: Channel | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._welcomed: asyncio.Future[None] | None = None

    async def open(self) -> None:
        """Wait until a fleet welcomes us; raises FleetRefusedError when one does not want us."""
        self._welcomed = asyncio.get_running_loop().create_future()
        self._keeper = asyncio.create_task(self._keep())
        try:
            await self._welcomed
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Say goodbye, so that the fleet closes our links, and wait for that a second at most."""
        self.up = False
        self._leaving = True
        if self._keeper is None:
            return
        if self.channel is not None:
            self.channel.put("bye")
            await asyncio.wait([self._keeper], timeout=GOODBYE_S)
        self._keeper.cancel()
        await asyncio.wait([self._keeper])

    async def _keep(self) -> None:
        while not self._leaving:
            await self._stay()
            if not self._leaving:
                await asyncio.sleep(self._pause_s)
                self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)

    async def _stay(self) -> None:
        broken = asyncio.Event()
        channel = Channel(self._hear, lambda _: self._break(broken))
        try:
            await asyncio.get_running_loop().create_unix_connection(lambda: channel, self._socket)
        except OSError:
            return
        self.channel = channel
        channel.put(*self._hello)
        try:
            await broken.wait()
        finally:
            self.channel = None
            channel.close()

    def _break(self, broken: asyncio.Event) -> None:
        was_up, self.up = self.up, False
        broken.set()
        if was_up:
            self._lost()

    def _hear(self, messages: list[Any]) -> None:
        if self.up:
            self._received(messages)
            return
        match messages:
            case [["welcome", *_], *rest]:
                self._enter()
                self._received(rest)
            case [["refused", why], *_] if self._welcomed is not None and not self._welcomed.done():
                self._welcomed.set_exception(FleetRefusedError(self._socket, why))

    def _enter(self) -> None:
        self.up = not self._leaving
        self._pause_s = FIRST_PAUSE_S
        if self._welcomed is not None and not self._welcomed.done():
            self._welcomed.set_result(None)
