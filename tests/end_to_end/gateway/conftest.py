"""One installation for all of a worker's tests of the API: each takes ids of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import uuid4

import httpx
import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from tests.end_to_end.gateway.installation import NODES, Installation, Servers, running
from tests.forgotten_loops import closing_forgotten_loops


@pytest.fixture(scope="package")
def installation(kafka: str, postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A whole installation with two nodes."""
    name = f"api_{uuid4().hex}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    servers = Servers(kafka, make_conninfo(postgres_server, dbname=name), f"{uuid4().hex[:12]}-")
    # Loops are otherwise closed test by test, and this is made before the first.
    with closing_forgotten_loops(), running(Installation(servers, tmp_path_factory.mktemp("installation"))) as whole:
        yield whole
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture(scope="package")
def admin_key(installation: Installation) -> str:
    """A key that may everything."""
    return installation.key("admin")


@pytest.fixture(params=range(NODES), ids=lambda number: f"node-{number}")
def node(request: pytest.FixtureRequest) -> int:
    """The node that a test asks: every test asks each of them."""
    return int(request.param)


@pytest.fixture
def api(installation: Installation, admin_key: str, node: int) -> Iterator[httpx.Client]:
    """Asks the node with an admin's key."""
    with installation.client(admin_key, node) as client:
        yield client


@pytest.fixture
def other_node(installation: Installation, admin_key: str, node: int) -> Iterator[httpx.Client]:
    """Asks another node with an admin's key."""
    with installation.client(admin_key, (node + 1) % NODES) as client:
        yield client


@pytest.fixture
def fresh() -> Callable[[str], str]:
    """An id that no other test has."""
    return lambda prefix: f"{prefix}{uuid4().hex[:12]}"
