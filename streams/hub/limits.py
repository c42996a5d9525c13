"""What a connection to the hub may cost, and how long it may keep the hub waiting."""

from __future__ import annotations

from typing import NamedTuple

from schemas.connection.requests import MOST_GROUPS
from schemas.hub.frames import CONNECT_WITHIN_S, SLOW_BYTES, STALE_AFTER_S
from schemas.hub.tokens import GRACE_S

REPLAY_BYTES = SLOW_BYTES // 2
"""Of one group: less than a socket may hold unsent. Whoever missed more loads the state anew."""


class Limits(NamedTuple):
    """Of one node. Those that clients are told of stand in docs/hub.md.

    open_within_s: for the log to say that a connection is live. close_within_s: for a client to answer a close.
    hold_bytes: what a socket may have unsent before the rest is held back, as frames that all share.
    replay_bytes: what of its past one group may tell at once; more, and the client is told to load the state anew.
    said_per_s: frames that a client may say, and groups that they name; said_at_once: before it is read no faster.
    spread_s: over how long clients are told to come back when the node ends.
    """

    connections: int = 20_000
    connects_per_s: float = 1000
    connect_within_s: float = CONNECT_WITHIN_S
    open_within_s: float = 10
    stale_after_s: float = STALE_AFTER_S
    grace_s: float = GRACE_S
    close_within_s: float = 5
    look_every_s: float = 1
    slow_bytes: int = SLOW_BYTES
    hold_bytes: int = 64 * 1024
    said_per_s: float = 100
    said_at_once: int = 2000
    replay_bytes: int = REPLAY_BYTES
    groups: int = MOST_GROUPS
    spread_s: float = 10
    seen_every_s: float = 10
