"""Databases with sessions as whatsmeow makes them: the stand-in writes them, and SQLite has copies of its tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from typer.testing import CliRunner

from mendline.command_line.application import application
from mendline.whatsapp.build import Programs
from tests.mendline.whatsapp.importing.copied_file import write_file
from tests.streams.drivers.whatsapp.stand_in import StandIn, running

PROVISIONED = 3
FIRST, SECOND, THIRD = (f"1555000000{place}:1@s.whatsapp.net" for place in (1, 2, 3))


@pytest.fixture
def source_postgres(postgres_server: str) -> Iterator[str]:
    """The URL of a fresh and empty database, beside Mendline's."""
    name = f"source_{uuid4().hex}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        yield _url(make_conninfo(postgres_server, dbname=name))
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def _url(conninfo: str) -> str:
    parts = conninfo_to_dict(conninfo)
    return f"postgresql://{parts['user']}:{parts.get('password', '')}@{parts['host']}:{parts['port']}/{parts['dbname']}"


@pytest.fixture
def stand_in(programs: Programs, source_postgres: str, tmp_path: Path) -> Iterator[StandIn]:
    """A stand-in that has written sessions into that database."""
    (tmp_path / "stand-in").mkdir()
    with running(programs.stand_in, tmp_path / "stand-in", source_postgres, PROVISIONED) as found:
        yield found


@pytest.fixture
def source(stand_in: StandIn, source_postgres: str) -> str:
    """The URL of a database that whatsmeow keeps sessions in, of three numbers."""
    return source_postgres


@pytest.fixture
def file(source: str, tmp_path: Path) -> Path:
    """An SQLite file with the same tables and rows."""
    return write_file(source, tmp_path / "store.db")


@pytest.fixture
def importing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, postgres: str) -> Callable[..., object]:
    """Runs `mendline whatsapp import` beside a database of Mendline's, for a stand-in."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "configuration"))
    monkeypatch.setenv("MENDLINE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("MENDLINE_POSTGRES", postgres)
    monkeypatch.setenv("MENDLINE_WHATSAPP_STAND_IN", f"127.0.0.1:1/{'00' * 32}")
    monkeypatch.setenv("TERM", "dumb")
    return lambda *arguments: CliRunner().invoke(application(), ["whatsapp", "import", *arguments])
