"""Creations of clients on this node: identical ones that are under way at the same time share one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine

from mendline.gateway.asking import LONGEST_WAIT_S
from mendline.gateway.writing import Heard, Wish, Writer, ended
from schemas.client.events import ClientCreationJoined
from schemas.envelope import Context
from schemas.message import Request, RequestAlreadyDone
from schemas.topics import CLIENT

log = logging.getLogger(__name__)


class _Creation:
    """One that is under way: in the log or not yet, and how many wait for it."""

    def __init__(self, asking: Callable[[Callable[[Heard], None]], Coroutine[None, None, Heard]]) -> None:
        loop = asyncio.get_running_loop()
        self._logged: asyncio.Future[Heard] = loop.create_future()
        self.task = loop.create_task(asking(self._logged.set_result))
        self.task.add_done_callback(lambda done: done.cancelled() or done.exception())  # all may have gone
        self.waiting = 0

    async def heard(self, timeout_s: float) -> Heard:
        """What is heard of it within the time that this caller has, counted from when it is in the log."""
        self.waiting += 1
        try:
            await asyncio.wait({self.task, self._logged}, return_when=asyncio.FIRST_COMPLETED)
            if not self._logged.done():
                return await asyncio.shield(self.task)
            await asyncio.wait({self.task}, timeout=timeout_s)
            return self._logged.result()
        finally:
            self.waiting -= 1


class Creations:
    """Asks for clients; across nodes the client's owner joins what is asked at once."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._running: dict[tuple[str, Request], _Creation] = {}

    async def create(self, wish: Wish, context: Context, timeout_s: float) -> Heard:
        """What became of a creation, as far as it was heard within the time; raises LogError."""
        same = wish.key, wish.request
        running = self._running.get(same)
        if running is None or running.task.done():
            running = self._running[same] = _Creation(
                lambda logged: self._writer.ask(CLIENT, wish, context, ended, LONGEST_WAIT_S, logged=logged)
            )
        try:
            heard = await running.heard(timeout_s)
        finally:
            if not running.waiting:
                self._over(same, running)  # nobody is left to hear of it
        if heard.hearing.told:
            _tell(wish, heard, context)
        return heard

    def _over(self, same: tuple[str, Request], creation: _Creation) -> None:
        if self._running.get(same) is creation:
            del self._running[same]
        creation.task.cancel()


def _tell(wish: Wish, heard: Heard, context: Context) -> None:
    first = heard.hearing.told[0].event
    if isinstance(first, RequestAlreadyDone):
        log.info("Client %s exists already: %s is given the existing one", wish.key, context.actor)
    elif isinstance(first, ClientCreationJoined) or heard.wish is not wish:
        log.info("Client %s is being created already: %s shares the outcome", wish.key, context.actor)
