"""Virtual time: everything that happens outside processes, and the turns that processes get."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import Any

from tests.faults.simulation.process import Process

EPOCH = datetime(2027, 1, 1, tzinfo=UTC)
TURN_S = 0.001
"""The longest that one turn of a process takes; faults can fall between two turns."""


class World:
    """The one source of time, order and luck; `notes` are kept when `tracing`.

    processes: those that live. peace_at: when the last fault was over.
    """

    def __init__(self, seed: int, *, tracing: bool = False) -> None:
        self.seed = seed
        self.now = 0.0
        self.peace_at = math.inf
        self.tracing = tracing
        self.notes: list[tuple[float, str, str]] = []
        self.processes: list[Process] = []
        self._agenda: list[tuple[float, int, Callable[..., object], tuple[Any, ...]]] = []
        self._serial = count()
        self._turns = self.luck("turns").random

    def luck(self, subject: str) -> Random:
        """Draws on one subject, which those on others do not shift."""
        return Random(f"{self.seed} {subject}")

    def wall(self, skew: float = 0.0) -> datetime:
        """The wall clock of somebody who is `skew` seconds ahead."""
        return EPOCH + timedelta(seconds=self.now + skew)

    def stamp(self) -> float:
        """The true time in seconds since 1970."""
        return EPOCH.timestamp() + self.now

    def note(self, who: str, what: str) -> None:
        """Keep a line of the history."""
        if self.tracing:
            self.notes.append((self.now, who, what))

    def after(self, delay: float, act: Callable[..., object], *args: Any) -> None:
        """Let something happen in `delay` seconds."""
        heappush(self._agenda, (self.now + delay, next(self._serial), act, args))

    def run(self, until: float, done: Callable[[], bool] | None = None) -> bool:
        """Go on to `until`, or until `done` says so, asked every second; whether it did."""
        check = self.now + 1.0
        while self.now < until:
            self._advance(min(until, check))
            if self.now >= check:
                if done is not None and done():
                    return True
                check = self.now + 1.0
        return False

    def _next_turn(self) -> tuple[Process | None, float]:
        first, soonest = None, math.inf
        for process in self.processes:
            wakes = process.wakes()
            if wakes < soonest:
                first, soonest = process, wakes
        return first, soonest

    def _advance(self, end: float) -> None:
        while True:
            process, wakes = self._next_turn()
            happens = self._agenda[0][0] if self._agenda else math.inf
            if min(wakes, happens) > end:
                self.now = end
                return
            if process is not None and wakes < happens:
                self.now = max(self.now, wakes)
                process.take_turn(self._turns() * TURN_S)
            else:
                at, _, act, args = heappop(self._agenda)
                self.now = max(self.now, at)
                act(*args)
