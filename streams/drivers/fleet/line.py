"""A worker's line to a fleet, made again by itself whenever it breaks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from streams.drivers.fleet.address import address
from streams.drivers.fleet.channel import Channel
from streams.drivers.keeping import Keeper

PAUSES_S = (0.05, 2.0)
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
        self._keeper = Keeper(self._stay, PAUSES_S)
        self.channel: Channel | None = None

    async def open(self) -> None:
        """Wait until a fleet welcomes us; raises FleetRefusedError when one does not want us."""
        try:
            await self._keeper.open()
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Say goodbye, so that the fleet closes our links, and wait for that a second at most."""
        self.up = False
        await self._keeper.close(self._say_goodbye, GOODBYE_S)

    def _say_goodbye(self) -> bool:
        if self.channel is None:
            return False
        self.channel.put("bye")
        return True

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
            case [["refused", why], *_]:
                self._keeper.refuse(FleetRefusedError(self._socket, why))

    def _enter(self) -> None:
        self.up = not self._keeper.leaving
        self._keeper.welcome()
