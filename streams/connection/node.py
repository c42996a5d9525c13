"""Deciding whether a node is at work: silent for 30 s it is lost, and never comes back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import assert_never

from schemas.connection import ConnectionEvent
from schemas.connection.events import NodeLost, NodeRecorded
from schemas.connection.requests import NodeLossRequested, NodeRequest, NodeSeen
from schemas.envelope import EventEnvelope
from streams.connection.state import Node
from streams.ownership.asked import Asked

SILENT_S = 30.0
"""So long a node may be silent; it says every 10 s that it is at work."""
LOST = "this node was silent for too long and counts as lost: close every socket and begin again under a new id"
ALIVE = "this node is at work, as far as the log says: it is lost once it was silent for 30 s"


def decide_node(node: Node | None, asked: Asked[NodeRequest], at: datetime) -> ConnectionEvent:
    """The fate of a request."""
    request, lost_at = asked.request, at + timedelta(seconds=SILENT_S)
    lost = node is not None and node.lost_at is None
    match request:
        case NodeSeen():
            if lost:
                return asked.refused("node_lost", LOST)
            return NodeRecorded(address=request.address, lost_at=lost_at)
        case NodeLossRequested():
            if node is None:  # it holds connections, says who asks, so it should be heard of soon
                return NodeRecorded(lost_at=lost_at)
            return asked.already_done("lost") if lost else asked.refused("node_alive", ALIVE)
        case _:
            assert_never(request)


def says_lost(event: EventEnvelope) -> bool:
    """Whether what counts and is about a node calls it lost: a loss that was not read is repeated in every answer."""
    return event.type == NodeLost.type or event.data.get("reason") in ("node_lost", "lost")
