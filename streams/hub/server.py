"""The HTTP side of a node: `/ws`, `/events`, `/healthz`, `/readyz`, on aiohttp."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from schemas.hub.close_codes import CloseCode
from streams.hub.accepting import Accepting, Pace
from streams.hub.events import events
from streams.hub.house import HOUSE, House
from streams.hub.hub import Hub
from streams.hub.socket import websocket

MOST_HEADER_BYTES = 16 * 1024
LAST_S = 2.0
"""For sockets that are closing when the node ends."""
SEND_BUFFER_BYTES = 64 * 1024
"""Of each connection, in the system; Linux takes twice as much."""

log = logging.getLogger(__name__)


def application(house: House) -> web.Application:
    """The node as an application of aiohttp."""
    app = web.Application()
    app[HOUSE] = house
    app.add_routes(
        [
            web.get("/ws", websocket),
            web.get("/events", events, allow_head=False),
            web.get("/healthz", _alive),
            web.get("/readyz", _ready),
        ]
    )
    return app


@asynccontextmanager
async def serving(house: House, listener: socket.socket) -> AsyncIterator[None]:
    """Answer while the context lasts; at its end tell every client to come back after a while of its own."""
    limits = house.hub.limits
    runner = web.AppRunner(
        application(house),
        logger=_logger(),
        access_log=None,
        shutdown_timeout=LAST_S,
        keepalive_timeout=limits.connect_within_s,
        max_line_size=MOST_HEADER_BYTES,
        max_field_size=MOST_HEADER_BYTES,
    )
    await runner.setup()
    # Inherited by every connection: else the system keeps megabytes for each client that does not read.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
    looking = asyncio.get_running_loop().create_task(_look(house.hub))
    accepting = _accepting(runner, listener, house.hub)
    try:
        accepting.begin()
        yield
    finally:
        await _part(house.hub)
        accepting.end()
        looking.cancel()
        await runner.cleanup()


def _accepting(runner: web.AppRunner, listener: socket.socket, hub: Hub) -> Accepting:
    server = runner.server
    assert server is not None  # the runner is set up
    return Accepting(listener, server, Pace(hub.limits.connects_per_s, hub.now), hub.figures.turn_away)


def _logger() -> logging.Logger:
    """For the server itself."""
    found = logging.getLogger(f"{__name__}.http")
    found.addFilter(_without_what_came)
    return found


def _without_what_came(record: logging.LogRecord) -> bool:
    """Pass over requests that are no HTTP: strangers would fill the log, with tokens of addresses, too."""
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


async def _look(hub: Hub) -> None:
    while True:
        await asyncio.sleep(hub.limits.look_every_s)
        try:
            hub.look()
        except Exception:  # else nobody would be looked at any more
            log.exception("a look at the connections failed: this is a bug")


async def _part(hub: Hub) -> None:
    """Say goodbye, and leave clients a moment to close."""
    hub.stopping = True
    hub.close_all(CloseCode.GOING_AWAY)
    if hub.sessions:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(hub.emptied.wait(), LAST_S)


async def _alive(_request: web.Request) -> web.Response:
    return web.json_response({"status": "ok", "reasons": []})


async def _ready(request: web.Request) -> web.Response:
    house = request.app[HOUSE]
    reasons = [*house.not_ready(), *(["it ends"] if house.hub.stopping else [])]
    return web.json_response(
        {"status": "not ready" if reasons else "ok", "reasons": reasons}, status=503 if reasons else 200
    )
