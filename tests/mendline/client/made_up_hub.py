"""A hub on a real socket that says what a test wants."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import orjson
from aiohttp import WSMsgType, web

from schemas.api.hub import HubTokenDocument

Scene = Callable[["Guest"], Coroutine[Any, Any, None]]


class Guest:
    """One connection, and what the client said on it."""

    def __init__(self, socket: web.WebSocketResponse, number: int) -> None:
        self._socket = socket
        self.number = number
        self.heard: list[dict[str, Any]] = []

    async def hears(self, kind: str) -> dict[str, Any]:
        """The next frame of the client, which is of this type."""
        message = await self._socket.receive(timeout=10)
        assert message.type is WSMsgType.TEXT, message
        frame: dict[str, Any] = message.json()
        assert frame["type"] == kind
        self.heard.append(frame)
        return frame

    async def takes(self, ping_every_s: int = 45) -> dict[str, Any]:
        """Its first frame, answered."""
        frame = await self.hears("connect")
        said = {"connection": f"c{self.number}", "user": "u", "node": "n", "expires_at": 0, "epoch": "e1"}
        await self.says("connected", ping_every_s=ping_every_s, stale_after_s=120, **said)
        return frame

    async def says(self, kind: str, /, **frame: Any) -> None:
        """A frame of the hub."""
        await self._socket.send_str(orjson.dumps({"type": kind, **frame}).decode())

    async def joined(self, group: str, after: dict[str, int], recovered: bool | None = None) -> None:
        """The client is in the group."""
        await self.says("joined", group=group, epoch="e1", after=after, recovered=recovered)

    async def event(self, group: str, at: str) -> None:
        """Something happened."""
        event = {"type": "device_connected", "subject": "d", "time": "t", "data": {}}
        await self.says("event", group=group, at=at, event=event)

    async def bye(self, code: int, reason: str) -> None:
        """Close it."""
        await self.says("bye", code=code, reason=reason, verdict="retry", after_s=0)
        await self._socket.close(code=code)

    async def stays(self) -> None:
        """Until the client goes."""
        async for message in self._socket:
            self.heard.append(message.json())


class MadeUpHub:
    """Plays one scene with each connection, the last one with all that follow."""

    def __init__(self, *scenes: Scene) -> None:
        self._scenes = scenes
        self.guests: list[Guest] = []
        self.failures: list[BaseException] = []
        self.tokens = 0
        self.lifetime_s = 300
        self.url = ""

    async def token(self) -> HubTokenDocument:
        """A new one."""
        self.tokens += 1
        ends = datetime.now(UTC)
        return HubTokenDocument(
            token=f"t{self.tokens}", expires_at=ends, expires_in_s=self.lifetime_s, url=self.url, events_url=""
        )

    async def host(self, request: web.Request) -> web.StreamResponse:
        """One connection."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        guest = Guest(socket, len(self.guests) + 1)
        self.guests.append(guest)
        try:
            await self._scenes[min(guest.number, len(self._scenes)) - 1](guest)
        except (TimeoutError, AssertionError) as error:
            self.failures.append(error)
        await socket.close()
        return socket


@asynccontextmanager
async def hub_of(*scenes: Scene) -> AsyncIterator[MadeUpHub]:
    """A hub that plays these scenes, at a free port; they went as they were meant to."""
    hub = MadeUpHub(*scenes)
    app = web.Application()
    app.add_routes([web.get("/ws", hub.host)])
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0]
    hub.url = f"ws://{host}:{port}/ws"
    try:
        yield hub
    finally:
        await runner.cleanup()
    assert hub.failures == []
