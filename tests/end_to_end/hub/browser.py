"""A client of the hub as a browser has one, on aiohttp."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import orjson
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

PATIENCE_S = 60


class Browser:
    """One WebSocket. heard: every frame that came; code: that of the close, once there was one."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self.heard: list[dict[str, Any]] = []
        self.code: int | None = None
        self._socket = socket
        self._more = asyncio.Event()

    async def say(self, **frame: Any) -> None:
        await self._socket.send_str(orjson.dumps(frame).decode())

    async def read(self) -> None:
        """Take in everything until the socket is closed."""
        async for came in self._socket:
            assert came.type is WSMsgType.TEXT
            self.heard.append(orjson.loads(came.data))
            self._more.set()
        self.code = self._socket.close_code
        self._more.set()

    async def until(self, type_: str) -> dict[str, Any]:
        """The first frame of that type."""
        async with asyncio.timeout(PATIENCE_S):
            while not (found := [frame for frame in self.heard if frame["type"] == type_]):
                assert self.code is None, (self.code, self.heard)
                self._more.clear()
                await self._more.wait()
        return found[0]

    async def until_event(self, type_: str) -> dict[str, Any]:
        """The first frame that tells of an event of that type."""
        async with asyncio.timeout(PATIENCE_S):
            while not (found := [told for told in self.heard if told.get("event", {}).get("type") == type_]):
                assert self.code is None, (self.code, self.heard)
                self._more.clear()
                await self._more.wait()
        return found[0]

    async def closed(self) -> int:
        """The code with which the hub closes."""
        async with asyncio.timeout(PATIENCE_S):
            while self.code is None:
                self._more.clear()
                await self._more.wait()
        return self.code


@asynccontextmanager
async def open_browser(url: str, token: str, join: Sequence[str] = (), **more: Any) -> AsyncIterator[Browser]:
    """A WebSocket that has shown its token."""
    async with ClientSession() as session, session.ws_connect(f"{url}/ws") as socket:
        browser = Browser(socket)
        reading = asyncio.create_task(browser.read())
        try:
            await browser.say(type="connect", token=token, join=[{"group": group} for group in join], **more)
            yield browser
        finally:
            reading.cancel()
            await asyncio.wait([reading])
