from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from mendline.embedded.order import Order
from mendline.embedded.postgres import UNPRIVILEGED, PostgresServer
from mendline.embedded.server import Server

pytestmark = pytest.mark.postgres


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PostgresServer]:
    with PostgresServer(tmp_path / "postgres") as server:
        yield server


def start(server: PostgresServer) -> None:
    server.start()
    server.wait_ready()


def query(server: PostgresServer, statement: str) -> object:
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchone() if cursor.description else None


def test_committed_row_survives_a_crash(server: PostgresServer) -> None:
    query(server, "CREATE TABLE kept AS SELECT 7 AS value")
    server.kill()
    start(server)
    assert query(server, "SELECT value FROM kept") == (7,)


def test_client_without_the_password_is_refused(server: PostgresServer) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(server.dsn, password="guessed")


def test_interrupted_making_of_data_is_done_again(tmp_path: Path) -> None:
    half = tmp_path / "data-making"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    with PostgresServer(tmp_path) as server:
        assert query(server, "SELECT 1") == (1,)


@pytest.fixture
def neighbour(tmp_path: Path) -> Iterator[Server]:
    """A process of the user that PostgreSQL runs as."""
    user = UNPRIVILEGED if os.geteuid() == 0 else None
    order = Order(("/bin/sleep", "60"), str(tmp_path / "console"), str(tmp_path / "running"), user=user)
    neighbour = Server("sleep", order)
    neighbour.start()
    yield neighbour
    neighbour.stop()


def test_left_process_id_that_is_anothers_by_now_keeps_no_server_from_starting(
    server: PostgresServer, neighbour: Server
) -> None:
    server.kill()
    left = server.data / "postmaster.pid"
    left.write_text(f"{neighbour.pid}\n" + "".join(left.read_text().splitlines(keepends=True)[1:]))
    start(server)
    assert server.running
