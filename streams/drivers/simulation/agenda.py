"""What is due when, grouped by the millisecond so that one timer serves everything that falls together."""

from __future__ import annotations

import math
from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any

Act = Callable[[Any, float], None]
"""Called with the thing it was put down for, and the time."""

TICKS_PER_S = 1000
ROUNDING = 0.01
"""Ticks that a time in seconds may fall short of its own tick: a float of today's date resolves 0.0002."""


class Agenda:
    """Acts and the things they are due for; time is the caller's, in seconds."""

    def __init__(self) -> None:
        self._ticks: dict[int, list[tuple[Act, Any]]] = {}
        self._order: list[int] = []
        self._soon: list[tuple[Act, Any]] = []
        self.next_due = math.inf

    def after(self, delay: float, now: float, act: Act, thing: Any) -> None:
        """Put `act` down for `delay` from now; unless that is none, it happens up to a millisecond later."""
        if not delay:
            self.soon(act, thing)
            return
        tick = int((now + delay) * TICKS_PER_S) + 1
        group = self._ticks.get(tick)
        if group is None:
            self._ticks[tick] = [(act, thing)]
            heappush(self._order, tick)
            self.next_due = min(self.next_due, tick / TICKS_PER_S)
        else:
            group.append((act, thing))

    def soon(self, act: Act, thing: Any) -> None:
        """Put `act` down for the next time anybody looks."""
        self._soon.append((act, thing))
        self.next_due = -math.inf

    def take(self, now: float) -> list[tuple[Act, Any]]:
        """Take out what is due, in order; what is added meanwhile waits for the next look."""
        due, self._soon = self._soon, []
        last = now * TICKS_PER_S + ROUNDING
        while self._order and self._order[0] <= last:
            due += self._ticks.pop(heappop(self._order))
        self.next_due = self._order[0] / TICKS_PER_S if self._order else math.inf
        return due
