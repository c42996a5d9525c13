"""A host that is started to see that it can be: it greets, brings its tables up to date, and ends."""

from __future__ import annotations

import asyncio

from mendline.errors import HostNotBuiltError
from mendline.settings import Settings
from mendline.whatsapp.hosting import host_program, whatsapp_host
from streams.drivers.catalogue import WhatsAppHost
from streams.drivers.whatsapp.host_process import HostMissingError, HostProcess, HostRefusedError
from streams.drivers.whatsapp.hosted import program_of
from streams.drivers.whatsapp.protocol import ToWorker, Welcome

PATIENCE_S = 30.0


def host_of(settings: Settings, database: str) -> WhatsAppHost:
    """The host of that database; raises HostNotBuiltError."""
    host = whatsapp_host(settings, database)
    if host is None:
        raise HostNotBuiltError(f"{host_program(settings)} is not there: `mendline whatsapp build` builds it")
    return host


async def greeted(host: WhatsAppHost, who: str, patience_s: float = PATIENCE_S) -> Welcome | None:
    """Start it and let it end, with its tables made; gives what it says first. Raises HostNotBuiltError."""
    process = HostProcess(program_of(host, who), _unheard, lambda: None)
    try:
        async with asyncio.timeout(patience_s):
            await process.open()
    except (HostMissingError, HostRefusedError) as error:
        raise HostNotBuiltError(str(error)) from error
    except TimeoutError:
        raise HostNotBuiltError(
            f"{host.program} says no welcome within {patience_s:g} s: what does it say on stderr?"
        ) from None
    finally:
        await process.close()
    return process.welcome


def _unheard(message: ToWorker) -> None:
    """No link is made."""
