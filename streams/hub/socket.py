"""The WebSockets of a node: what comes from a client, until its socket ends."""

from __future__ import annotations

import asyncio
from typing import Literal

from aiohttp import WSMsgType, web
from aiohttp.http import WSMessageNoDecodeText

from schemas.connection.requests import CloseReason
from schemas.hub.close_codes import CloseCode
from schemas.hub.frames import MOST_BYTES
from streams.hub.house import HOUSE, problem
from streams.hub.hub import Hub
from streams.hub.outlet import WebSocketOutlet
from streams.hub.session import Session

LINGER_S = 1.0
LINGER_LOOK_S = 0.05
NO_WEBSOCKET = "this is the address of a WebSocket: docs/hub.md says how to speak to it"


class Socket(web.WebSocketResponse[Literal[False]]):
    """aiohttp's, which leaves the end to us: it would close by its own codes, and say nothing before."""

    def __init__(self) -> None:
        super().__init__(autoclose=False, autoping=False, compress=False, max_msg_size=MOST_BYTES, decode_text=False)

    async def close(self, *, code: int = 1000, message: bytes = b"", drain: bool = True) -> bool:
        """Nothing: the session closes, and whoever runs it the socket."""
        return False


async def websocket(request: web.Request) -> web.StreamResponse:
    """The handler of `/ws`: one connection, from its upgrade to its end.

    One coroutine and no more: each that waits inside of another costs half a kilobyte a connection.
    """
    house = request.app[HOUSE]
    if request.headers.get("Upgrade", "").lower() != "websocket":
        return problem(426, NO_WEBSOCKET, Upgrade="websocket")
    if (refusal := house.refusal(request)) is not None:
        return refusal
    socket = Socket()
    await socket.prepare(request)
    transport = request.transport
    if transport is None:
        return socket
    outlet = WebSocketOutlet(transport)
    session = Session(house.hub, outlet, "websocket")
    house.hub.enter(session)
    why: CloseReason | None = None
    try:
        while why is None:
            why = attend(session, outlet, await socket.receive())
            if (pause_s := session.pause_s()) > 0:
                await asyncio.sleep(pause_s)
        if why == "gone" and not transport.is_closing():
            await _linger(house.hub, transport)
    finally:
        session.gone(why or "gone")
        _end(transport)
    return socket


def attend(session: Session, outlet: WebSocketOutlet, came: WSMessageNoDecodeText) -> CloseReason | None:
    """Hand on what the client says; how it ended, None: it goes on."""
    match came.type:
        case WSMsgType.TEXT:
            session.heard(came.data)
        case WSMsgType.PING:
            session.seen()
            outlet.pong(came.data)
        case WSMsgType.PONG:
            session.seen()
        case WSMsgType.BINARY:
            session.close(CloseCode.PROTOCOL)
        case WSMsgType.ERROR:
            session.close(CloseCode.PROTOCOL)
            return "gone"
        case WSMsgType.CLOSE:
            return "closed"
        case _:
            return "gone"
    return None


async def _linger(hub: Hub, transport: asyncio.Transport) -> None:
    """Leave a client that still sends what it may not the time to read why it is closed; closing now would reset it.

    aiohttp passes over what comes after a protocol error and tells nobody, so the socket's end is looked for.
    """
    until = hub.now() + min(LINGER_S, hub.limits.close_within_s)
    while not transport.is_closing() and hub.now() < until:  # noqa: ASYNC110  # nobody sets an event
        await asyncio.sleep(LINGER_LOOK_S)


def _end(transport: asyncio.Transport) -> None:
    """A client that said goodbye takes nothing more, and one that does not read must not keep what waits for it."""
    if not transport.is_closing():
        if transport.get_write_buffer_size():
            transport.abort()
        else:
            transport.close()
