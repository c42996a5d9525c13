"""The network between clients, brokers and controllers: every way has a proxy that a fault may tell what passes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tests.faults.cluster.proxy import Mode
from tests.faults.real.program import Program
from tests.faults.real.waiting import until

OPENS_S = 20.0


class Way(NamedTuple):
    """One way to a node. source: a node, or None for every client and every other broker."""

    source: int | None
    node: int
    listen: int
    target: int

    @property
    def name(self) -> str:
        """How the proxy calls it."""
        return f"{self.source or 'all'}>{self.node}"


@dataclass(frozen=True, slots=True)
class Network:
    """All ways; the program is the proxy."""

    program: Program
    socket: Path
    ways: Sequence[Way]

    async def open(self) -> None:
        """Start the proxy; every way is open."""
        await asyncio.to_thread(self.program.start)
        await until(self.socket.exists, OPENS_S, "the proxy does not listen")

    async def turn(self, node: int, mode: Mode, delay_s: float = 0.0) -> None:
        """Let pass only so much to a node, and from it to other controllers."""
        await self._tell([way.name for way in self.ways if node in (way.source, way.node)], mode, delay_s)

    async def heal(self) -> None:
        """Open every way."""
        await self._tell([way.name for way in self.ways], "open", 0.0)

    async def _tell(self, names: list[str], mode: Mode, delay_s: float) -> None:
        reader, writer = await asyncio.open_unix_connection(self.socket)
        writer.write(json.dumps([names, mode, delay_s]).encode() + b"\n")
        await reader.readline()
        writer.close()
        await writer.wait_closed()


def arguments(socket: Path, ways: Sequence[Way]) -> tuple[str, ...]:
    """The command line of the proxy."""
    routes = json.dumps([[way.name, way.listen, way.target] for way in ways])
    return ("tests.faults.cluster.proxy", str(socket), routes)
