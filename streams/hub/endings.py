"""How an end is called on both sides: by the close code that a client is given, and by the reason in the log."""

from __future__ import annotations

from schemas.connection.requests import CloseReason
from schemas.hub.close_codes import CloseCode

WHY: dict[CloseCode, CloseReason] = {
    CloseCode.GOING_AWAY: "shutdown",
    CloseCode.SLOW: "slow",
    CloseCode.STALE: "stale",
    CloseCode.NODE_LOST: "node_lost",
    CloseCode.NOT_OPENED: "gone",
    CloseCode.EXPIRED: "expired",
    CloseCode.TOKEN_INVALID: "closed",
    CloseCode.DISCONNECTED: "disconnected",
    CloseCode.PROTOCOL: "closed",
}
"""What the log is told of a close by the hub. Of one that was replaced it knows already."""

BY_LOG: dict[CloseReason, CloseCode] = {
    "closed": CloseCode.GOING_AWAY,
    "stale": CloseCode.STALE,
    "slow": CloseCode.SLOW,
    "expired": CloseCode.EXPIRED,
    "node_lost": CloseCode.NODE_LOST,
    "disconnected": CloseCode.DISCONNECTED,
    "shutdown": CloseCode.GOING_AWAY,
    "gone": CloseCode.GOING_AWAY,
}
"""How a socket is closed whose connection the log says is closed."""
