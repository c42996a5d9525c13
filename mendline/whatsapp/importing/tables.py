"""Mendline's own tables for sessions: its host makes them, and brings them up to date."""

from __future__ import annotations

import asyncio

from mendline.errors import HostNotBuiltError
from mendline.settings import Settings
from mendline.whatsapp.hosting import host_program, whatsapp_host
from streams.drivers.catalogue import WhatsAppHost
from streams.drivers.whatsapp.host_process import HostMissingError, HostProcess, HostRefusedError
from streams.drivers.whatsapp.hosted import program_of
from streams.drivers.whatsapp.protocol import ToWorker

PATIENCE_S = 60.0


def host_of(settings: Settings, database: str) -> WhatsAppHost:
    """The host of that database; raises HostNotBuiltError."""
    host = whatsapp_host(settings, database)
    if host is None:
        raise HostNotBuiltError(f"{host_program(settings)} is not there: `mendline whatsapp build` builds it")
    return host


async def make_tables(host: WhatsAppHost) -> None:
    """Let a host begin and end; raises HostNotBuiltError."""
    process = HostProcess(program_of(host, "import"), _unheard, lambda: None)
    try:
        async with asyncio.timeout(PATIENCE_S):
            await process.open()
    except (HostMissingError, HostRefusedError) as error:
        raise HostNotBuiltError(str(error)) from error
    except TimeoutError:
        raise HostNotBuiltError(f"{host.program} makes no tables in {PATIENCE_S:g} s: see what it says") from None
    finally:
        await process.close()


def _unheard(message: ToWorker) -> None:
    """No link is made."""
