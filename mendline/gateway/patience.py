"""How long something is waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Patience:
    """Does something when it was begun and has not ended within its time."""

    def __init__(self, loop: asyncio.AbstractEventLoop, seconds: float, over: Callable[[], object]) -> None:
        self._loop = loop
        self._seconds = seconds
        self._over = over
        self._timer: asyncio.TimerHandle | None = None

    @property
    def begun(self) -> bool:
        """Whether it is waited for."""
        return self._timer is not None

    def begin(self) -> None:
        """Wait from now on, if it is not waited for already."""
        if self._timer is None:
            self._timer = self._loop.call_later(self._seconds, self._over)

    def end(self) -> None:
        """It is here."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
