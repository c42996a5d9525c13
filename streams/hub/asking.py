"""Putting a node's requests into the log, in the background: what must not get lost is repeated until it is there."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from schemas.envelope import request_encoder
from schemas.message import Request
from streams.log.ports import EventRecord, LogError

SOURCE = "mendline/hub"
AGAIN_S = 1.0

log = logging.getLogger(__name__)


class Asking:
    """Appends requests through `append`, each in a task of its own; those of one key in the order of asking."""

    def __init__(self, append: Callable[[Sequence[EventRecord]], Awaitable[Any]]) -> None:
        self._append = append
        self._tasks: set[asyncio.Task[None]] = set()
        self._warned_at = -AGAIN_S

    def ask(self, key: str, request: Request, request_id: str, failed: Callable[[], None] | None = None) -> None:
        """Append it. failed: is told once it could not be acknowledged; None: try again until it is."""
        task = asyncio.get_running_loop().create_task(self._put(_record(key, request, request_id), failed))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def waiting(self) -> int:
        """How many are not acknowledged yet."""
        return len(self._tasks)

    async def tell(self, key: str, request: Request, request_id: str) -> None:
        """Append it and wait until it is acknowledged; raises LogError."""
        await self._append([_record(key, request, request_id)])

    async def settle(self, timeout_s: float) -> None:
        """Wait until everything is acknowledged, but no longer than that; what is not is given up."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=timeout_s)
        left = [*self._tasks]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _put(self, record: EventRecord, failed: Callable[[], None] | None) -> None:
        while True:
            try:
                await self._append([record])
            except LogError as error:
                self._warn(error)
                if failed is not None:
                    return failed()
                await asyncio.sleep(AGAIN_S)
            else:
                return None

    def _warn(self, error: LogError) -> None:
        """Once for all that fail together: there may be thousands."""
        now = asyncio.get_running_loop().time()
        if now - self._warned_at >= AGAIN_S:
            self._warned_at = now
            log.warning("the log does not take what is asked of it (%d wait): %s", self.waiting(), error)


def _record(key: str, request: Request, request_id: str) -> EventRecord:
    encode = request_encoder(request.type, SOURCE, time=datetime.now(UTC))
    return EventRecord(key.encode(), encode(request_id, key, request))
