"""A node says that it is at work, every 10 s; whoever is silent for 30 s is lost, and so are its connections."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from schemas.connection.requests import NodeSeen
from schemas.connection.subjects import subject_of_node
from schemas.marks import new_id
from streams.hub.asking import Asking
from streams.hub.hub import Hub
from streams.log.beside import beside
from streams.log.ports import LogError

LOOK_EVERY_S = 1.0

log = logging.getLogger(__name__)


@asynccontextmanager
async def being_seen(hub: Hub, asking: Asking, address: str) -> AsyncIterator[None]:
    """Be known to the log before the context begins, and while it lasts. address: where clients reach the node."""
    seen = Seen(hub, asking, address)
    said = asyncio.Event()
    async with beside(seen.say_for_ever(said)):
        await said.wait()
        yield


class Seen:
    """What a node said last of itself: it says it again after a while, and at once where it has become another one."""

    def __init__(self, hub: Hub, asking: Asking, address: str) -> None:
        self._hub = hub
        self._asking = asking
        self._address = address
        self._node = ""
        self._at = 0.0

    async def say(self) -> bool:
        """Say it, if it is time; whether the log has taken it."""
        hub, now = self._hub, self._hub.now()
        if self._node == hub.node and now - self._at < hub.limits.seen_every_s:
            return True
        try:
            await self._asking.tell(subject_of_node(hub.node), NodeSeen(address=self._address), new_id())
        except LogError as error:
            log.warning("the log does not hear of this node, and will call it lost: %s", error)
            return False
        self._node, self._at = hub.node, now
        return True

    async def say_for_ever(self, said: asyncio.Event) -> None:
        """Whatever goes wrong. said: is set once the log has taken it."""
        while True:
            try:
                if await self.say():
                    said.set()
            except Exception:  # a node that says nothing is lost, with all its connections
                log.exception("this node could not say that it is at work: this is a bug")
            await asyncio.sleep(LOOK_EVERY_S)
