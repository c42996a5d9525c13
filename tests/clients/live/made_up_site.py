"""The page /live with an API and a hub that say what a test wants."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
from aiohttp import WSMsgType, web

from mendline.gateway.routes.live import PAGE, headers_of, pieces

KEY = "mdl_right"
BEGAN = "2026-11-23T10:00:00+00:00"
DEVICES = {"phone-1": "connected", "phone-2": "connected", "phone-3": "disconnected", "platform-1": "ready"}


class MadeUpSite:
    """What it was told by pages, and who of them is connected."""

    def __init__(self) -> None:
        self.url = ""
        self.devices = dict(DEVICES)
        self.connections: list[dict[str, Any]] = []
        self.heard: list[dict[str, Any]] = []
        self.sockets: list[web.WebSocketResponse] = []
        self._offset = 100
        self._news = asyncio.Condition()

    @property
    def hub(self) -> str:
        """The address of its hub."""
        return self.url.replace("http", "ws")

    async def until_heard(self, kind: str, times: int = 1) -> dict[str, Any]:
        """The last frame of a type, once there were so many."""
        async with asyncio.timeout(15), self._news:
            await self._news.wait_for(lambda: len(self.of(kind)) >= times)
        return self.of(kind)[-1]

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The frames of a type that were heard."""
        return [frame for frame in self.heard if frame["type"] == kind]

    async def say(self, **frame: Any) -> None:
        """To the newest page."""
        await self.sockets[-1].send_str(orjson.dumps(frame).decode())

    async def tell(self, device_id: str, kind: str, time: str = BEGAN, **data: Any) -> None:
        """An event of a device."""
        self._offset += 1
        event = {"type": kind, "subject": device_id, "time": time, "data": data}
        await self.say(type="event", group=f"device:{device_id}", at=f"device-events/3/{self._offset}", event=event)

    async def change(self, device_id: str, kind: str, state: str) -> None:
        """A change of the fleet."""
        self._offset += 1
        self.devices[device_id] = state
        after = {"device-events/3": self._offset}
        await self.say(
            type="changes", group="fleet", after=after, counts={kind: 1}, devices={device_id: kind}, clients={}
        )

    async def bye(self, code: int, reason: str, verdict: str) -> None:
        """Close the newest page's socket."""
        await self.say(type="bye", code=code, reason=reason, verdict=verdict, after_s=0.2)
        await self.sockets[-1].close(code=code, message=reason.encode())

    def document(self, device_id: str) -> dict[str, Any]:
        """A device as the API has it."""
        kind = "platform" if device_id.startswith("platform") else "linked"
        return {"device_id": device_id, "state": self.devices[device_id], "reason": None, "kind": kind}

    async def listening(self, request: web.Request) -> web.StreamResponse:
        """The hub."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.sockets.append(socket)
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                await self._answer(message.json())
        return socket

    async def _answer(self, frame: dict[str, Any]) -> None:
        if frame["type"] == "connect":
            name = f"c{len(self.sockets)}"
            said = {"connection": name, "user": frame["token"], "node": "n1", "expires_at": 0, "epoch": "e1"}
            await self.say(type="connected", ping_every_s=45, stale_after_s=120, **said)
        for wanted in frame.get("join", []) + (frame["groups"] if frame["type"] == "join" else []):
            after = wanted.get("after", {"device-events/3": self._offset})
            recovered = True if "after" in wanted else None
            await self.say(type="joined", group=wanted["group"], epoch="e1", after=after, recovered=recovered)
        await self.hear(frame)

    async def hear(self, frame: dict[str, Any]) -> None:
        """Keep what a page said."""
        self.heard.append(frame)
        async with self._news:
            self._news.notify_all()


@web.middleware
async def _with_key(request: web.Request, handler: Any) -> web.StreamResponse:
    if request.path.startswith("/api/") and request.headers.get("Authorization") != f"Bearer {KEY}":
        return web.json_response({"code": "key_invalid", "detail": "the key is unknown or revoked"}, status=401)
    answered: web.StreamResponse = await handler(request)
    return answered


class _Answers:
    """What the site answers over HTTP."""

    def __init__(self, site: MadeUpSite) -> None:
        self._site = site
        self._pieces = pieces()

    def application(self) -> web.Application:
        """All its addresses."""
        app = web.Application(middlewares=[_with_key])
        app.add_routes(
            [
                *(web.get("/live", self.page), web.get("/live/{name}", self.page)),
                *(web.get("/hub", self._site.listening), web.post("/api/ws-token", self.token)),
                *(web.get("/api/devices", self.devices), web.get("/api/devices/{name}", self.device)),
                web.get("/api/devices/{name}/refreshes", self.refreshes),
                web.post("/api/devices/{name}/refresh", self.mend),
                web.get("/api/connections", self.connections),
                web.post("/api/connections/{user}/disconnect", self.disconnect),
            ]
        )
        return app

    async def page(self, request: web.Request) -> web.Response:
        """A piece of the page."""
        piece = self._pieces[request.match_info.get("name", PAGE)]
        headers = headers_of(self._site.hub) | {"Content-Type": piece.media_type}
        return web.Response(body=piece.content, headers=headers)

    async def token(self, request: web.Request) -> web.Response:
        """A token that is its user's name."""
        user, url = (await request.json())["user"], f"{self._site.hub}/hub"
        return web.json_response({"token": user, "url": url, "expires_at": 4_000_000_000})

    async def devices(self, _: web.Request) -> web.Response:
        """All devices."""
        return web.json_response({"items": [self._site.document(each) for each in self._site.devices], "next": None})

    async def device(self, request: web.Request) -> web.Response:
        """One device."""
        if (name := request.match_info["name"]) not in self._site.devices:
            return web.json_response({"code": "unknown_device", "detail": f"no device is called {name}"}, status=404)
        return web.json_response(self._site.document(name))

    async def refreshes(self, _: web.Request) -> web.Response:
        """There were none."""
        return web.json_response({"items": [], "next": None})

    async def mend(self, request: web.Request) -> web.Response:
        """Hear of it."""
        await self._site.hear({"type": "mend", "device": request.match_info["name"]})
        return web.json_response({}, status=202)

    async def connections(self, _: web.Request) -> web.Response:
        """All that a test has put there."""
        return web.json_response({"items": self._site.connections, "next": None})

    async def disconnect(self, request: web.Request) -> web.Response:
        """Forget a user's."""
        user = request.match_info["user"]
        self._site.connections = [each for each in self._site.connections if each["user"] != user]
        return web.json_response({})


@asynccontextmanager
async def running_site() -> AsyncIterator[MadeUpSite]:
    """A site at a free port."""
    site = MadeUpSite()
    runner = web.AppRunner(_Answers(site).application(), shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0]
    site.url = f"http://{host}:{port}"
    try:
        yield site
    finally:
        for socket in site.sockets:
            await socket.close()
        await runner.cleanup()
