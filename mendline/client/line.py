"""One WebSocket to the hub, from its opening to its end: kept alive, its token renewed."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from mendline.client.errors import MendlineError
from schemas.api.hub import HubTokenDocument
from schemas.hub.close_codes import Verdict, verdict_of
from schemas.hub.frames import (
    FROM_HUB,
    Bye,
    Connect,
    Connected,
    Error,
    Frame,
    HubFrame,
    Join,
    Ping,
    Renew,
    Wanted,
    hub_frames,
)
from schemas.hub.tokens import RENEW_BEFORE_S, RENEW_EVERY_S

if TYPE_CHECKING:
    from aiohttp import ClientSession, ClientWebSocketResponse, WSMessage

log = logging.getLogger(__name__)
KNOWN = {kind.model_fields["type"].default for kind in FROM_HUB}
MOST_BYTES = 4 * 1024 * 1024
UNREACHABLE = 1006
GetToken = Callable[[], Awaitable[HubTokenDocument]]


@dataclass(frozen=True, slots=True)
class Terms:
    """How a connection is kept and comes back: at most `attempts` times in a row, `delay_s` apart."""

    attempts: int = 5
    delay_s: float = 5.0
    jitter_s: float = 0.0
    open_s: float = 15.0
    pong_s: float = 10.0
    renew_before_s: float = RENEW_BEFORE_S
    renew_every_s: float = RENEW_EVERY_S


class LineEndedError(Exception):
    """A connection lasts; `after_s`: how long the hub wants one to wait, 0: it did not say."""

    def __init__(self, code: int, reason: str, after_s: float = 0) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.after_s = after_s

    @property
    def verdict(self) -> Verdict:
        """What to do."""
        return verdict_of(self.code)


class Line:
    """A connection that the hub has taken in."""

    def __init__(self, socket: ClientWebSocketResponse, token: HubTokenDocument, terms: Terms) -> None:
        self.token = token
        self.connected: Connected
        self._socket = socket
        self._terms = terms
        self._heard_within_s = terms.open_s
        self._bye: Bye | None = None
        self._keeping: Sequence[asyncio.Task[None]] = ()

    @classmethod
    async def opened(
        cls,
        http: ClientSession,
        token: HubTokenDocument,
        wanted: Sequence[Sequence[Wanted]],
        returns: str | None,
        terms: Terms,
    ) -> Self:
        """A new connection, in its groups; raises LineEndedError."""
        from aiohttp import ClientError  # here: who follows nothing need not load it

        try:
            async with asyncio.timeout(terms.open_s):
                socket = await http.ws_connect(token.url, max_msg_size=MOST_BYTES)
        except (ClientError, OSError, TimeoutError) as error:
            raise LineEndedError(
                UNREACHABLE, f"{token.url} cannot be reached: {error or 'it takes too long'}"
            ) from error
        line = cls(socket, token, terms)
        try:
            await line._begin(wanted, returns)
        except BaseException:
            await line.close()
            raise
        return line

    async def _begin(self, wanted: Sequence[Sequence[Wanted]], returns: str | None) -> None:
        await self._send(Connect(token=self.token.token, join=tuple(wanted[0]), returns=returns))
        frame = await self.frame()
        if not isinstance(frame, Connected):
            raise LineEndedError(UNREACHABLE, f"the hub said {frame.type} before `connected`")
        self.connected = frame
        self._heard_within_s = frame.ping_every_s + self._terms.pong_s
        for groups in wanted[1:]:
            await self._send(Join(groups=tuple(groups)))

    def keep(self, get_token: GetToken) -> None:
        """From here on show that somebody is there, and renew the token."""
        self._keeping = (asyncio.create_task(self._ping()), asyncio.create_task(self._renew(get_token)))

    async def frame(self) -> HubFrame:
        """What the hub says next, but for goodbyes; raises LineEndedError."""
        while True:
            try:
                message = await self._socket.receive(timeout=self._heard_within_s)
            except TimeoutError as error:
                raise LineEndedError(UNREACHABLE, "the hub answers no more") from error
            frame = _frame_of(message)
            if isinstance(frame, Bye):
                self._bye = frame
            elif isinstance(frame, Error):
                log.warning("the hub refused a frame: %s: %s", frame.code, frame.detail)
            elif frame is not None:
                return frame
            elif self._socket.closed:
                raise self._ended()

    async def close(self) -> None:
        """End it, whatever state it is in."""
        for task in self._keeping:
            task.cancel()
        await asyncio.gather(*self._keeping, return_exceptions=True)
        await self._socket.close()

    def _ended(self) -> LineEndedError:
        if self._bye is not None:
            return LineEndedError(self._bye.code, self._bye.reason, self._bye.after_s)
        return LineEndedError(self._socket.close_code or UNREACHABLE, "cut off")

    async def _send(self, frame: Frame) -> None:
        # A socket that has ended says so to whoever reads it.
        if not self._socket.closed:
            await self._socket.send_str(frame.model_dump_json(exclude_none=True))

    async def _ping(self) -> None:
        while True:
            await asyncio.sleep(self.connected.ping_every_s)
            await self._send(Ping())

    async def _renew(self, get_token: GetToken) -> None:
        left_s: float = self.token.expires_in_s
        while True:
            pause_s = max(left_s - self._terms.renew_before_s, self._terms.renew_every_s)
            await asyncio.sleep(pause_s)
            left_s -= pause_s
            try:
                self.token = await get_token()
            except MendlineError as error:
                log.warning("the hub's token could not be renewed, and is tried again: %s", error)
                continue
            left_s = self.token.expires_in_s
            await self._send(Renew(token=self.token.token))


def _frame_of(message: WSMessage) -> HubFrame | None:
    """A frame; None: a later version's, or no text."""
    from aiohttp import WSMsgType  # loaded already

    if message.type is not WSMsgType.TEXT:
        return None
    said = json.loads(message.data)
    return hub_frames.validate_python(said) if said.get("type") in KNOWN else None
