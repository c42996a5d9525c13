"""What a process beside the worker has been asked and has not answered, and the links that it holds for the worker."""

from __future__ import annotations

import asyncio
from typing import Any

from schemas.device.outcomes import Accepted, Advanced, Connected, Dropped, LinkReport, Unreachable
from schemas.device.pairing import Signal
from streams.drivers.memory import remember
from streams.drivers.parting import parting
from streams.drivers.port import Close, Connect, Done, Effect, Outcome, Report, Send

CHATS = 200_000
"""Chats a driver knows of; each is a hash, so that they stay below 30 MB."""


class UnderWay:
    """The memory of a driver whose devices live in another process: everything in it ends with that process."""

    def __init__(self) -> None:
        self._report: Report | None = None
        self._number = 0
        self._running: dict[int, tuple[Done, Effect]] = {}
        self._links: dict[tuple[str, int], bool] = {}
        self._chats: dict[int, None] = {}

    def listen(self, report: Report) -> None:
        """Say where reports about links go."""
        self._report = report

    def begin(self, effect: Effect, done: Done) -> int:
        """The number under which the effect is asked and answered."""
        if isinstance(effect, Connect):
            self._links[effect.device_id, effect.link] = False
        elif isinstance(effect, Close):
            self._links.pop((effect.device_id, effect.link), None)
        self._number = number = self._number + 1
        self._running[number] = (done, effect)
        return number

    def healthy(self, device_id: str, link: int) -> bool:
        """Whether the link is up, as far as was said."""
        return self._links.get((device_id, link), False)

    def knows_chat(self, device_id: str, to: str) -> bool:
        """Whether the device has written with `to` before."""
        return hash((device_id, to)) in self._chats

    def meet(self, device_id: str, to: str) -> None:
        """Remember that the device has written with `to`."""
        remember(self._chats, hash((device_id, to)), None, CHATS)

    def answered(self, number: int, outcome: Outcome) -> None:
        """Tell whoever asked; what is answered twice is dropped."""
        waiting = self._running.pop(number, None)
        if waiting is None:
            return
        done, effect = waiting
        if isinstance(outcome, Accepted) and isinstance(effect, Send):
            self.meet(effect.device_id, effect.to)
        elif isinstance(effect, Connect):
            outcome = self._connect_ended((effect.device_id, effect.link), outcome)
        call(done, outcome)

    def said(self, device_id: str, link: int, said: LinkReport) -> None:
        """Report what was said of a link that has not ended; all but a step ends it."""
        if (device_id, link) not in self._links:
            return
        if not isinstance(said, Advanced):
            del self._links[device_id, link]
        call(self._report, device_id, link, said)

    def shown(self, device_id: str, pairing: int, signal: Signal) -> None:
        """Report what a phone is to be shown."""
        call(self._report, device_id, pairing, signal)

    def part_one(self, number: int, reason: str) -> None:
        """Answer one effect that nobody will."""
        if (waiting := self._running.get(number)) is not None:
            self.answered(number, parting(waiting[1], reason))

    def part(self, reason: str) -> None:
        """Answer everything, since nobody will."""
        running, self._running = self._running, {}
        for done, effect in running.values():
            call(done, parting(effect, reason))

    def close(self) -> None:
        """Answer everything; every link ends unreported, as its worker leaves."""
        self._links.clear()
        self.part("closed")

    def lost(self, reason: str) -> None:
        """The process is gone: answer everything, and report every link that was up."""
        links, self._links = self._links, {}
        self.part(reason)
        for (device_id, link), up in links.items():
            if up:
                call(self._report, device_id, link, Dropped(reason=reason))

    def _connect_ended(self, key: tuple[str, int], outcome: Outcome) -> Outcome:
        if key not in self._links:
            return Unreachable(reason="closed")
        if isinstance(outcome, Connected):
            self._links[key] = True
        else:
            del self._links[key]
        return outcome


def call(callback: Any, *arguments: Any) -> None:
    """Call the worker, so that an error of its own stops neither the line nor the others' answers."""
    try:
        callback(*arguments)
    except Exception as error:
        asyncio.get_running_loop().call_exception_handler({"message": f"{callback} must not raise", "exception": error})
