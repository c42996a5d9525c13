"""PostgreSQL through TLS: what its own address says is what holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from typer.testing import CliRunner, Result

from mendline.command_line.application import application
from mendline.running import postgres_address
from mendline.settings import load_settings
from projections.migrations import migrate
from tests.authority import Authority
from tests.tls_front import tls_front

AWAY = 5
ITS_NAME, ANOTHER = "localhost", "elsewhere.example"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """Who signs the servers' certificates."""
    return Authority.made(tmp_path, "authority")


@pytest.fixture
def urls(postgres: str, authority: Authority, tmp_path: Path) -> Iterator[dict[str, str]]:
    """A real database behind TLS, by the name in the certificate that is shown."""
    parts = conninfo_to_dict(postgres)
    with ExitStack() as opened:
        fronts = {
            name: opened.enter_context(tls_front(int(str(parts["port"])), authority.signed(tmp_path, name)))
            for name in (ITS_NAME, ANOTHER)
        }
        yield {
            name: f"postgresql://{parts['user']}:{parts['password']}@{ITS_NAME}:{port}/{parts['dbname']}"
            for name, port in fronts.items()
        }


def verified(url: str, authority: Authority) -> str:
    """The setting of who trusts this authority only."""
    return f"{url}?sslmode=verify-full&sslrootcert={authority.file}"


def listed(url: str, monkeypatch: pytest.MonkeyPatch) -> Result:
    """What `mendline device list` answers."""
    monkeypatch.setenv("MENDLINE_POSTGRES", url)
    return CliRunner().invoke(application(), ["device", "list"])


async def test_tables_are_made_and_read_through_verified_tls(urls: dict[str, str], authority: Authority) -> None:
    address = postgres_address(load_settings(postgres=verified(urls[ITS_NAME], authority)))
    await migrate(address)
    async with await psycopg.AsyncConnection.connect(address) as connection:
        await connection.execute("SELECT FROM devices")
        assert connection.pgconn.ssl_in_use


@pytest.mark.parametrize(("name", "told"), [(ITS_NAME, "certificate verify failed"), (ANOTHER, ANOTHER)])
def test_server_that_cannot_be_trusted_is_told(
    urls: dict[str, str], authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, told: str
) -> None:
    trusted = authority if name == ANOTHER else Authority.made(tmp_path, "unknown")
    answer = listed(verified(urls[name], trusted), monkeypatch)
    assert (answer.exit_code, told in answer.output) == (AWAY, True)


def test_connection_without_tls_is_refused(urls: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert listed(f"{urls[ITS_NAME]}?sslmode=disable", monkeypatch).exit_code == AWAY
