"""What the owner of a partition knows of a user's connections, and of a node."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from schemas.connection.requests import ConnectionKind

LINEAGE = 8
"""Connections that a live one stands for, at most: a browser's that come back by themselves, the last ones."""


class Connection(NamedTuple):
    """A live connection. stands_for: earlier ones of the same client, which it came back for, the oldest first."""

    id: str
    node: str
    kind: ConnectionKind
    groups: frozenset[str] = frozenset()
    stands_for: tuple[str, ...] = ()

    @property
    def line(self) -> tuple[str, ...]:
        """Those that it stands for, and itself."""
        return (*self.stands_for, self.id)


class User(NamedTuple):
    """A user: the connection that is live, and those that ended (ended.py)."""

    live: Connection | None = None
    ended: bytes = b""


class Node(NamedTuple):
    """A node; lost_at: when it counts as lost, unless it is seen again. None: it is."""

    lost_at: datetime | None


Registered = User | Node | None
"""What is known under a key; None: nothing yet."""
