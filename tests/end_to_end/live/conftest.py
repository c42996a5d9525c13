"""A whole installation with two nodes of the API and two of the hub, and browsers that look at it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from playwright.async_api import Browser, expect
from psycopg.conninfo import make_conninfo

from mendline.data_folder import Identity
from mendline.embedded.ports import reserve
from mendline.gateway.serving import Place
from mendline.hub.serving import Place as HubPlace
from mendline.hub.serving import serve as serve_hub
from mendline.settings import Settings
from tests.clients.live.chromium import running_chromium
from tests.end_to_end.gateway.installation import NODES, Installation, Servers, running
from tests.forgotten_loops import closing_forgotten_loops

PATIENCE_MS = 20_000


class LiveInstallation(Installation):
    """Each node of the API names a node of the hub of its own."""

    def __init__(self, servers: Servers, folder: Path) -> None:
        super().__init__(servers, folder)
        self._hubs = [reserve() for _ in range(NODES)]
        self.ports += self._hubs

    def settings(self, node: int = 0) -> Settings:
        """Of one node, and of its hub."""
        return super().settings(node).model_copy(update={"hub_port": self._hubs[node].number})

    def nodes(self, place: Place, who: Identity, stop: asyncio.Event) -> Sequence[Coroutine[Any, Any, None]]:
        """The API's, and the hub's."""
        at = HubPlace(self.cluster, who, self.servers.postgres)
        hubs = [serve_hub(self.settings(node), at, lambda: stop) for node in range(NODES)]
        return [*super().nodes(place, who, stop), *hubs]


@pytest.fixture(scope="package")
def installation(
    kafka: str, postgres_server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveInstallation]:
    """An installation for all tests of a worker."""
    name = f"live_{uuid4().hex}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    servers = Servers(kafka, make_conninfo(postgres_server, dbname=name), f"{uuid4().hex[:12]}-")
    with (
        closing_forgotten_loops(),
        running(LiveInstallation(servers, tmp_path_factory.mktemp("installation"))) as whole,
    ):
        yield whole
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture(scope="package")
def admin_key(installation: LiveInstallation) -> str:
    """A key that may everything."""
    return installation.key("admin")


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Chromium."""
    expect.set_options(timeout=PATIENCE_MS)
    async with running_chromium() as browser:
        yield browser
    expect.set_options()
