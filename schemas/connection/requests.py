"""What may be asked of a user's connection, and of a node of the hub."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from schemas.message import Request, message

MOST_AT_ONCE = 100
"""Groups that one request may name."""
MOST_GROUPS = 1000
"""That one connection is in."""


def _each_once(groups: tuple[str, ...]) -> tuple[str, ...]:
    if not groups or len(groups) > MOST_AT_ONCE or len(set(groups)) < len(groups):
        raise PydanticCustomError("groups", f"should name 1 to {MOST_AT_ONCE} groups, and none twice")
    return groups


ConnectionId = Annotated[
    str, Field(pattern="^[A-Za-z0-9-]{1,64}$", description="the connection, by the id that its node has drawn for it")
]
Returns = Annotated[
    str,
    Field(
        pattern="^[A-Za-z0-9-]{1,64}$",
        description="the connection that this one stands in for: its client came back by itself, which is refused "
        "where that one was replaced by another client's, or disconnected",
    ),
]
NodeId = Annotated[
    str, Field(pattern="^[A-Za-z0-9._-]{1,64}$", description="the hub's node, by the id that it drew when it began")
]
ConnectionKind = Annotated[Literal["websocket", "sse"], Field(description="what the client speaks")]
CloseReason = Literal["closed", "stale", "slow", "expired", "node_lost", "disconnected", "shutdown", "gone"]
WhyClosed = Annotated[
    CloseReason,
    Field(
        description="the client closed it; it was silent; it did not read; its token ran out; its node is lost; a "
        "person ended it; its node ends; its socket was gone"
    ),
]
Group = Annotated[str, Field(pattern=r"^[a-z]{1,20}(:[A-Za-z0-9._:@+/=-]{1,128})?$")]
Groups = Annotated[
    tuple[Group, ...],
    AfterValidator(_each_once),
    Field(description="`fleet`, `device:ID`, `client:ID`, `campaign:NAME`, `user:ID`: 1 to 100, none twice"),
]


@message
class ConnectionRequested(Request):
    """Make this the user's live connection, in place of an older one; asked by its node."""

    type: ClassVar[str] = "connection_requested"
    connection: ConnectionId
    node: NodeId
    kind: ConnectionKind
    returns: Returns | None = None


@message
class ConnectionCloseRequested(Request):
    """End the user's connection."""

    type: ClassVar[str] = "connection_close_requested"
    connection: ConnectionId | None = None
    why: WhyClosed


@message
class GroupJoinRequested(Request):
    """Note which groups a live connection listens to; its right was looked at by its node."""

    type: ClassVar[str] = "group_join_requested"
    connection: ConnectionId
    groups: Groups


@message
class GroupLeaveRequested(Request):
    """Note which groups a live connection listens to no more."""

    type: ClassVar[str] = "group_leave_requested"
    connection: ConnectionId
    groups: Groups


@message
class NodeSeen(Request):
    """The node is at work; it says so every 10 s."""

    type: ClassVar[str] = "node_seen"
    address: Annotated[str, Field(min_length=1, max_length=500, description="where clients reach it")]


@message
class NodeLossRequested(Request):
    """Say whether the node is lost: asked by whoever has become the owner of users that are connected there."""

    type: ClassVar[str] = "node_loss_requested"


UserRequest = ConnectionRequested | ConnectionCloseRequested | GroupJoinRequested | GroupLeaveRequested
NodeRequest = NodeSeen | NodeLossRequested
ConnectionStreamRequest = UserRequest | NodeRequest
