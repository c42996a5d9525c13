"""A fleet process for tests, and what its receivers got."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Self

from streams.drivers.fleet.control import saved_ledger, tell
from streams.drivers.simulation.ledger import Entry, read_ledger

ROOT = Path(__file__).parents[3]
FLEETS = Path(__file__).parent / "fleets"


class FleetProcess:
    """Runs a fleet until the end of the `with`; it is ended politely, and may be started again."""

    def __init__(self, folder: Path, fleet: Path) -> None:
        self.socket = folder / "fleet.socket"
        self.ledger = folder / "ledger.jsonl"
        self._fleet = fleet
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def start(self) -> None:
        """Start, and wait until it listens."""
        module = [sys.executable, "-m", "streams.drivers.fleet"]
        places = ["--socket", str(self.socket), "--ledger", str(self.ledger), "--fleet", str(self._fleet)]
        self._process = subprocess.Popen([*module, *places], cwd=ROOT, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        assert b"listens on" in self._process.stdout.readline()

    def end(self) -> None:
        """End it politely, and wait."""
        if self._process is not None:
            self._process.terminate()
            self._process.communicate(timeout=10)
            self._process = None

    def kill(self) -> None:
        """End it without a word."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate(timeout=10)
            self._process = None

    async def entries(self) -> list[Entry]:
        """The ledger up to now."""
        return [*read_ledger(await saved_ledger(self.socket))]

    async def left(self, message_id: str) -> int:
        """How many copies of a message its receiver has got."""
        return copies(await self.entries())[message_id]

    async def drop(self, device_id: str) -> None:
        """Let the device's link drop."""
        await tell(self.socket, "drop", device_id)


def copies(entries: list[Entry]) -> Counter[str | None]:
    """Count the copies of each message that left."""
    return Counter(entry.message_id for entry in entries if entry.left)
