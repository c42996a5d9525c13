"""What happens to a user's connection, and to a node of the hub."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from schemas.connection.requests import ConnectionId, ConnectionKind, Groups, NodeId, Returns, WhyClosed
from schemas.marks import Moment
from schemas.message import Event, message


@message
class ConnectionOpened(Event):
    """This is the user's live connection from now on. Always a fate."""

    type: ClassVar[str] = "connection_opened"
    connection: ConnectionId
    node: NodeId
    kind: ConnectionKind
    returns: Returns | None = None


@message
class ConnectionReplaced(Event):
    """A newer connection of the user has taken this one's place; it is over for good, and in no group."""

    type: ClassVar[str] = "connection_replaced"
    connection: ConnectionId
    by: Annotated[str, Field(pattern="^[A-Za-z0-9-]{1,64}$", description="the newer connection")]


@message
class ConnectionClosed(Event):
    """The connection is over, and in no group. Always a fate."""

    type: ClassVar[str] = "connection_closed"
    connection: ConnectionId
    why: WhyClosed


@message
class GroupJoined(Event):
    """The connection listens to these groups too. Always a fate."""

    type: ClassVar[str] = "group_joined"
    connection: ConnectionId
    groups: Groups


@message
class GroupLeft(Event):
    """The connection listens to these groups no more. Always a fate."""

    type: ClassVar[str] = "group_left"
    connection: ConnectionId
    groups: Groups


@message
class NodeRecorded(Event):
    """The node is at work, and may have connections. Always a fate."""

    type: ClassVar[str] = "node_recorded"
    address: Annotated[str, Field(max_length=500, description="where clients reach it, once it has said so")] | None = (
        None
    )
    lost_at: Annotated[Moment, Field(description="when it counts as lost, unless it is seen again")]


@message
class NodeLost(Event):
    """The node was silent for too long; it never comes back, and closes its sockets when it reads this."""

    type: ClassVar[str] = "node_lost"


ConnectionLifeEvent = (
    ConnectionOpened | ConnectionReplaced | ConnectionClosed | GroupJoined | GroupLeft | NodeRecorded | NodeLost
)
