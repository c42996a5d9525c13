"""The fleet process: a simulated fleet that outlives its workers, behind a unix socket."""

from __future__ import annotations

import asyncio
import os
import signal
import socket as sockets
from contextlib import closing
from pathlib import Path

from streams.drivers.clockwork import Clockwork
from streams.drivers.fleet.address import address
from streams.drivers.fleet.channel import Channel
from streams.drivers.fleet.guest import Guest
from streams.drivers.fleet.ledger_file import LedgerFile, recall
from streams.drivers.simulation.description import Fleet
from streams.drivers.simulation.ledger import Ledger
from streams.drivers.simulation.model import Simulation

SAVE_EVERY_S = 0.05


class SocketTakenError(Exception):
    """One fleet listens on one socket."""

    def __init__(self, path: str) -> None:
        super().__init__(f"another fleet listens on {path}: end it, or choose another socket")


async def run(fleet: Fleet, socket: Path, ledger: Path) -> None:
    """Serve until SIGTERM or SIGINT; raises SocketPathError, SocketTakenError, and OSError for the ledger."""
    path = address(socket)
    check_free(path)
    simulation = Simulation(fleet, Ledger())
    ledger_file = LedgerFile(ledger, simulation.ledger)
    recall(simulation, ledger)
    guests: dict[str, Guest] = {}
    clockwork = Clockwork(simulation)

    def greet() -> Channel:
        return Guest(clockwork, ledger_file, guests).channel

    server = await asyncio.get_running_loop().create_unix_server(greet, path)
    os.chmod(path, 0o600)
    end = ended()
    print(f"fleet of {size(fleet)} devices listens on {path}", flush=True)
    try:
        await save_until(end, ledger_file)
    finally:
        server.close()
        for guest in [*guests.values()]:
            guest.leave("closed")
        clockwork.stop()
        ledger_file.close()
        vacate(path)


def check_free(path: str) -> None:
    """Raise SocketTakenError when a fleet lives there; asyncio replaces the socket of one that was killed."""
    with closing(sockets.socket(sockets.AF_UNIX)) as probe:
        try:
            probe.connect(path)
        except (FileNotFoundError, ConnectionRefusedError):
            return
    raise SocketTakenError(path)


def vacate(path: str) -> None:
    """Remove our socket; asyncio does it by itself from Python 3.13 on."""
    Path(path).unlink(missing_ok=True)


def size(fleet: Fleet) -> int:
    """Count the devices."""
    return sum(group.count for group in fleet.devices)


def ended() -> asyncio.Event:
    """Give what is set when somebody ends the process politely."""
    event = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, event.set)
    return event


async def save_until(end: asyncio.Event, ledger_file: LedgerFile) -> None:
    """Keep the ledger's file no more than SAVE_EVERY_S behind."""
    while not end.is_set():
        try:
            async with asyncio.timeout(SAVE_EVERY_S):
                await end.wait()
        except TimeoutError:
            ledger_file.save()
