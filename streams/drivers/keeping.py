"""A line to a process beside the worker, made again whenever it ends, until the worker leaves."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


class Keeper:
    """Keeps a line up; whoever opens it waits for its first welcome, or is told why there is none.

    stay: makes the line, and returns when it is broken. pauses: between tries in s, the first and longest.
    """

    def __init__(self, stay: Callable[[], Awaitable[None]], pauses: tuple[float, float]) -> None:
        self.leaving = False
        self._stay = stay
        self._pauses = pauses
        self._task: asyncio.Task[None] | None = None
        self._welcomed: asyncio.Future[None] | None = None

    async def open(self) -> None:
        """Begin, and wait for the first welcome; raises what `refuse` is given."""
        self._welcomed = asyncio.get_running_loop().create_future()
        self.begin()
        await self._welcomed

    def begin(self) -> None:
        """Begin, unless that was done: nobody waits for the welcome."""
        if self._task is None and not self.leaving:
            self._task = asyncio.get_running_loop().create_task(self._keep())

    def welcome(self) -> None:
        """Say that the line is up."""
        if self._welcomed is not None and not self._welcomed.done():
            self._welcomed.set_result(None)

    def refuse(self, error: Exception) -> bool:
        """Say why the line cannot be; whether somebody waited for it."""
        if self._welcomed is None or self._welcomed.done():
            return False
        self._welcomed.set_exception(error)
        return True

    async def close(self, goodbye: Callable[[], bool], within_s: float) -> None:
        """Make no line any more; one that `goodbye` could be said on may end by itself, within so long."""
        self.leaving = True
        if self._task is None:
            return
        if goodbye():
            await asyncio.wait([self._task], timeout=within_s)
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _keep(self) -> None:
        now, (first_s, longest_s) = asyncio.get_running_loop().time, self._pauses
        pause_s = first_s
        while not self.leaving:
            began = now()
            await self._stay()
            if self.leaving:
                return
            if now() - began > longest_s:  # not by its welcome: what ends right behind that would be begun all the time
                pause_s = first_s
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, longest_s)
