"""The driver as a worker makes it: which host, which database, and WhatsApp itself or a stand-in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from streams.drivers.port import Record, unrecorded
from streams.drivers.whatsapp.driver import WhatsAppDriver
from streams.drivers.whatsapp.host_process import Program
from streams.drivers.whatsapp.protocol import VERSION, Hello

if TYPE_CHECKING:
    from streams.drivers.catalogue import WhatsAppHost


def whatsapp_driver(host: WhatsAppHost, worker: str, record: Record = unrecorded) -> WhatsAppDriver:
    """Make it, not opened."""
    return WhatsAppDriver(program_of(host, worker), record, at_once=host.at_once)


def program_of(host: WhatsAppHost, worker: str) -> Program:
    """Say what is run: a host that is told of a stand-in is started as one that can talk to nothing else."""
    hello = Hello(
        version=VERSION,
        worker=worker,
        database=host.database,
        typing_ms=round(host.typing_s * 1000),
        media_private=host.media_private,
    )
    if host.stand_in is None:
        return Program(host.program, hello)
    address, _, root = host.stand_in.partition("/")
    return Program(host.program, replace(hello, stand_in=address, stand_in_root=root), ("--stand-in",))
