"""Strikes devices of a running fleet from outside, and asks for its ledger: for tests and demonstrations."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson

from streams.drivers.fleet.address import address
from streams.drivers.fleet.guest import CONTROL
from streams.drivers.fleet.line import FleetRefusedError
from streams.drivers.fleet.messages import VERSION
from streams.drivers.simulation.kinds import Stroke


async def tell(socket: Path, stroke: Stroke, prefix: str = "") -> int:
    """Drop, log out, ban, replace or pair all linked devices whose id begins so; gives how many."""
    return int(await ask(socket, ("tell", 1, stroke, prefix)))


async def saved_ledger(socket: Path) -> Path:
    """Have every entry up to now written to the ledger's file; gives its path."""
    return Path(await ask(socket, ("ledger", 1)))


async def ask(socket: Path, question: tuple[object, ...]) -> Any:
    """Ask over a connection of its own; raises FleetRefusedError, and OSError when no fleet listens."""
    reader, writer = await asyncio.open_unix_connection(address(socket))
    try:
        hello = ("hello", VERSION, CONTROL, CONTROL, uuid4().hex)
        writer.write(orjson.dumps([hello, question], option=orjson.OPT_APPEND_NEWLINE))
        return answer(str(socket), orjson.loads(await reader.readline()))
    finally:
        writer.close()
        await writer.wait_closed()


def answer(socket: str, messages: list[Any]) -> Any:
    """Find the answer among what the fleet said; raises FleetRefusedError."""
    for message in messages:
        match message:
            case ["refused", why]:
                raise FleetRefusedError(socket, why)
            case [int(), said]:
                return said
    raise FleetRefusedError(socket, "it gave no answer")
