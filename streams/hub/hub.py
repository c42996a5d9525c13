"""One node of the hub: its sessions, what they share, and what the log says of them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from random import random
from typing import Protocol

from schemas.connection.requests import (
    MOST_AT_ONCE,
    CloseReason,
    ConnectionCloseRequested,
    ConnectionRequested,
    GroupJoinRequested,
    GroupLeaveRequested,
)
from schemas.hub.close_codes import CloseCode
from schemas.hub.tokens import Claims
from schemas.marks import new_id
from schemas.message import Request
from streams.hub.endings import BY_LOG
from streams.hub.fan_out import FanOut
from streams.hub.figures import Figures
from streams.hub.joining import Past
from streams.hub.limits import Limits
from streams.hub.session import Phase, Session
from streams.hub.signals import Signals
from streams.hub.tokens import TokenInvalidError, Tokens

MOST_SHARED = 1000

log = logging.getLogger(__name__)


class Asks(Protocol):
    """Puts requests into the log, as long as it takes."""

    def ask(self, key: str, request: Request, request_id: str, failed: Callable[[], None] | None = None) -> None:
        """Append it. failed: is told once it could not be acknowledged; None: try again until it is."""

    def waiting(self) -> int:
        """How many requests are not acknowledged yet."""


class Hub:
    """A node's sessions, by the id of their connection. All of it belongs to one event loop."""

    def __init__(
        self,
        tokens: Tokens,
        feed: Past,
        fan_out: FanOut,
        asks: Asks,
        limits: Limits,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        draw: Callable[[], float] = random,
    ) -> None:
        self.node = new_id()
        self.feed = feed
        self.fan_out = fan_out
        self.signals = Signals(fan_out, wall)
        self.limits = limits
        self.figures = Figures()
        self.sessions: dict[str, Session] = {}
        self.live = 0
        self.stopping = False
        self.emptied = asyncio.Event()
        self.now = clock
        self._wall = wall
        self._draw = draw
        self._tokens = tokens
        self._asks = asks
        self._shared: dict[tuple[str, ...], tuple[str, ...]] = {}

    # what sessions ask

    def enter(self, session: Session) -> None:
        """A socket is open."""
        self.sessions[session.connection] = session

    def forget(self, session: Session) -> None:
        """Its socket has ended."""
        self.sessions.pop(session.connection, None)
        if self.stopping and not self.sessions:
            self.emptied.set()

    def full(self) -> bool:
        """Whether there is room for no more. What the log does not take fills it, too: clients come again and again."""
        return max(len(self.sessions), self._asks.waiting()) >= self.limits.connections

    def checked(self, token: str, session: Session) -> Claims | None:
        """What the token claims; None: it does not hold."""
        try:
            claims = self._tokens.check(token)
        except TokenInvalidError as error:
            self.figures.tokens[error.code] += 1
            log.info("Token validation: %s, connection=%s", error.code, session.connection)
            return None
        self.figures.tokens["valid"] += 1
        log.info("Token validation: valid, user=%s connection=%s", claims.sub, session.connection)
        return claims

    def shared(self, patterns: tuple[str, ...]) -> tuple[str, ...]:
        """The same value for all who have the same rights, so that ten thousand of them cost as much as one."""
        if len(self._shared) >= MOST_SHARED:
            self._shared.clear()
        return self._shared.setdefault(patterns, patterns)

    def seconds_until(self, moment: float) -> float:
        """How long it is until then; moment: in seconds since 1970."""
        return moment - self._wall()

    def open(self, session: Session) -> None:
        """Ask the log to make this the user's connection."""
        wish = ConnectionRequested(
            connection=session.connection, node=self.node, kind=session.kind, returns=session.returns
        )
        # Its id is the request's too: a refusal names it.
        self._asks.ask(session.user, wish, session.connection, lambda: session.close(CloseCode.NOT_OPENED))

    def tell_closed(self, session: Session, why: CloseReason) -> None:
        """Tell the log that a connection is over."""
        self._tell_closed(session.user, session.connection, why)

    def record_groups(self, session: Session) -> None:
        """Tell the log which groups the session has joined and left since it was told last."""
        known, session.recorded = session.recorded, session.groups
        joined, left = set(session.groups).difference(known), set(known).difference(session.groups)
        # First: else a connection in as many groups as it may be could exchange none.
        for some in _pieces(group for group in known if group in left):
            self._ask(session.user, GroupLeaveRequested(connection=session.connection, groups=some))
        for some in _pieces(group for group in session.groups if group in joined):
            self._ask(session.user, GroupJoinRequested(connection=session.connection, groups=some))

    def lives(self, session: Session) -> None:
        """A session is live now."""
        self.live += 1
        self.figures.opened += 1
        log.info("Total clients: %d", self.live)

    def lives_no_more(self, session: Session) -> None:
        """It is not."""
        self.live -= 1
        log.info("Total clients: %d", self.live)

    def closes(self, code: CloseCode | None) -> None:
        """A session is being closed with a code, or has been by its client."""
        self.figures.closed[0 if code is None else int(code)] += 1

    # what the log says

    def opened(self, user: str, connection: str) -> None:
        """The log says that a connection of this node is its user's live one."""
        session = self.sessions.get(connection)
        if session is None or session.phase in (Phase.CLOSING, Phase.ENDED):
            # Its socket was gone before, and what it told the log may lie before this, or nowhere.
            self._tell_closed(user, connection, "gone")
        else:
            self._begin(session)

    def refused(self, connection: str, reason: str) -> None:
        """The log refuses to open a connection."""
        session = self.sessions.get(connection)
        if session is not None and session.phase is Phase.OPENING:
            session.close(CloseCode.REPLACED if reason == "replaced" else CloseCode.NOT_OPENED, told=True)

    def replaced(self, connection: str, by: str) -> None:
        """The log says that the user has a newer connection."""
        session = self.sessions.get(connection)
        if session is not None:
            log.info("Closing existing connection: %s of user=%s, replaced by %s", connection, session.user, by)
            session.close(CloseCode.REPLACED, told=True)

    def closed(self, connection: str, why: CloseReason) -> None:
        """The log says that a connection is over."""
        session = self.sessions.get(connection)
        if session is not None:
            session.close(BY_LOG.get(why, CloseCode.GOING_AWAY), told=True)

    def lost(self) -> None:
        """The log says that this node is lost: no connection of it counts, and from here on it is another node."""
        log.warning("this node was silent for too long and counts as lost: closing %d connections", len(self.sessions))
        self.node = new_id()
        self.close_all(CloseCode.NODE_LOST)

    # what time says

    def look(self) -> None:
        """Look at every session."""
        now = self.now()
        for session in [*self.sessions.values()]:
            session.look(now)

    def close_all(self, code: CloseCode) -> None:
        """Close every session, and tell each to come back after a while of its own."""
        for session in [*self.sessions.values()]:
            session.close(code, round(self._draw() * self.limits.spread_s, 3))

    def _begin(self, session: Session) -> None:
        try:
            session.opened()
        except Exception:  # else whoever reads the log would begin again, and all be closed for the sake of one
            log.exception("connection=%s cannot begin: this is a bug", session.connection)
            session.close(CloseCode.NOT_OPENED)

    def _tell_closed(self, user: str, connection: str, why: CloseReason) -> None:
        self._ask(user, ConnectionCloseRequested(connection=connection, why=why))

    def _ask(self, key: str, request: Request) -> None:
        self._asks.ask(key, request, new_id())


def _pieces(groups: Iterable[str]) -> Iterable[tuple[str, ...]]:
    every = tuple(groups)
    return (every[begin : begin + MOST_AT_ONCE] for begin in range(0, len(every), MOST_AT_ONCE))
