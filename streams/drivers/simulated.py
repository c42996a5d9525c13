"""Simulated devices in a fleet process: the driver port over the fleet's unix socket."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from schemas.device.outcomes import (
    Accepted,
    Advanced,
    Connected,
    Deferred,
    Dropped,
    NotConnected,
    Unreachable,
)
from schemas.device.pairing import CodeShown, QrShown
from streams.drivers.fleet.line import Line
from streams.drivers.fleet.messages import VERSION, outcome_said, say
from streams.drivers.memory import remember
from streams.drivers.parting import parting
from streams.drivers.port import Close, Connect, Done, Effect, Outcome, Report, Send
from streams.drivers.simulation.kinds import Kind, traits_of

LOST = "fleet_connection_lost"
AWAY = "fleet_away"
ACCEPTED = Accepted()
COME_BACK_AFTER = timedelta(seconds=1)
CHATS = 200_000
"""Chats a driver knows of; each is a hash, so that they stay below 30 MB."""


class SimulatedDriver:
    """A worker's side of a fleet process; its links are the worker's and end with it."""

    def __init__(self, name: Kind, socket: Path, worker: str) -> None:
        self.name: str = name
        self.traits = traits_of(name)
        hello = ("hello", VERSION, name, worker, uuid4().hex)
        self._line = Line(socket, hello, self._received, self._lost)
        self._report: Report | None = None
        self._number = 0
        self._running: dict[int, tuple[Done, Effect]] = {}
        self._links: dict[tuple[str, int], bool] = {}
        self._chats: dict[int, None] = {}

    def listen(self, report: Report) -> None:
        """Say where reports about links go."""
        self._report = report

    def start(self, effect: Effect, done: Done) -> None:
        """Begin `effect`; `done` gets its outcome."""
        channel = self._line.channel
        if not self._line.up or channel is None:
            asyncio.get_running_loop().call_soon(done, self._away(effect))
            return
        if isinstance(effect, Connect):
            self._links[effect.device_id, effect.link] = False
        elif isinstance(effect, Close):
            self._links.pop((effect.device_id, effect.link), None)
        self._number = number = self._number + 1
        self._running[number] = (done, effect)
        say(channel, number, effect)

    def healthy(self, device_id: str, link: int) -> bool:
        """Whether the link is up, as far as the fleet has said."""
        return self._links.get((device_id, link), False)

    def knows_chat(self, device_id: str, to: str) -> bool:
        """Whether the device has written with `to` before."""
        return hash((device_id, to)) in self._chats

    async def open(self) -> None:
        """Wait for the fleet; raises FleetRefusedError when it speaks another version."""
        await self._line.open()

    async def close(self) -> None:
        """Answer what runs, and let the fleet close every link."""
        self._links.clear()
        self._part("closed")
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
                        self._answered(number, ACCEPTED)
                case [int(number), fields]:
                    self._answered(number, outcome_said(fields))
                case ["said", device_id, link, fields]:
                    self._said(device_id, link, outcome_said(fields))
                case ["chats", device_id, chats]:
                    for to in chats:
                        self._meet(device_id, to)

    def _answered(self, number: int, outcome: Outcome) -> None:
        waiting = self._running.pop(number, None)
        if waiting is None:
            return
        done, effect = waiting
        if isinstance(outcome, Accepted) and isinstance(effect, Send):
            self._meet(effect.device_id, effect.to)
        elif isinstance(effect, Connect):
            outcome = self._connect_ended(effect, outcome)
        call(done, outcome)

    def _connect_ended(self, connect: Connect, outcome: Outcome) -> Outcome:
        key = (connect.device_id, connect.link)
        if key not in self._links:
            return Unreachable(reason="closed")
        if isinstance(outcome, Connected):
            self._links[key] = True
        else:
            del self._links[key]
        return outcome

    def _said(self, device_id: str, link: int, said: Any) -> None:
        if isinstance(said, QrShown | CodeShown):
            call(self._report, device_id, link, said)
            return
        if (device_id, link) not in self._links:
            return
        if not isinstance(said, Advanced):
            del self._links[device_id, link]
        call(self._report, device_id, link, said)

    def _meet(self, device_id: str, to: str) -> None:
        remember(self._chats, hash((device_id, to)), None, CHATS)

    def _lost(self) -> None:
        links, self._links = self._links, {}
        self._part(LOST)
        for (device_id, link), up in links.items():
            if up:
                call(self._report, device_id, link, Dropped(reason=LOST))

    def _part(self, reason: str) -> None:
        running, self._running = self._running, {}
        for done, effect in running.values():
            call(done, parting(effect, reason))


def call(callback: Any, *arguments: Any) -> None:
    """Call the worker, so that an error of its own stops neither the line nor the others' answers."""
    try:
        callback(*arguments)
    except Exception as error:
        asyncio.get_running_loop().call_exception_handler({"message": f"{callback} must not raise", "exception": error})
