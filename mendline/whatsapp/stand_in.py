"""A stand-in for WhatsApp's server beside Mendline: started, told what to do, its ledger. It is not WhatsApp."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from mendline.embedded.order import Order
from mendline.embedded.server import Server

NAME = "stand-in"
LEDGER = "whatsapp-ledger.jsonl"
SEED = "mendline"
"""The same keys every time, so that it can read what devices with sessions of an earlier run write."""
READY_S = 30.0
ANSWER_S = 10.0


@dataclass(frozen=True, slots=True)
class StandIn:
    """One that runs. address, control: HOST:PORT on loopback. root: its root key, in hex."""

    server: Server
    ledger: Path
    address: str
    control: str
    root: str

    @property
    def setting(self) -> str:
        """What MENDLINE_WHATSAPP_STAND_IN has to say for a worker to talk to it."""
        return f"{self.address}/{self.root}"

    async def order(self, what: str, text: str = "", /, **how: str) -> Any:
        """Tell it to do something (host/standin/control.go); raises OSError where it cannot."""
        return await asyncio.to_thread(self._order, what, text, how)

    async def saved_ledger(self) -> Path:
        """Have every entry up to now written to its file; gives its path."""
        await self.order("save")
        return self.ledger

    def _order(self, what: str, text: str, how: Mapping[str, str]) -> Any:
        address = f"http://{self.control}/{what}?{urlencode(how)}"
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(urllib.request.Request(address, text.encode(), method="POST"), timeout=ANSWER_S) as answer:
            return json.load(answer)


@contextmanager
def standing_in(program: Path, folder: Path) -> Iterator[StandIn]:
    """Run one, for as long as the context lasts; raises ServerStartError."""
    folder = folder.absolute()
    log, ledger = folder / f"{NAME}.log", folder / LEDGER
    order = Order((str(program), "--ledger", str(ledger), "--seed", SEED), str(log), str(folder / f"{NAME}.lock"))
    server = Server(NAME, order)
    server.start()
    try:
        server.wait_until(lambda: _said(log) is not None, READY_S)
        yield StandIn(server, ledger, **(_said(log) or {}))
    finally:
        server.stop()


def _said(log: Path) -> dict[str, str] | None:
    """Where it listens, once it has said so."""
    lines = log.read_text(errors="replace").splitlines(keepends=True)
    said = next((line for line in lines if line.startswith("{") and line.endswith("\n")), None)
    return None if said is None else json.loads(said)
