"""A stand-in for WhatsApp's server as a test sees it: its process, its ledger, and what it can be told."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from streams.drivers.simulation.ledger import read_ledger

END_S = 5


@dataclass(frozen=True, slots=True)
class StandIn:
    """A stand-in that runs, and the sessions that lie in the database for it."""

    address: str
    root: str
    control: str
    ledger: Path
    jids: tuple[str, ...]

    async def left(self, message_id: str) -> int:
        """How many copies of a message its receiver has got."""
        await self.order("save")
        return sum(entry.left for entry in read_ledger(self.ledger) if entry.message_id == message_id)

    async def untold(self) -> int:
        """What its devices have not acknowledged."""
        found = await self.order("figures")
        assert isinstance(found, dict)
        return int(found["untold"])

    async def drop(self, device_id: str) -> None:
        """Let the device's link drop."""
        await self.order("tell", what="cut", devices=device_id)

    async def order(self, order: str, text: str = "", **how: str) -> object:
        """Tell it something (standin/control.go)."""
        return await asyncio.to_thread(self._order, order, text, how)

    def _order(self, order: str, text: str, how: dict[str, str]) -> object:
        address = f"http://{self.control}/{order}?{urlencode(how)}"
        with urlopen(Request(address, data=text.encode(), method="POST")) as answer:
            return json.load(answer)


@contextmanager
def running(program: Path, folder: Path, database: str, devices: int, script: str = "") -> Iterator[StandIn]:
    """Run one with so many paired devices in the database."""
    (folder / "script").write_text(script)
    command = [
        str(program), "--ledger", str(folder / "ledger.jsonl"), "--script", str(folder / "script"),
        "--database", database, "--provision", str(devices), "--devices", str(folder / "jids"), "--seed", "tests",
    ]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        yield StandIn(**said, ledger=folder / "ledger.jsonl", jids=tuple((folder / "jids").read_text().split()))
    finally:
        process.terminate()
        process.communicate(timeout=END_S)
