"""The doctor says whether this machine can host WhatsApp's devices, and whether WhatsApp takes its client."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from mendline.doctor import whatsapp as examined
from mendline.doctor.finding import Finding, Level
from mendline.doctor.whatsapp import whatsapp_findings
from mendline.errors import GoMissingError
from mendline.settings import Settings, default_whatsapp_cache, load_settings
from mendline.whatsapp.build import Programs
from mendline.whatsapp.greeting import greeted
from mendline.whatsapp.toolchain import Toolchain
from projections.migrations import migrate
from streams.drivers.catalogue import WhatsAppHost
from streams.drivers.whatsapp.protocol import VERSION

ADDED = """
INSERT INTO devices (partition, device_id, driver, linked, name, pace_min_s, pace_max_s, state, reason,
    refreshes, failures, waiting, in_flight, registered_at, last_event_at, position)
VALUES (0, %s, 'whatsapp', true, '', 0, 0, %s, %s, 0, 0, 0, '{}', now(), '2026-11-23 04:05+00', 0)
"""
Set = Callable[..., Settings]


@pytest.fixture
async def database(postgres: str) -> str:
    await migrate(postgres)
    return postgres


@pytest.fixture
def found_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examined, "toolchain", lambda: Toolchain(Path("/go"), "go1.27.0"))


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Set:
    """Settings of a machine with a cache of its own, where no host has been built."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return lambda **given: load_settings(data=tmp_path, **given)


def add(database: str, device_id: str, state: str = "connected", reason: str | None = None) -> None:
    with psycopg.connect(database) as connection:
        connection.execute(ADDED.encode(), [device_id, state, reason])


async def host_made_its_tables(programs: Programs, database: str) -> None:
    await greeted(WhatsAppHost(programs.host, database), "tests")


def of_host(findings: list[Finding]) -> tuple[Level, str]:
    (found,) = [finding for finding in findings if finding.where == "whatsapp host"]
    return found.level, f"{found.what} | {found.advice}"


async def test_host_that_nothing_needs_need_not_be_built(settings: Set, database: str) -> None:
    level, said = of_host(await whatsapp_findings(settings(), database))
    assert (level, "nothing here needs it" in said) == (Level.FINE, True)


@pytest.mark.usefixtures("found_go")
async def test_host_that_devices_need_is_missed_with_the_go_to_build_it(settings: Set, database: str) -> None:
    add(database, "a")
    level, said = of_host(await whatsapp_findings(settings(), database))
    assert (level, "1 devices of WhatsApp need one" in said) == (Level.NOTICE, True)
    assert said.endswith("Go is here (go1.27.0)")


async def test_host_that_the_drivers_name_is_wrong_where_it_is_missing(
    settings: Set, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none() -> Toolchain:
        raise GoMissingError("Go 1.26 or newer is needed")

    monkeypatch.setattr(examined, "toolchain", none)
    level, said = of_host(await whatsapp_findings(settings(drivers="whatsapp"), database))
    assert (level, "Go 1.26 or newer is needed" in said) == (Level.WRONG, True)


async def test_host_that_starts_says_what_it_is(settings: Set, database: str, programs: Programs) -> None:
    await host_made_its_tables(programs, database)
    level, said = of_host(await whatsapp_findings(settings(whatsapp_host=programs.host), database))
    assert (level, f"{programs.host} starts: protocol {VERSION}, whatsmeow v0.0.0" in said) == (Level.FINE, True)


async def test_tables_are_not_made_by_looking(settings: Set, database: str, programs: Programs) -> None:
    level, said = of_host(await whatsapp_findings(settings(whatsapp_host=programs.host), database))
    with psycopg.connect(database) as connection:
        made = connection.execute("SELECT to_regclass('whatsmeow_device')").fetchone()
    assert (level, "has no tables yet" in said, made) == (Level.FINE, True, (None,))


async def test_host_that_does_not_start_is_wrong(
    settings: Set, database: str, programs: Programs, tmp_path: Path
) -> None:
    await host_made_its_tables(programs, database)
    (tmp_path / "host").write_text("no program")
    level, said = of_host(await whatsapp_findings(settings(whatsapp_host=tmp_path / "host"), database))
    assert (level, "cannot be run" in said) == (Level.WRONG, True)


async def test_drivers_that_leave_whatsapp_out_are_told_where_there_are_devices(settings: Set, database: str) -> None:
    add(database, "a")
    findings = await whatsapp_findings(settings(drivers="wablas"), database)
    assert [each.what for each in findings if each.where == "MENDLINE_DRIVERS"] == [
        "leaves whatsapp out: a worker with it lets 1 devices of WhatsApp be unreachable"
    ]


async def test_client_that_whatsapp_refuses_is_told_with_what_to_do(settings: Set, database: str) -> None:
    add(database, "a", "disconnected", "client_outdated 405")
    add(database, "b", "disconnected", "client_outdated 405")
    add(database, "c", "connected")
    (found,) = [each for each in await whatsapp_findings(settings(), database) if "client_outdated" in each.what]
    assert (found.level, found.where) == (Level.WRONG, "a and 1 more")
    assert "last at 2026-11-23 04:05 UTC" in found.what
    assert "install a newer Mendline" in found.advice


async def test_stand_in_is_told(settings: Set, database: str) -> None:
    findings = await whatsapp_findings(settings(whatsapp_stand_in=f"127.0.0.1:1/{'00' * 32}"), database)
    assert "nothing of theirs reaches WhatsApp" in str(findings)


async def test_builds_of_other_versions_are_told(settings: Set, database: str) -> None:
    chosen = settings()
    other = default_whatsapp_cache() / "0123456789abcdef"
    other.mkdir(parents=True)
    (other / "mendline-whatsapp-host").write_bytes(b"\0" * (2 << 20))
    findings = await whatsapp_findings(chosen, database)
    assert "1 builds of other versions lie in" in str(findings)
    assert "(2 MB)" in str(findings)


async def test_database_that_is_away_is_left_to_its_own_findings(settings: Set) -> None:
    assert await whatsapp_findings(settings(), "host=127.0.0.1 port=1") == []
