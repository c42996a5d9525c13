"""One connection: it awaits its token, is opened by the log, lives, and closes. No I/O, no clock of its own."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any, assert_never

import orjson
from pydantic import BaseModel, ValidationError

from schemas.connection.requests import CloseReason, ConnectionKind
from schemas.hub.close_codes import CloseCode
from schemas.hub.frames import (
    PING_EVERY_S,
    Bye,
    Connect,
    Connected,
    Error,
    Join,
    Leave,
    Left,
    Ping,
    Pong,
    Renew,
    Renewed,
    Wanted,
    client_frames,
)
from schemas.hub.groups import FLEET, group_of, permitted
from schemas.hub.tokens import Claims
from schemas.marks import new_id
from streams.hub.endings import WHY
from streams.hub.fan_out import Joined, Message
from streams.hub.joining import join
from streams.hub.outlet import Outlet

if TYPE_CHECKING:
    from streams.hub.hub import Hub

MOST_TOLD = 3
FLEET_COSTS = 100
"""Frames that count as much as merging what was missed of the fleet."""
RENEWAL_COSTS = 100
LONGEST_PAUSE_S = 5.0


class Phase(Enum):
    """Where a connection is in its life."""

    AWAITING = "awaiting"
    OPENING = "opening"
    LIVE = "live"
    CLOSING = "closing"
    ENDED = "ended"


class Session:
    """One connection of one node; thousands at a time, so it holds nothing that it does not need.

    deadline: when its phase is over at the latest; of a live one, when its token's grace is. recorded: the groups that
    the log knows of.
    """

    __slots__ = (
        *(
            "_held",
            "_held_bytes",
            "_hub",
            "_out",
            "_paid_until",
            "_wanted",
            "audit",
            "connection",
            "deadline",
            "expires_at",
            "groups",
            "kind",
        ),
        *("pairs", "patterns", "pending", "phase", "recorded", "returns", "seen_at", "streams", "user"),
    )

    def __init__(self, hub: Hub, out: Outlet, kind: ConnectionKind) -> None:
        self._hub = hub
        self._out = out
        self.kind: ConnectionKind = kind
        self.streams = kind == "sse"
        self.connection = new_id()
        self.phase = Phase.AWAITING
        self.seen_at = hub.now()
        self.deadline = self.seen_at + hub.limits.connect_within_s
        self.user = ""
        self.audit = self.pairs = False
        self.expires_at = 0
        self.patterns: Sequence[str] = ()
        self.returns: str | None = None
        self.groups: tuple[str, ...] = ()
        self.recorded: tuple[str, ...] = ()
        self.pending: list[bytes] = []
        self._wanted: Sequence[Wanted] = ()
        self._held = self._held_bytes = 0
        self._paid_until = 0.0

    # what the client says

    def heard(self, data: bytes) -> None:
        """A frame came from the client."""
        self.seen()
        if self.phase in (Phase.CLOSING, Phase.ENDED):
            return None
        try:
            said = orjson.loads(data)
        except orjson.JSONDecodeError:
            return self.close(CloseCode.PROTOCOL)
        if not isinstance(said, dict):
            return self.close(CloseCode.PROTOCOL)
        try:
            frame = client_frames.validate_python(said)
        except ValidationError as error:
            return self.say(_error_of(error))
        return self._take(frame)

    def seen(self) -> None:
        """The client showed a sign of life that says nothing."""
        self.seen_at = self._hub.now()
        self._pay(1)

    def pause_s(self) -> float:
        """How long the client is to be read no more: who says too much would keep the node from all others."""
        return min(self._paid_until - self._hub.now(), LONGEST_PAUSE_S)

    def _pay(self, said: int) -> None:
        limits, now = self._hub.limits, self._hub.now()
        begin = max(self._paid_until, now - limits.said_at_once / limits.said_per_s)
        self._paid_until = begin + said / limits.said_per_s

    def _take(self, frame: Connect | Renew | Join | Leave | Ping) -> None:
        match frame:
            case Ping():
                self.say(Pong())
            case Connect() if self.phase is Phase.AWAITING:
                self.connect(frame.token, frame.join, frame.returns)
            case Connect():
                self.say(Error(code="already_connected", detail="connect is the first frame of a connection, and only"))
            case Renew() | Join() | Leave() if self.phase is not Phase.LIVE:
                self.say(Error(code="not_connected", detail=f"wait for `connected` before you say `{frame.type}`"))
            case Renew():
                self._pay(RENEWAL_COSTS)
                self._renew(frame.token)
            case Join():
                self._pay(sum(map(_cost_of, frame.groups)))
                for wanted in frame.groups:
                    join(self._hub, self, wanted)
            case Leave():
                self._pay(len(frame.groups))
                for group in frame.groups:
                    self.leave(group)
            case _:
                assert_never(frame)

    def connect(self, token: str, wanted: Sequence[Wanted], returns: str | None) -> None:
        """The client says who it is, and what it wants to hear."""
        claims = self._hub.checked(token, self)
        if claims is None:
            return self.close(CloseCode.TOKEN_INVALID)
        self.user, self._wanted, self.returns = claims.sub, wanted, returns
        self._hold(claims)
        self.phase, self.deadline = Phase.OPENING, self._hub.now() + self._hub.limits.open_within_s
        return self._hub.open(self)

    def _renew(self, token: str) -> None:
        claims = self._hub.checked(token, self)
        if claims is None:
            return self.say(Error(code="token_invalid", detail="this token does not hold: POST /api/ws-token"))
        if claims.sub != self.user:
            return self.close(CloseCode.PROTOCOL)
        self._hold(claims)
        self.deadline = self._end_of_grace()
        for group in self.groups:
            found = group_of(group)
            if found is not None and not permitted(self.patterns, self.user, found):
                self.leave(group)
        return self.say(Renewed(expires_at=self.expires_at))

    def _hold(self, claims: Claims) -> None:
        self.patterns, self.audit = self._hub.shared(claims.groups), claims.audit
        self.pairs, self.expires_at = claims.pair, claims.exp

    def _end_of_grace(self) -> float:
        return self._hub.now() + self._hub.seconds_until(self.expires_at) + self._hub.limits.grace_s

    # what the log says

    def opened(self) -> None:
        """The log says that this is the user's live connection."""
        if self.phase is not Phase.OPENING:
            return
        self.phase, self.deadline = Phase.LIVE, self._end_of_grace()
        self._hub.lives(self)
        self.say(
            Connected(
                connection=self.connection,
                user=self.user,
                node=self._hub.node,
                expires_at=self.expires_at,
                ping_every_s=PING_EVERY_S,
                stale_after_s=int(self._hub.limits.stale_after_s),
                epoch=self._hub.feed.epoch,
            )
        )
        wanted, self._wanted = self._wanted, ()
        for each in wanted:
            join(self._hub, self, each)

    # what time says

    def look(self, now: float) -> None:
        """Close what has been silent or has waited for too long, and tell the log of groups that changed."""
        if self.phase is Phase.LIVE:
            if self.kind == "websocket" and now - self.seen_at > self._hub.limits.stale_after_s:
                self.close(CloseCode.STALE)
            elif now > self.deadline:
                self.close(CloseCode.EXPIRED)
            elif self.groups is not self.recorded:
                self._hub.record_groups(self)
        elif now > self.deadline:
            if self.phase is Phase.CLOSING:
                self._out.abort()
            else:
                self.close(CloseCode.NOT_OPENED)

    # the end

    def close(self, code: CloseCode, after_s: float = 0, *, told: bool = False) -> None:
        """Tell the client why, and wait for it to close the socket. told: the log knows already."""
        if self.phase in (Phase.CLOSING, Phase.ENDED):
            return
        why = None if told else WHY.get(code)
        self._over(Phase.CLOSING, why)
        self.deadline = self._hub.now() + self._hub.limits.close_within_s
        self._hub.closes(code)
        if code is CloseCode.SLOW:
            self._drop()
            self._out.abort()
        else:
            self.say(Bye(code=code, reason=code.reason, verdict=code.verdict, after_s=after_s))
            self._write()
            self._out.end(code)

    def gone(self, why: CloseReason) -> None:
        """The socket has ended. why: how, where it was not the hub that closed it."""
        if self.phase is not Phase.CLOSING:
            self._over(Phase.ENDED, why)
            self._hub.closes(None)
        self.phase = Phase.ENDED
        self._drop()
        self._hub.forget(self)

    def _over(self, phase: Phase, why: CloseReason | None) -> None:
        was, self.phase = self.phase, phase
        for group in self.groups:
            self._hub.fan_out.leave(group, self)
        self.groups = self.recorded = ()
        if was in (Phase.OPENING, Phase.LIVE) and why is not None:
            self._hub.tell_closed(self, why)
        if was is Phase.LIVE:
            self._hub.lives_no_more(self)

    def leave(self, group: str) -> None:
        """Tell the client of the group no more."""
        if group in self.groups:
            self._hub.fan_out.leave(group, self)
            self.groups = tuple(each for each in self.groups if each != group)
        self.say(Left(group=group))

    # the way out

    def say(self, frame: BaseModel) -> None:
        """Tell the client, behind what it is told already."""
        self._hub.fan_out.give(self, self._out.frame(frame.model_dump_json().encode()))

    def frame(self, message: Message) -> bytes:
        """A group's message as it goes over this connection."""
        return self._out.message(message, self.audit)

    def unsent(self) -> int:
        """How many bytes the client has not taken."""
        return self._out.unsent() + self._held_bytes

    def flush(self, joined: Joined) -> bool:
        """Write what is pending at once, unless the client does not take it; who lets too much wait is closed."""
        if self._held or self._out.unsent() > self._hub.limits.hold_bytes:
            return self._flush_some()
        if self.pending:
            data = self.pending[0] if len(self.pending) == 1 else joined[tuple(self.pending)]
            self._hub.figures.count(len(self.pending), len(data))
            self.pending.clear()
            self._out.write(data)
        return True

    def _flush_some(self) -> bool:
        """As much as the socket may hold. What is held back are the frames that all are told: it costs little."""
        limits = self._hub.limits
        self._held_bytes += sum(map(len, self.pending[self._held :]))
        self._held = len(self.pending)
        if self._held_bytes + self._out.unsent() > limits.slow_bytes:
            self.close(CloseCode.SLOW)
        elif self._out.unsent() <= limits.hold_bytes:
            self._write_some(limits.hold_bytes)
        return not self.pending

    def _write_some(self, most: int) -> None:
        size = count = 0
        while count < len(self.pending) and size < most:
            size += len(self.pending[count])
            count += 1
        self._held -= count
        self._held_bytes -= size
        self._hub.figures.count(count, size)
        self._out.write(b"".join(self.pending[:count]))
        del self.pending[:count]

    def _write(self) -> None:
        """All of it, whatever the client takes: it is the last."""
        if self.pending:
            data = b"".join(self.pending)
            self._hub.figures.count(len(self.pending), len(data))
            self._drop()
            self._out.write(data)

    def _drop(self) -> None:
        self.pending.clear()
        self._held = self._held_bytes = 0


def _cost_of(wanted: Wanted) -> int:
    return FLEET_COSTS if wanted.group == FLEET and wanted.after is not None else 1


def _error_of(error: ValidationError) -> Error:
    """What is wrong with a frame, in words."""
    found: list[Any] = list(error.errors(include_url=False, include_input=False))
    if found[0]["type"] in ("union_tag_invalid", "union_tag_not_found"):
        return Error(code="unknown_type", detail="`type` is to be connect, renew, join, leave or ping")
    told = "; ".join(f"{'/'.join(map(str, each['loc'][1:]))}: {each['msg']}" for each in found[:MOST_TOLD])
    return Error(code="invalid", detail=f"{told}. docs/hub.md says what a frame may hold.")
