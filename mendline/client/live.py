"""What happens, as it happens: groups of the hub as an asynchronous iterator that comes back by itself."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Sequence
from contextlib import AsyncExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Self

from mendline.client.cursors import Cursors
from mendline.client.errors import LiveEndedError, MendlineError, NotAllowedError
from mendline.client.line import UNREACHABLE, GetToken, Line, LineEndedError, Terms
from schemas.hub.frames import Changes, EventFrame, Joined, Refused, Signal

if TYPE_CHECKING:
    from aiohttp import ClientSession

News = Joined | Refused | EventFrame | Signal | Changes
"""Joined: everything behind `after` follows; `recovered=False`: what was missed is lost, load the state anew."""

log = logging.getLogger(__name__)


class Live:
    """A user's one connection to the hub; an asynchronous context manager and iterator.

    What was missed during a reconnect is told, and nothing twice. Iterating raises LiveEndedError once it does not come
    back; iterating again then tries anew.
    """

    def __init__(self, get_token: GetToken, groups: Sequence[str], terms: Terms | None = None) -> None:
        self._get_token = get_token
        self._cursors = Cursors(groups)
        self._terms = terms or Terms()
        self._running = AsyncExitStack()
        self._http: ClientSession
        self._line: Line | None = None
        self._returns: str | None = None
        self._opened_at = 0.0
        self._failures = 0

    async def __aenter__(self) -> Self:
        from aiohttp import ClientSession  # here: who follows nothing need not load it

        self._http = await self._running.enter_async_context(ClientSession())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._leave()
        await self._running.aclose()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> News:
        """The next that is new; raises LiveEndedError."""
        while True:
            try:
                line = self._line or await self._opened()
                frame = await line.frame()
            except LineEndedError as ended:
                await self._wait_to_come_back(ended)
                continue
            if isinstance(frame, Refused | Signal):
                return frame
            if isinstance(frame, Joined | EventFrame | Changes) and self._cursors.is_new(frame):
                return frame

    async def _opened(self) -> Line:
        try:
            token = await self._get_token()
        except NotAllowedError:
            raise
        except MendlineError as error:
            raise LineEndedError(UNREACHABLE, f"no token could be had: {error}") from error
        line = await Line.opened(self._http, token, self._cursors.wanted(), self._returns, self._terms)
        self._line, self._returns = line, line.connected.connection
        self._opened_at = asyncio.get_running_loop().time()
        line.keep(self._get_token)
        return line

    async def _wait_to_come_back(self, ended: LineEndedError) -> None:
        """Pause as long as the rules say; raises LiveEndedError where they say no more."""
        lasted = self._line is not None and self._since_opened() >= self._terms.delay_s
        await self._leave()
        self._failures = 1 if lasted else self._failures + 1
        if ended.verdict == "never" or self._failures > self._terms.attempts:
            self._failures, self._returns = 0, None
            raise LiveEndedError(ended.code, ended.reason) from ended
        pause_s = (ended.after_s or self._terms.delay_s) + random.uniform(0, self._terms.jitter_s)
        log.info("the hub's connection ended (%s): again in %.1f s", ended.reason, pause_s)
        await asyncio.sleep(pause_s)

    def _since_opened(self) -> float:
        return asyncio.get_running_loop().time() - self._opened_at

    async def _leave(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            await line.close()
