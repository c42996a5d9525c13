"""Virtual time: everything that happens outside processes, and the turns that processes get."""

from __future__ import annotations

import math
from collections import Counter
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
        self.counts: Counter[str] = Counter()
        self.notes: list[tuple[float, str, str]] = []
        self.processes: list[Process] = []
        self._agenda: list[tuple[float, int, Callable[..., object], tuple[Any, ...]]] = []
        self._serial = count()
        self._turns = self.luck("turns").random

    def count(self, what: str) -> None:
        """Count something for the summary of many runs."""
        self.counts[what] += 1

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

    def _next_turn(self) -> tuple[Process | None, float, float]:
        """Who wants the next turn, when, and when the next one after that wants one."""
        first, soonest, second = None, math.inf, math.inf
        for process in self.processes:
            wakes = process.wakes()
            if wakes < soonest:
                first, soonest, second = process, wakes, soonest
            elif wakes < second:
                second = wakes
        return first, soonest, second

    def _advance(self, end: float) -> None:
        agenda = self._agenda
        while True:
            process, wakes, until = self._next_turn()
            happens = agenda[0][0] if agenda else math.inf
            if wakes > end and happens > end:
                self.now = end
                return
            if process is not None and wakes < happens:
                self._take_turns(process, wakes, min(until, end))
            else:
                at, _, act, args = heappop(agenda)
                self.now = max(self.now, at)
                act(*args)

    def _take_turns(self, process: Process, wakes: float, until: float) -> None:
        """Let one process run for as long as nothing else happens."""
        agenda = self._agenda
        while True:
            if wakes > self.now:
                self.now = wakes
            process.take_turn(self._turns() * TURN_S)
            wakes = process.wakes()
            if wakes >= until or not process.alive or (agenda and wakes >= agenda[0][0]):
                return
