"""A node on a real socket whose log takes everything at once; the newest connection of a user wins."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from typing import Any

import orjson
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from schemas.message import Request
from streams.hub.fan_out import FanOut
from streams.hub.house import House
from streams.hub.hub import Hub
from streams.hub.limits import Limits
from streams.hub.server import serving
from streams.hub.tokens import Tokens
from tests.streams.hub.made_up_hub import EVERYTHING, KEY, Asked, MadeUpPast

QUICK = Limits(look_every_s=0.05, close_within_s=0.5, spread_s=0)
PATIENCE_S = 10


class Deciding(Asked):
    """A log that decides at once, and says so a turn of the loop later."""

    def __init__(self) -> None:
        super().__init__()
        self.hub: Hub | None = None
        self._live: dict[str, str] = {}
        self._replaced: set[str] = set()
        self._more = asyncio.Event()

    async def for_a(self, type_: str) -> Any:
        """The first request of that type, as soon as it is asked."""
        async with asyncio.timeout(PATIENCE_S):
            while not self.of(type_):
                self._more.clear()
                await self._more.wait()
        return self.of(type_)[0]

    def ask(self, key: str, request: Request, request_id: str, failed: Callable[[], None] | None = None) -> None:
        super().ask(key, request, request_id, failed)
        self._more.set()
        if request.type == "connection_requested":
            asyncio.get_running_loop().call_soon(self._open, key, request_id)

    def _open(self, user: str, connection: str) -> None:
        assert self.hub is not None
        if (returns := self.of("connection_requested")[-1].returns) is not None and returns in self._replaced:
            return self.hub.refused(connection, "replaced")
        older = self._live.get(user)
        self._live[user] = connection
        self.hub.opened(user, connection)
        if older is not None:
            self._replaced.add(older)
            self.hub.replaced(older, connection)
        return None


class Served:
    """A node that answers, and what it asks of its log."""

    def __init__(self, limits: Limits) -> None:
        self.asked = Deciding()
        self.past = MadeUpPast()
        self.tokens = Tokens("here", KEY)
        self.fan_out = FanOut()
        self.hub = self.asked.hub = Hub(self.tokens, self.past, self.fan_out, self.asked, limits)
        self.why_not: list[str] = []
        self.port = 0

    def url(self, path: str) -> str:
        """An address of the node."""
        return f"http://127.0.0.1:{self.port}{path}"

    def token(self, user: str = "ann", *, audit: bool = False, pair: bool = False) -> str:
        return self.tokens.make(user, EVERYTHING, audit=audit, pair=pair).token

    def tell(self, group: str, **said: Any) -> None:
        """Something happened."""
        self.past.tell(self.fan_out, group, **said)


@asynccontextmanager
async def served(limits: Limits = QUICK, origins: Collection[str] = ()) -> AsyncIterator[Served]:
    """A node on a port of its own."""
    node = Served(limits)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        node.port = listener.getsockname()[1]
        async with serving(House(node.hub, lambda: node.why_not, origins), listener):
            yield node


class Client:
    """A WebSocket of aiohttp's client; `heard`: every frame that came."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self.socket = socket
        self.heard: list[dict[str, Any]] = []

    async def say(self, **frame: Any) -> None:
        await self.socket.send_str(orjson.dumps(frame).decode())

    async def next(self) -> dict[str, Any] | None:
        """The next frame; None: the socket was closed."""
        came = await self.socket.receive(timeout=PATIENCE_S)
        if came.type is not WSMsgType.TEXT:
            return None
        self.heard.append(orjson.loads(came.data))
        return self.heard[-1]

    async def until(self, type_: str) -> dict[str, Any]:
        """The next frame of that type."""
        while (frame := await self.next()) is not None:
            if frame["type"] == type_:
                return frame
        raise AssertionError(f"closed with {self.socket.close_code} after {self.heard}")

    async def closed(self) -> int | None:
        """The code with which the hub closes."""
        while await self.next() is not None:
            continue
        return self.socket.close_code


@asynccontextmanager
async def client(node: Served, *, autoping: bool = True) -> AsyncIterator[Client]:
    """A socket to a node, without a word said."""
    async with ClientSession() as session, session.ws_connect(node.url("/ws"), autoping=autoping) as socket:
        yield Client(socket)


@asynccontextmanager
async def connected(node: Served, *join: str, user: str = "ann") -> AsyncIterator[Client]:
    """A live connection that is in these groups."""
    async with client(node) as mine:
        await mine.say(type="connect", token=node.token(user), join=[{"group": group} for group in join])
        for type_ in ("connected", *("joined" for _ in join)):
            await mine.until(type_)
        yield mine
