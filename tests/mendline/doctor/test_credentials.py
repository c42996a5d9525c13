"""The doctor looks whether devices' credentials can be used here."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from mendline.doctor.credentials import credential_findings
from mendline.doctor.finding import Level
from projections.migrations import migrate

DEVICE = """
INSERT INTO devices (partition, device_id, driver, linked, name, credential, pace_min_s, pace_max_s, state,
    refreshes, failures, waiting, in_flight, registered_at, last_event_at, position)
VALUES (0, %s, %s, false, '', %s, 0, 0, %s, 0, 0, 0, '{}', now(), now(), 0)
"""
GOOD = '[shop-1]\nurl = "https://jogja.wablas.com"\ntoken = "f4k3t0k3n"\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "credentials.toml"
    file.write_text(GOOD)
    file.chmod(0o600)
    return file


@pytest.fixture
def readable_file(file: Path) -> Path:
    file.chmod(0o644)
    return file


@pytest.fixture
async def dsn(postgres: str) -> str:
    await migrate(postgres)
    return postgres


def _add(dsn: str, *devices: tuple[str, str, str | None, str]) -> None:
    with psycopg.connect(dsn) as connection:
        for device in devices:
            connection.execute(DEVICE.encode(), device)


async def test_credentials_that_can_be_used_are_fine(dsn: str, file: Path) -> None:
    _add(dsn, ("a", "wablas", "shop-1", "ready"), ("b", "simulated", None, "connected"))
    (finding,) = await credential_findings(dsn, file)
    assert (finding.level, finding.where) == (Level.FINE, "credentials")


async def test_credential_that_is_missing_is_named_with_its_devices(dsn: str, file: Path) -> None:
    _add(dsn, ("a", "wablas", "shop-2", "ready"), ("b", "wablas", "shop-2", "ready"), ("c", "wablas", None, "ready"))
    first, second = await credential_findings(dsn, file)
    assert (first.level, first.where) == (Level.WRONG, "a and 1 more")
    assert first.what.startswith("there is no credential 'shop-2' in ")
    assert (second.where, second.what.partition(":")[0]) == ("c", "the device names no credential")


async def test_removed_devices_need_none(dsn: str, file: Path) -> None:
    _add(dsn, ("a", "wablas", "shop-2", "removed"))
    assert await credential_findings(dsn, file) == []


async def test_file_that_others_may_read_is_wrong(dsn: str, readable_file: Path) -> None:
    (finding,) = await credential_findings(dsn, readable_file)
    assert (finding.level, finding.advice) == (Level.WRONG, f"chmod 600 {readable_file}")


async def test_database_that_is_away_is_told_elsewhere(postgres: str, file: Path) -> None:
    assert await credential_findings(postgres, file) == []
    assert await credential_findings("postgresql://nobody@127.0.0.1:1/nowhere", file) == []
