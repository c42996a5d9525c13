"""One run of a worker's process: it can be killed at any step, stopped and continued."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.faults.simulation.process_loop import ProcessLoop

if TYPE_CHECKING:
    from tests.faults.simulation.world import World

ANY_NUMBER = 1_000_000


class Process:
    """A process of the worker `name`; `number` counts all processes of the run.

    skew: seconds that its wall clock is ahead. stops: from when to when it was stopped. cuts: from when to when nothing
    of it reached the coordinator.
    """

    def __init__(self, world: World, name: str, number: int, skew: float) -> None:
        self.world = world
        self.name = name
        self.number = number
        self.skew = skew
        self.alive = True
        self.frozen = False
        self.ended_at = math.inf
        self.stops: list[tuple[float, float]] = []
        self.cuts: list[tuple[float, float]] = []
        self.loop = ProcessLoop(self._uptime)
        self._began = world.now
        self._busy_until = world.now
        self._doom: tuple[int, Callable[[], None]] | None = None

    def __str__(self) -> str:
        return f"{self.name}.{self.number}"

    # the Clock port

    def now(self) -> datetime:
        """The wall clock, as this process sees it."""
        return self.world.wall(self.skew)

    def monotonic(self) -> float:
        """Seconds that never go back; they go on while the process is stopped."""
        return self._uptime()

    def _uptime(self) -> float:
        return self.world.now - self._began

    # turns

    def wakes(self) -> float:
        """When the process wants its next turn."""
        if self.frozen:
            return math.inf
        due = self._began + self.loop.due()
        return due if due > self._busy_until else self._busy_until

    def take_turn(self, duration: float) -> None:
        """Run what is ready, up to the step at which doom strikes."""
        self._busy_until = self.world.now + duration
        most = self._doom[0] if self._doom else ANY_NUMBER
        ran = self.loop.run_once(most)
        if self._doom is not None:
            left, strike = self._doom
            self._doom = (left - ran, strike)
            if left <= ran:
                self._doom = None
                strike()

    def doom(self, steps: int, befall: Callable[[], None]) -> None:
        """Let something befall the process after that many more callbacks, if it still runs."""

        def strike() -> None:
            if self.alive and not self.frozen:
                befall()

        if steps:
            self._doom = (steps, strike)
        else:
            strike()

    def freeze(self) -> None:
        """Stop it (SIGSTOP)."""
        self.frozen = True
        self.stops.append((self.world.now, math.inf))
        self.world.note(str(self), "stopped")

    def spare(self) -> None:
        """Nothing befalls it any more."""
        self._doom = None

    def thaw(self) -> None:
        """Continue it (SIGCONT)."""
        if self.frozen:
            self.frozen = False
            self.stops[-1] = (self.stops[-1][0], self.world.now)
            self.world.note(str(self), "continued")

    def kill(self) -> None:
        """End it at once: nothing of it runs any more."""
        self._end("killed")

    def end(self) -> None:
        """It has come to its own end."""
        self._end("ended")

    def _end(self, how: str) -> None:
        self.alive = self.frozen = False
        self.ended_at = self.world.now
        self.world.processes.remove(self)
        self.world.note(str(self), how)

    def was_stopped(self, begin: float, end: float) -> bool:
        """Whether it was stopped at any time between the two."""
        return _touches(self.stops, begin, end)

    def was_cut_off(self, begin: float, end: float) -> bool:
        """Whether it did not reach the coordinator at any time between the two."""
        return _touches(self.cuts, begin, end)

    # between the process and the world

    def deliver(self, function: Callable[..., object], *args: Any) -> None:
        """Something arrives at the process; a stopped one finds it when it goes on."""
        if self.alive:
            self.loop.call_soon(function, *args)

    def post(self, delay: float, function: Callable[..., object], *args: Any) -> None:
        """Something leaves the process, and arrives even if that ends meanwhile; the dead say nothing."""
        if self.alive:
            self.world.after(delay, function, *args)

    def bury(self) -> None:
        """Let every task of an ended process end, where it can do no harm, so that none outlives the run."""
        self.alive = False
        clock = self.monotonic()
        self.loop.now = lambda: clock
        while pending := self.loop.pending():
            for task in pending:
                task.cancel()
            while self.loop.run_once(ANY_NUMBER):
                pass
            clock = max(clock, min(self.loop.due(), clock + 60.0))
        self.loop.close()


def _touches(spans: list[tuple[float, float]], begin: float, end: float) -> bool:
    return any(first <= end and last >= begin for first, last in spans)
