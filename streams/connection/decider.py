"""The decider of a user's connections and of a node: `decide`, `evolve`, `INITIAL`, and what falls due. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from schemas.connection import ConnectionEvent, ConnectionStreamRequest
from schemas.connection import events as e
from schemas.connection import requests as r
from schemas.connection.subjects import NODE, is_node, node_of
from schemas.message import RequestAlreadyDone, RequestRefused
from streams.connection.node import decide_node
from streams.connection.state import Node, Registered, User
from streams.connection.user import closed, decide_user, in_groups, opened
from streams.ownership.asked import Asked

INITIAL: Registered = None
NO_USER = f"subject: {{!r}} names a node, not a user: no user's id begins with {NODE}"
NO_NODE = f"subject: {{!r}} names no node: that is {NODE}ID, with an ID of 1 to 64 of A-Z a-z 0-9 . _ -"


def decide(known: Registered, asked: Asked[ConnectionStreamRequest], at: datetime) -> Sequence[ConnectionEvent]:
    """The fate of a request, and what follows it; at: when it is decided."""
    request = asked.request
    match request:
        case r.NodeSeen() | r.NodeLossRequested():
            if not is_node(asked.key):
                return [asked.refused("invalid", NO_NODE.format(asked.key))]
            node = known if isinstance(known, Node) else None
            return [decide_node(node, asked, at)]  # type: ignore[arg-type]  # what is asked of nodes
        case _:
            if node_of(asked.key) is not None:
                return [asked.refused("invalid", NO_USER.format(asked.key))]
            return decide_user(_user(known), asked)  # type: ignore[arg-type]  # what is asked of users


def _user(known: Registered) -> User:
    return known if isinstance(known, User) else User()


def evolve(known: Registered, event: ConnectionEvent) -> Registered:
    """What is known after `event`."""
    match event:
        case e.ConnectionOpened():
            return opened(_user(known), event)
        case e.ConnectionClosed():
            return closed(_user(known), event)
        case e.GroupJoined() | e.GroupLeft():
            return in_groups(_user(known), event)
        case e.NodeRecorded():
            return Node(event.lost_at)
        case e.NodeLost():
            return Node(None)
        case e.ConnectionReplaced() | RequestRefused() | RequestAlreadyDone():  # said by what opened the newer one
            return known
        case _:
            assert_never(event)


def due_at(known: Registered) -> datetime | None:
    """When a node counts as lost."""
    return known.lost_at if isinstance(known, Node) else None


def fall_due(known: Registered) -> ConnectionEvent:
    """What happens then."""
    return e.NodeLost()
