"""The event loop of one simulated process: it runs only when the world lets it, and on the world's time."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable, Coroutine, Generator, Sequence
from contextvars import Context
from heapq import heappop, heappush
from itertools import count
from typing import Any, TypeVar, TypeVarTuple

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class Call(asyncio.Handle):
    """A callback that is to be run, at a third of what asyncio's own costs: no context, no trace."""

    def __init__(self, callback: Callable[..., object], args: Sequence[Any]) -> None:
        self._callback = callback
        self._args = args
        self._cancelled = False

    def cancel(self) -> None:
        """Let it not be run."""
        self._cancelled = True

    def cancelled(self) -> bool:
        """Whether it is not to be run."""
        return self._cancelled


class TimedCall(Call, asyncio.TimerHandle):
    """A callback that is to be run at a time."""

    def __init__(self, when: float, callback: Callable[..., object], args: Sequence[Any]) -> None:
        super().__init__(callback, args)
        self._when = when

    def when(self) -> float:
        """The time."""
        return self._when


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
        self._soon: deque[Call] = deque()
        self._later: list[tuple[float, int, TimedCall]] = []
        self._serial = count()

    def time(self) -> float:
        """The process's monotonic clock."""
        return self.now()

    def call_soon(
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """Call when the process runs next."""
        handle = Call(callback, args)
        self._soon.append(handle)
        return handle

    def call_later(
        self,
        delay: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Call when the process runs that much later."""
        return self.call_at(self.now() + delay, callback, *args)

    def call_at(
        self,
        when: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Call when the process runs at `when` or later."""
        handle = TimedCall(when, callback, args)
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
        later = self._later
        while later and later[0][2]._cancelled:
            heappop(later)
        return later[0][0] if later else math.inf

    def run_once(self, most: int) -> int:
        """Run what is ready now, at most that many callbacks; how many ran."""
        now, soon, later = self.now(), self._soon, self._later
        while later and later[0][0] <= now:
            soon.append(heappop(later)[2])
        ran = min(len(soon), most)
        asyncio._set_running_loop(self)
        try:
            for _ in range(ran):
                call = soon.popleft()
                if not call._cancelled:
                    self._run(call)
        finally:
            asyncio._set_running_loop(None)
        return ran

    def _run(self, call: Call) -> None:
        try:
            call._callback(*call._args)
        except Exception as error:
            self.errors.append({"message": f"{call._callback!r} failed", "exception": error})
