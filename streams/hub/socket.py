"""The WebSockets of a node: what comes from a client, until its socket ends."""

from __future__ import annotations

import asyncio
import contextlib

from aiohttp import WSMsgType, web

from schemas.connection.requests import CloseReason
from schemas.hub.close_codes import CloseCode
from schemas.hub.frames import MOST_BYTES
from streams.hub.hub import Hub
from streams.hub.outlet import WebSocketOutlet
from streams.hub.session import Session
from streams.hub.silence import silence


class Socket(web.WebSocketResponse[bool]):
    """aiohttp's, which leaves the end to us: it would close by its own codes, and say nothing before."""

    def __init__(self) -> None:
        super().__init__(autoclose=False, autoping=False, compress=False, max_msg_size=MOST_BYTES, decode_text=False)

    async def close(self, *, code: int = 1000, message: bytes = b"", drain: bool = True) -> bool:
        """Nothing: the session closes, and whoever runs it the socket."""
        return False


async def converse(hub: Hub, request: web.Request) -> web.StreamResponse:
    """Be one connection, from its upgrade to its end."""
    socket = Socket()
    await socket.prepare(request)
    transport = request.transport
    if transport is None:
        return socket
    outlet = WebSocketOutlet(transport)
    session = Session(hub, outlet, "websocket")
    hub.enter(session)
    why: CloseReason = "gone"
    try:
        why = await _listen(socket, session, outlet)
        if why == "gone" and not transport.is_closing():
            await _linger(hub, request)
    finally:
        session.gone(why)
        _end(transport)
    return socket


async def _listen(socket: Socket, session: Session, outlet: WebSocketOutlet) -> CloseReason:
    """Hand on what the client says; how it ended."""
    while True:
        came = await socket.receive()
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


async def _linger(hub: Hub, request: web.Request) -> None:
    """Leave a client that still sends what it may not the time to read why it is closed; closing now would reset it."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(silence(request).over.wait(), hub.limits.close_within_s)


def _end(transport: asyncio.Transport) -> None:
    """A client that said goodbye takes nothing more, and one that does not read must not keep what waits for it."""
    if not transport.is_closing():
        if transport.get_write_buffer_size():
            transport.abort()
        else:
            transport.close()
