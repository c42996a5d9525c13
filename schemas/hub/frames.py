"""The frames of the hub: JSON objects, one a WebSocket message, told apart by `type`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

from schemas.connection.requests import ConnectionId
from schemas.hub.close_codes import Verdict
from schemas.hub.groups import MOST_LETTERS, GroupName
from schemas.marks import Id

MOST_BYTES = 64 * 1024
"""Of a frame from a client."""
MOST_AT_ONCE = 100
"""Groups that one frame may name."""
PING_EVERY_S = 45
STALE_AFTER_S = 120
SLOW_BYTES = 1024 * 1024
CONNECT_WITHIN_S = 10

Cursor = Annotated[
    dict[Annotated[str, Field(max_length=300)], Annotated[int, Field(ge=-1, le=2**63 - 1)]],
    Field(
        max_length=4096,
        description="the last offset seen in each partition, `TOPIC/PARTITION`; what lies behind them follows",
    ),
]
Epoch = Annotated[str, Field(max_length=100, description="stands for this log: with another one no cursor fits")]
AnyGroup = Annotated[str, Field(max_length=MOST_LETTERS, description="a group's name, right or wrong")]
Count = Annotated[int, Field(ge=0)]
Code = Annotated[str, Field(description="a stable word for what is wrong")]
Detail = Annotated[str, Field(description="what is wrong, where, and what to do")]


class Frame(BaseModel):
    """One message of a WebSocket; members that a reader does not know are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Wanted(Frame):
    """A group to be joined; `epoch` and `after`: the cursor of whoever was in it before."""

    group: AnyGroup
    epoch: Epoch | None = None
    after: Cursor | None = None


Wishes = Annotated[tuple[Wanted, ...], Field(max_length=MOST_AT_ONCE)]
Token = Annotated[str, Field(max_length=16 * 1024, description="a JWT of `POST /api/ws-token`")]


class Connect(Frame):
    """The first frame of a connection, within 10 s: who it is, and what it wants to hear."""

    type: Literal["connect"] = "connect"
    token: Token
    join: Wishes = ()
    returns: Annotated[
        ConnectionId | None,
        Field(description="the connection that this one stands in for: refused if that one was replaced"),
    ] = None


class Renew(Frame):
    """A new token of the same user, in place of the one that is about to end."""

    type: Literal["renew"] = "renew"
    token: Token


class Join(Frame):
    """Hear these groups too; each is answered by `joined` or `refused`."""

    type: Literal["join"] = "join"
    groups: Wishes


class Leave(Frame):
    """Hear these groups no more; each is answered by `left`."""

    type: Literal["leave"] = "leave"
    groups: Annotated[tuple[AnyGroup, ...], Field(max_length=MOST_AT_ONCE)]


class Ping(Frame):
    """A sign of life, answered by `pong`."""

    type: Literal["ping"] = "ping"


class Connected(Frame):
    """The connection is live: the log says so. Every other connection of the user is being closed."""

    type: Literal["connected"] = "connected"
    connection: Id
    user: str
    node: str
    expires_at: Annotated[int, Field(description="when the token ends, seconds since 1970")]
    ping_every_s: int
    stale_after_s: int
    epoch: Epoch


class Joined(Frame):
    """The client is in the group from here on.

    recovered: null: it named no cursor; true: what it missed comes next; false: that was too long ago, or another log,
    so load the state anew.
    """

    type: Literal["joined"] = "joined"
    group: GroupName
    epoch: Epoch
    after: Cursor
    recovered: bool | None


class Refused(Frame):
    """The client is not in the group; the connection lives on."""

    type: Literal["refused"] = "refused"
    group: AnyGroup
    code: Code
    detail: Detail


class Left(Frame):
    """The client is in the group no more."""

    type: Literal["left"] = "left"
    group: AnyGroup


class Told(Frame):
    """What happened: the event's type, what it is about, when it was decided, and its data (docs/messages.md)."""

    type: str
    subject: str
    time: str
    data: dict[str, Any]


class EventFrame(Frame):
    """Something happened that the group is told of."""

    type: Literal["event"] = "event"
    group: GroupName
    at: Annotated[str, Field(description="where it lies: `TOPIC/PARTITION/OFFSET`, which moves the cursor")]
    event: Told


class Signal(Frame):
    """What the phone is to be shown while the device is paired; only for tokens that have `pair`.

    It stands nowhere in the log and moves no cursor. Whoever has its text can take the account over.
    """

    type: Literal["signal"] = "signal"
    group: GroupName
    pairing: Annotated[int, Field(ge=0, description="the pairing: the offset of its device_pairing_started")]
    kind: Annotated[Literal["qr", "code"], Field(description="a QR code to scan, or a code to type on the phone")]
    text: Annotated[str, Field(description="what the QR code or the code says")]
    until: Annotated[AwareDatetime, Field(description="no longer valid then, or when the next one comes")]


class Changes(Frame):
    """What happened in the fleet within a tenth of a second, as one."""

    type: Literal["changes"] = "changes"
    group: Literal["fleet"] = "fleet"
    after: Cursor
    counts: Annotated[dict[str, Count], Field(description="how many events there were of each type")]
    devices: Annotated[dict[str, str], Field(description="devices that changed, with the type of the last event")]
    clients: Annotated[dict[str, str], Field(description="clients that changed, likewise")]


class Renewed(Frame):
    """The new token holds."""

    type: Literal["renewed"] = "renewed"
    expires_at: Annotated[int, Field(description="when the token ends, seconds since 1970")]


class Pong(Frame):
    """The answer to a ping."""

    type: Literal["pong"] = "pong"


class Error(Frame):
    """Something in the client's last frame was wrong, and nothing was done of it; the connection lives on."""

    type: Literal["error"] = "error"
    code: Code
    detail: Detail


class Bye(Frame):
    """The hub closes the connection, with that code; `after_s`: how long to wait before coming back, if at all."""

    type: Literal["bye"] = "bye"
    code: int
    reason: str
    verdict: Verdict
    after_s: Annotated[float, Field(ge=0)] = 0


ClientFrame = Connect | Renew | Join | Leave | Ping
HubFrame = Connected | Joined | Refused | Left | EventFrame | Signal | Changes | Renewed | Pong | Error | Bye
FROM_CLIENT: tuple[type[Frame], ...] = (Connect, Renew, Join, Leave, Ping)
FROM_HUB: tuple[type[Frame], ...] = (
    *(Connected, Joined, Refused, Left, EventFrame, Signal, Changes, Renewed, Pong, Error, Bye),
)

client_frames: TypeAdapter[ClientFrame] = TypeAdapter(Annotated[ClientFrame, Field(discriminator="type")])
"""Reads what a client sends, out of JSON that is parsed already."""
hub_frames: TypeAdapter[HubFrame] = TypeAdapter(Annotated[HubFrame, Field(discriminator="type")])
"""Reads what the hub sends, likewise."""
