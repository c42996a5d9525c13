"""One read for all who ask for the same at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any


class Sharing:
    """What is being read now, by what it is: a thousand who were given one client read it once."""

    def __init__(self) -> None:
        self._running: dict[Hashable, asyncio.Task[Any]] = {}

    async def read(self, what: Hashable, read: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        """What somebody's read of it gives; raises what that raises."""
        running = self._running.get(what)
        if running is None:
            running = self._running[what] = asyncio.get_running_loop().create_task(read())
            running.add_done_callback(lambda done: self._over(what, done))
        # Whoever asked first may go away: the others still wait.
        return await asyncio.shield(running)

    def _over(self, what: Hashable, done: asyncio.Task[Any]) -> None:
        del self._running[what]
        if not done.cancelled():
            done.exception()  # all who waited may have gone
