"""Whether a worker can host WhatsApp's devices: a built host, and a database for their sessions."""

from __future__ import annotations

from pathlib import Path

from mendline.errors import SettingInvalidError
from mendline.running import known_postgres
from mendline.settings import Settings, default_whatsapp_cache
from mendline.whatsapp.build import programs
from streams.drivers.catalogue import WhatsAppHost

NAME = "whatsapp"


def whatsapp_host(settings: Settings, database: str | None = None) -> WhatsAppHost | None:
    """Give the host to run; None where it is not there and nobody asked for it by name; raises SettingInvalidError."""
    program = host_program(settings)
    found = database or known_postgres(settings)
    named = is_named(settings)
    if program.exists() and found is not None:
        return WhatsAppHost(
            program,
            found,
            settings.whatsapp_stand_in,
            at_once=named,
            media_private=settings.whatsapp_media_private,
            typing_s=settings.whatsapp_typing_s,
        )
    if not named:
        return None
    if program.exists():
        raise SettingInvalidError("MENDLINE_DRIVERS: whatsapp keeps its sessions in a database: set MENDLINE_POSTGRES")
    raise SettingInvalidError(f"MENDLINE_DRIVERS: whatsapp needs {program}: `mendline whatsapp build` builds it")


def is_named(settings: Settings) -> bool:
    """Whether the settings say that WhatsApp's driver has to run."""
    return settings.drivers is not None and NAME in [name.strip() for name in settings.drivers.split(",")]


def host_program(settings: Settings) -> Path:
    """Say where the built host lies, or will."""
    return settings.whatsapp_host or programs(default_whatsapp_cache()).host
