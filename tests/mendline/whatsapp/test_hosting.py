"""Which host a worker runs, and when it refuses to start without one."""

from __future__ import annotations

from pathlib import Path

import pytest

from mendline.errors import SettingInvalidError
from mendline.settings import Settings
from mendline.whatsapp.hosting import whatsapp_host
from streams.drivers.catalogue import WhatsAppHost

DATABASE = "postgresql://somewhere/mendline"


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A host that has been built."""
    program = tmp_path / "host"
    program.touch()
    return program


def settings(folder: Path, program: Path, drivers: str | None = None, stand_in: str | None = None) -> Settings:
    return Settings(data=folder / "data", whatsapp_host=program, drivers=drivers, whatsapp_stand_in=stand_in)


def test_built_host_keeps_its_sessions_in_the_database_of_the_site(tmp_path: Path, built: Path) -> None:
    assert whatsapp_host(settings(tmp_path, built), DATABASE) == WhatsAppHost(built, DATABASE)


def test_worker_waits_for_a_host_only_where_the_driver_is_named(tmp_path: Path, built: Path) -> None:
    named = whatsapp_host(settings(tmp_path, built, "wablas, whatsapp"), DATABASE)
    unnamed = whatsapp_host(settings(tmp_path, built), DATABASE)

    assert (named and named.at_once, unnamed and unnamed.at_once) == (True, False)


def test_private_addresses_are_allowed_by_a_setting_only(tmp_path: Path, built: Path) -> None:
    unset = settings(tmp_path, built)
    asked = whatsapp_host(unset.model_copy(update={"whatsapp_media_private": True}), DATABASE)
    unasked = whatsapp_host(unset, DATABASE)

    assert (asked and asked.media_private, unasked and unasked.media_private) == (True, False)


def test_typing_is_a_setting(tmp_path: Path, built: Path) -> None:
    host = whatsapp_host(settings(tmp_path, built).model_copy(update={"whatsapp_typing_s": 2.5}), DATABASE)

    assert host is not None
    assert host.typing_s == 2.5


def test_stand_in_of_the_settings_is_told(tmp_path: Path, built: Path) -> None:
    stand_in = f"127.0.0.1:2000/{'ab' * 32}"

    host = whatsapp_host(settings(tmp_path, built, stand_in=stand_in), DATABASE)

    assert host is not None
    assert host.stand_in == stand_in


def test_host_that_was_not_built_is_missed_by_nobody(tmp_path: Path) -> None:
    assert whatsapp_host(settings(tmp_path, tmp_path / "none"), DATABASE) is None


def test_host_that_was_not_built_is_missed_where_the_driver_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingInvalidError, match="mendline whatsapp build"):
        whatsapp_host(settings(tmp_path, tmp_path / "none", "wablas, whatsapp"), DATABASE)


def test_database_is_missed_where_the_driver_is_named(tmp_path: Path, built: Path) -> None:
    with pytest.raises(SettingInvalidError, match="MENDLINE_POSTGRES"):
        whatsapp_host(settings(tmp_path, built, "whatsapp"))
