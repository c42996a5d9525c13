"""Creations of clients on this node: identical ones that are under way at the same time share one."""

from __future__ import annotations

import asyncio
import logging

from mendline.gateway.writing import Heard, Wish, Writer, ended
from schemas.client.events import ClientCreationJoined
from schemas.envelope import Context
from schemas.message import Request, RequestAlreadyDone
from schemas.topics import CLIENT

log = logging.getLogger(__name__)


class Creations:
    """Asks for clients; across nodes the client's owner joins what is asked at once."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._running: dict[tuple[str, Request], asyncio.Task[Heard]] = {}

    async def create(self, wish: Wish, context: Context, timeout_s: float) -> Heard:
        """What became of a creation, as far as it was heard within the time; raises LogError."""
        same = wish.key, wish.request
        running = self._running.get(same)
        if running is None:
            asking = self._writer.ask(CLIENT, wish, context, ended, timeout_s)
            running = self._running[same] = asyncio.get_running_loop().create_task(asking)
            running.add_done_callback(lambda done: self._over(same, done))
        # Whoever asked first may go away: the others still wait.
        heard = await asyncio.shield(running)
        if heard.hearing.told:
            _tell(wish, heard, context)
        return heard

    def _over(self, same: tuple[str, Request], done: asyncio.Task[Heard]) -> None:
        del self._running[same]
        if not done.cancelled():
            done.exception()  # all who waited may have gone


def _tell(wish: Wish, heard: Heard, context: Context) -> None:
    first = heard.hearing.told[0].event
    if isinstance(first, RequestAlreadyDone):
        log.info("Client %s exists already: %s is given the existing one", wish.key, context.actor)
    elif isinstance(first, ClientCreationJoined) or heard.wish is not wish:
        log.info("Client %s is being created already: %s shares the outcome", wish.key, context.actor)
