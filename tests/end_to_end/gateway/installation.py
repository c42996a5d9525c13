"""A whole installation in a thread: a worker with a simulated fleet, a projector, and two nodes of the API."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx

from mendline.data_folder import Identity
from mendline.embedded.ports import reserve
from mendline.following import wait_for_fate
from mendline.gateway.serving import Place, serve
from mendline.producer import Producer
from mendline.settings import Settings, load_settings
from mendline.topics import ensure_topics, planned_topics
from mendline.worker import Site, open_holdings
from projections.migrations import migrate
from schemas.cluster import Cluster
from schemas.connection.requests import ConnectionRequested
from schemas.control.requests import KeyCreationRequested
from schemas.control.rights import Scope
from schemas.control.tokens import Token, hash_of
from schemas.message import Request
from schemas.topics import CONNECTION, CONTROL, Stream, Topics
from streams.drivers.in_process import InProcessFleet
from streams.drivers.simulation.fleet_file import read_fleet
from streams.drivers.simulation.ledger import Ledger
from tests.end_to_end.in_thread import START_S, running_in_thread
from tests.projections.publishing import running_projector

FLEET = Path(__file__).parent / "fleet.toml"
KINDS = ("simulated", "simulated-repeatable", "simulated-platform", "simulated-blind-platform")
NODES = 2
KEY = b"\x01" * 32


@dataclass(frozen=True, slots=True)
class Servers:
    """The run's Kafka and a database of this installation alone."""

    kafka: str
    postgres: str
    prefix: str


class Installation:
    """What tests may do with it; its methods are for the test's own thread."""

    def __init__(self, servers: Servers, folder: Path) -> None:
        self.servers = servers
        self.cluster = Cluster(servers.kafka)
        self.topics = Topics(servers.prefix)
        self.credentials = folder / "credentials.toml"
        self.ports = [reserve() for _ in range(NODES)]
        self.ledger = Ledger()
        self._folder = folder
        self._loop: asyncio.AbstractEventLoop | None = None
        self._made = 0

    def settings(self, node: int = 0) -> Settings:
        """Of one node."""
        return load_settings(
            topic_prefix=self.servers.prefix,
            data=self._folder,
            credentials=self.credentials,
            api_port=self.ports[node].number,
        )

    def address(self, node: int = 0) -> str:
        """Where a node answers."""
        return f"http://127.0.0.1:{self.ports[node].number}"

    def call(self, work: Callable[[], Any]) -> Any:
        """Await something on the installation's own loop."""
        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(work(), self._loop).result(START_S)

    def key(self, *scopes: Scope) -> str:
        """A new API key, in force."""
        self._made += 1
        token = Token(f"test{self._made}", f"{self._made:032d}")
        asked = KeyCreationRequested(name=f"test {self._made}", hash=hash_of(token.secret), scopes=scopes)
        self.call(lambda: self.ask(f"key:test{self._made}", asked))
        for node in range(NODES):
            self._wait_until_known(str(token), node)
        return str(token)

    def client(self, token: str, node: int = 0) -> httpx.Client:
        """Asks a node with a key."""
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.Client(base_url=self.address(node), headers=headers, timeout=60, trust_env=False)

    async def run(self, started: threading.Event, stop: asyncio.Event) -> None:
        """Everything, until it is told to stop."""
        self._loop = asyncio.get_running_loop()
        await migrate(self.servers.postgres)
        await ensure_topics(self.cluster, planned_topics(self.topics))
        fleet = InProcessFleet(read_fleet(FLEET))
        self.ledger = fleet.ledger
        drivers = {kind: fleet.driver(kind) for kind in KINDS}  # type: ignore[arg-type]  # they are kinds
        who = Identity(installation_id="t", installation_key=KEY, instance_id="w", folder="w")
        site = Site(self.cluster, self._folder / "unused", who)
        place = Place(self.cluster, self.servers.postgres, KEY, who.installation_id)
        async with AsyncExitStack() as opened:
            await opened.enter_async_context(open_holdings(self.settings(), site, drivers))
            await opened.enter_async_context(running_projector(self.servers.kafka, self.servers.postgres, self.topics))
            nodes = [asyncio.ensure_future(node) for node in self.nodes(place, who, stop)]
            started.set()
            await asyncio.gather(*nodes)

    def nodes(self, place: Place, who: Identity, stop: asyncio.Event) -> Sequence[Coroutine[Any, Any, None]]:
        """What answers, until it is told to stop."""
        return [serve(self.settings(node), place, stop) for node in range(NODES)]

    async def ask(self, key: str, request: Request, stream: Stream = CONTROL) -> str:
        """Ask something of an API key, or of a stream's key, and wait until it is decided; where that lies."""
        async with Producer(self.cluster, self.topics) as producer:
            asked = await producer.publish(key, request, stream=stream)
        fate = await wait_for_fate(self.cluster, self.topics, asked, START_S)
        return f"{stream.events}/{asked.position.partition}/{fate.offset}"

    def connect(self, user: str, connection: str, node_id: str = "n1") -> str:
        """Have a user connected, as a node of the hub says it; the position of that."""
        asked = ConnectionRequested(connection=connection, node=node_id, kind="websocket")
        position: str = self.call(lambda: self.ask(user, asked, CONNECTION))
        return position

    def _wait_until_known(self, token: str, node: int) -> None:
        with self.client(token, node) as client:
            while client.get("/api/clients/nobody").status_code in (401, 503):
                threading.Event().wait(0.02)


W = TypeVar("W", bound=Installation)


@contextmanager
def running(installation: W) -> Iterator[W]:
    """An installation, while the context lasts."""
    try:
        with running_in_thread(installation.run):
            yield installation
    finally:
        for port in installation.ports:
            port.release()
