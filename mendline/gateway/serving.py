"""One node of the API: what its handlers share, opened in order, and the server around them."""

from __future__ import annotations

import asyncio
import hmac
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass

import uvicorn
from fastapi import FastAPI

from mendline.gateway.application import application
from mendline.gateway.connecting import Bounds, connections_within
from mendline.gateway.creations import Creations
from mendline.gateway.limits import Limits
from mendline.gateway.naming import Naming
from mendline.gateway.node import Node
from mendline.gateway.passes import Passes
from mendline.gateway.reading import Reader
from mendline.gateway.sharing import Sharing
from mendline.gateway.writing import Writer
from mendline.listening import listening, room_for_connections
from mendline.settings import Settings, credentials_file, hub_address
from mendline.telemetry.http import HttpMetrics
from mendline.telemetry.serving import serving
from mendline.telemetry.tracing import tracing
from projections.api.cursors import Cursors
from projections.api.etags import Etags
from projections.api.level import Level
from projections.api.pool import ReadingPool
from projections.api.timeline import Log
from schemas.cluster import Cluster
from schemas.topics import Topics
from streams.drivers.credentials import Credentials
from streams.gateway.appender import Appender
from streams.gateway.fates import Fates
from streams.gateway.key_follower import following_keys
from streams.hub.tokens import Tokens

KEEP_ALIVE_S = 30
LAST_ANSWERS_S = 10
MOST_CONNECTIONS = 20_000
TIMELINES_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node finds the log and the read models, and the installation that it belongs to."""

    cluster: Cluster
    postgres: str
    installation_key: bytes
    installation_id: str


@asynccontextmanager
async def opened(settings: Settings, place: Place) -> AsyncIterator[Node]:
    """What the handlers of a node share, while the context lasts."""
    topics = Topics(settings.topic_prefix)
    cursors = Cursors(hmac.digest(place.installation_key, b"cursors", "sha256"))
    etags = Etags(hmac.digest(place.installation_key, b"etags", "sha256"))
    async with (
        ReadingPool(place.postgres, settings.api_connections) as pool,
        following_keys(place.cluster, topics) as keys,
        tracing(topics) as traces,
        aclosing(Writer(Appender(place.cluster, topics), Fates(place.cluster, topics), traces)) as writer,
    ):
        yield Node(
            keys=keys,
            limits=Limits(settings.api_requests_per_s),
            writer=writer,
            reader=Reader(pool, Level(pool.connection), cursors, etags),
            creations=Creations(writer),
            sharing=Sharing(),
            credentials=Credentials(credentials_file(settings)),
            metrics=HttpMetrics(),
            log=Log(place.cluster, topics),
            timelines=asyncio.Semaphore(TIMELINES_AT_ONCE),
            passes=Passes(Tokens(place.installation_id, place.installation_key), hub_address(settings)),
        )


async def serve(settings: Settings, place: Place, stop: asyncio.Event) -> None:
    """Answer until `stop`; then end what is being answered, and no more. Raises ServerStartError."""
    with listening(settings.api_host, settings.api_port, "the API", "MENDLINE_API_PORT") as listener:
        async with opened(settings, place) as node, serving(settings, _Telling(node)):
            await _serve(application(node), listener, stop)


class _Telling:
    """What the node tells at its address for metrics, which is its own and needs no key."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self.registry = node.metrics.registry

    def not_ready(self) -> Sequence[str]:
        """Why it is not ready to work."""
        why = self._node.keys.not_ready()
        return () if why is None else (why,)


class _Server(uvicorn.Server):
    """uvicorn, told when to end by us and not by signals."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the process."""
        yield


async def _serve(app: FastAPI, listener: socket.socket, stop: asyncio.Event) -> None:
    config = uvicorn.Config(
        Naming(app),
        http=connections_within(Bounds(room_for_connections(MOST_CONNECTIONS))),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=LAST_ANSWERS_S,
    )
    server = _Server(config)
    serving = asyncio.ensure_future(server.serve(sockets=[listener]))
    stopped = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({serving, stopped}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopped.cancel()
        server.should_exit = True
        await serving
