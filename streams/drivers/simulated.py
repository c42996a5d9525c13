"""Simulated devices in a fleet process: the driver port over the fleet's unix socket."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from schemas.device.outcomes import (
    Accepted,
    Deferred,
    NotConnected,
)
from schemas.device.pairing import CodeShown, QrShown
from streams.drivers.fleet.line import Line
from streams.drivers.fleet.messages import VERSION, outcome_said, say
from streams.drivers.parting import parting
from streams.drivers.port import Done, Effect, Outcome, Report, Send
from streams.drivers.simulation.kinds import Kind, traits_of
from streams.drivers.under_way import UnderWay

LOST = "fleet_connection_lost"
AWAY = "fleet_away"
ACCEPTED = Accepted()
COME_BACK_AFTER = timedelta(seconds=1)


class SimulatedDriver:
    """A worker's side of a fleet process; its links are the worker's and end with it."""

    def __init__(self, name: Kind, socket: Path, worker: str) -> None:
        self.name: str = name
        self.traits = traits_of(name)
        hello = ("hello", VERSION, name, worker, uuid4().hex)
        self._line = Line(socket, hello, self._received, self._lost)
        self._under_way = UnderWay()

    def listen(self, report: Report) -> None:
        """Say where reports about links go."""
        self._under_way.listen(report)

    def start(self, effect: Effect, done: Done) -> None:
        """Begin `effect`; `done` gets its outcome."""
        channel = self._line.channel
        if not self._line.up or channel is None:
            asyncio.get_running_loop().call_soon(done, self._away(effect))
            return
        say(channel, self._under_way.begin(effect, done), effect)

    def healthy(self, device_id: str, link: int) -> bool:
        """Whether the link is up, as far as the fleet has said."""
        return self._under_way.healthy(device_id, link)

    def knows_chat(self, device_id: str, to: str) -> bool:
        """Whether the device has written with `to` before."""
        return self._under_way.knows_chat(device_id, to)

    async def open(self) -> None:
        """Wait for the fleet; raises FleetRefusedError when it speaks another version."""
        await self._line.open()

    async def close(self) -> None:
        """Answer what runs, and let the fleet close every link."""
        self._under_way.close()
        await self._line.close()

    def _away(self, effect: Effect) -> Outcome:
        """Nothing is there to take the effect, so nothing of it leaves."""
        if not isinstance(effect, Send):
            return parting(effect, AWAY)
        if self.traits.linked:
            return NotConnected()
        return Deferred(until=datetime.now(UTC) + COME_BACK_AFTER, reason=AWAY)

    def _received(self, messages: list[Any]) -> None:
        for message in messages:
            match message:
                case ["accepted", *numbers]:
                    for number in numbers:
                        self._under_way.answered(number, ACCEPTED)
                case [int(number), fields]:
                    self._under_way.answered(number, outcome_said(fields))
                case ["said", device_id, link, fields]:
                    self._said(device_id, link, outcome_said(fields))
                case ["chats", device_id, chats]:
                    for to in chats:
                        self._under_way.meet(device_id, to)

    def _said(self, device_id: str, link: int, said: Any) -> None:
        if isinstance(said, QrShown | CodeShown):
            self._under_way.shown(device_id, link, said)
        else:
            self._under_way.said(device_id, link, said)

    def _lost(self) -> None:
        self._under_way.lost(LOST)
