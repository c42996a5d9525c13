"""A hub without a log: what it asks is kept, and a test says what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from schemas.hub.close_codes import CloseCode
from schemas.message import Request
from streams.hub.fan_out import FanOut, Joined, Message, wire
from streams.hub.hub import Hub
from streams.hub.limits import Limits
from streams.hub.session import Session
from streams.hub.tokens import Tokens

KEY = bytes(32)
EVERYTHING = ("fleet", "device:*", "client:*", "campaign:*")


class Clock:
    """Stands still until it is set; the wall's time is the same."""

    def __init__(self, at: float = 1_000_000.0) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at


class Asked:
    """What was asked of the log."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, Request]] = []
        self.not_taken = 0
        self.failing: dict[str, Callable[[], None]] = {}

    def ask(self, key: str, request: Request, request_id: str, failed: Callable[[], None] | None = None) -> None:
        self.requests.append((key, request))
        if failed is not None:
            self.failing[request_id] = failed

    def waiting(self) -> int:
        return self.not_taken

    def of(self, type_: str) -> list[Any]:
        """The requests of one type."""
        return [request for _, request in self.requests if request.type == type_]


class MadeUpPast:
    """A feed of one partition, whose messages are numbered."""

    epoch = "e1"

    def __init__(self) -> None:
        self.told: dict[str, list[Message]] = {}
        self.kept_from = 0

    def tell(self, fan_out: FanOut, group: str, **said: Any) -> None:
        """Something happened."""
        told = self.told.setdefault(group, [])
        frame = {"type": "event", "group": group, "at": f"device-events/0/{len(told)}", "event": said}
        payload = orjson.dumps(frame)
        told.append(Message(payload, payload))
        fan_out.publish(group, told[-1])

    def ends(self, group: str) -> Mapping[str, int]:
        return {"device-events/0": len(self.told.get(group, ())) - 1}

    def since(self, group: str, after: Mapping[str, int]) -> Sequence[Message] | None:
        begin = after.get("device-events/0", -1) + 1
        return self.told.get(group, [])[begin:] if begin >= self.kept_from else None


class Wire:
    """The client's end of a connection without a socket."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self.closed: CloseCode | None = None
        self.aborted = False
        self.waiting = 0

    def frame(self, payload: bytes) -> bytes:
        return wire(payload)

    def message(self, message: Message, audit: bool) -> bytes:
        return message.wire(audit)

    def write(self, data: bytes) -> None:
        while data:
            short = data[1]
            begin = 2 if short < 126 else 4
            end = begin + (short if short < 126 else int.from_bytes(data[2:4], "big"))
            self.told.append(orjson.loads(data[begin:end]))
            data = data[end:]

    def unsent(self) -> int:
        return self.waiting

    def end(self, code: CloseCode) -> None:
        self.closed = code

    def abort(self) -> None:
        self.aborted = True

    def types(self) -> list[str]:
        """Of the frames that came."""
        return [told["type"] for told in self.told]


class MadeUpHub:
    """A hub, its clock, what it asks of the log, and its feed."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.clock = Clock()
        self.asked = Asked()
        self.past = MadeUpPast()
        self.tokens = Tokens("here", KEY, self.clock)
        self.fan_out = FanOut()
        self.hub = Hub(
            self.tokens,
            self.past,
            self.fan_out,
            self.asked,
            limits or Limits(),
            clock=self.clock,
            wall=self.clock,
            draw=lambda: 0.5,
        )

    def token(
        self, user: str = "ann", groups: Sequence[str] = EVERYTHING, *, audit: bool = False, pair: bool = False
    ) -> str:
        return self.tokens.make(user, groups, audit=audit, pair=pair).token

    def enter(self) -> tuple[Session, Wire]:
        """A socket that has just been opened."""
        client = Wire()
        session = Session(self.hub, client, "websocket")
        self.hub.enter(session)
        return session, client

    def connected(self, *join: Any, user: str = "ann", audit: bool = False, pair: bool = False) -> tuple[Session, Wire]:
        """A live connection that wants these groups."""
        session, client = self.enter()
        wanted = [each if isinstance(each, dict) else {"group": each} for each in join]
        say(session, type="connect", token=self.token(user, audit=audit, pair=pair), join=wanted)
        self.hub.opened(user, session.connection)
        self.fan_out.flush()
        return session, client

    def after(self, seconds: float) -> None:
        """So much later, everybody is looked at."""
        self.clock.at += seconds
        self.hub.look()
        self.fan_out.flush()


def say(session: Session, **frame: Any) -> None:
    """The client says something."""
    session.heard(orjson.dumps(frame))
    session.flush(Joined())
