"""Effects that wait for a host to be there, each until its deadline."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NamedTuple

from streams.drivers.port import Close, Connect, Effect, Pair, Unpair

Awaited = Connect | Pair | Unpair
"""What makes or ends a session or a link of its own; sends and closes are of links, which end with their host."""


class Wait(NamedTuple):
    """An effect that waits; deadline: is told to `given_up` then."""

    effect: Awaited
    deadline: asyncio.TimerHandle


class Waiting:
    """What waits for a host, by the number of the ask; belongs to one event loop."""

    def __init__(self, given_up: Callable[[int], None]) -> None:
        self._given_up = given_up
        self._waits: dict[int, Wait] = {}

    def add(self, number: int, effect: Awaited, within_s: float) -> None:
        """Let it wait for so long."""
        deadline = asyncio.get_running_loop().call_later(within_s, self._end, number)
        self._waits[number] = Wait(effect, deadline)

    def take(self) -> list[tuple[int, Awaited, float]]:
        """Everything that waits, which waits no more: number, effect, and how many seconds were left."""
        waits, self._waits = self._waits, {}
        now = asyncio.get_running_loop().time()
        for wait in waits.values():
            wait.deadline.cancel()
        return [(number, wait.effect, wait.deadline.when() - now) for number, wait in waits.items()]

    def ended_by(self, effect: Effect) -> list[int]:
        """The numbers of what an effect ends: a close its connect, an unpair its pairing; they wait no more."""
        numbers = [number for number, wait in self._waits.items() if ends(effect, wait.effect)]
        for number in numbers:
            self._waits.pop(number).deadline.cancel()
        return numbers

    def _end(self, number: int) -> None:
        del self._waits[number]
        self._given_up(number)


def ends(effect: Effect, other: Effect) -> bool:
    """Whether nothing of the other is to be left once the effect is answered."""
    match effect, other:
        case Close(device_id, link), Connect(of, number):
            return (device_id, link) == (of, number)
        case Unpair(device_id, pairing), Pair(of, number):
            return (device_id, pairing) == (of, number)
        case _:
            return False
