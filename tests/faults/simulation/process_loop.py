"""The event loop of one simulated process: it runs only when the world lets it, and on the world's time."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from contextvars import Context
from heapq import heappop, heappush
from itertools import count
from typing import Any, TypeVar, TypeVarTuple

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class ProcessLoop(asyncio.BaseEventLoop):
    """Callbacks and timers in an order that depends on nothing but the calls made.

    One loop a process, not one for all: a process that is stopped keeps its callbacks, a killed one is never run
    again. now: the process's monotonic clock. tasks: every task made. errors: what the loop was told went wrong.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        super().__init__()
        self.now = now
        self.tasks: list[asyncio.Task[Any]] = []
        self.errors: list[dict[str, Any]] = []
        self._soon: deque[asyncio.Handle] = deque()
        self._later: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._serial = count()

    def time(self) -> float:
        """The process's monotonic clock."""
        return self.now()

    def call_soon(
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """Call when the process runs next."""
        handle = asyncio.Handle(callback, args, self, context)
        self._soon.append(handle)
        return handle

    def call_at(
        self,
        when: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Call when the process runs at `when` or later."""
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        heappush(self._later, (when, next(self._serial), handle))
        return handle

    def create_task(
        self,
        coro: Generator[Any, None, T] | Coroutine[Any, Any, T],
        *,
        name: object = None,
        context: Context | None = None,
    ) -> asyncio.Task[T]:
        """Make a task, and remember it."""
        task = super().create_task(coro, name=name, context=context)
        self.tasks.append(task)
        return task

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Keep what went wrong for the end of the run."""
        self.errors.append(context)

    def pending(self) -> list[asyncio.Task[Any]]:
        """The tasks that are not done."""
        self.tasks = [task for task in self.tasks if not task.done()]
        return self.tasks

    def due(self) -> float:
        """When there is something to run; -inf: now, inf: never by itself."""
        if self._soon:
            return -math.inf
        while self._later and self._later[0][2].cancelled():
            heappop(self._later)
        return self._later[0][0] if self._later else math.inf

    def run_once(self, most: int) -> int:
        """Run what is ready now, at most that many callbacks; how many ran."""
        now = self.now()
        while self._later and self._later[0][0] <= now:
            handle = heappop(self._later)[2]
            if not handle.cancelled():
                self._soon.append(handle)
        ran = min(len(self._soon), most)
        asyncio._set_running_loop(self)
        try:
            for _ in range(ran):
                ready = self._soon.popleft()
                if not ready.cancelled():
                    ready._run()
        finally:
            asyncio._set_running_loop(None)
        return ran
