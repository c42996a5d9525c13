"""A user's connections that ended, packed: 8 bytes each, the newest last, and no more than 256.

A copy of an old request must not open a connection anew, also where 200 came at once; and who comes back for one that
was ended for good has to be told so.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

SIZE = 8
MOST = 256


def with_ended(ended: bytes, connections: Iterable[str], *, for_good: bool) -> bytes:
    """These too; for_good: nobody may come back for them."""
    added = b"".join(_packed(connection, for_good) for connection in connections)
    return (ended + added)[-SIZE * MOST :]


def has_ended(ended: bytes, connection: str) -> bool:
    """Whether it is among those that are known to have ended."""
    return _found(ended, connection) is not None


def may_return(ended: bytes, connection: str) -> bool:
    """Whether somebody may come back for it; for one that may be forgotten, nobody: at least 256 ended since."""
    last = _found(ended, connection)
    return last == 0 if last is not None else len(ended) < SIZE * MOST


def _found(ended: bytes, connection: str) -> int | None:
    """The newest word about it: 1 for good, 0 not; None: there is none."""
    wanted = _packed(connection, for_good=False)[:-1]
    words = range(len(ended) - SIZE, -1, -SIZE)
    return next((ended[at + SIZE - 1] for at in words if ended[at : at + SIZE - 1] == wanted), None)


def _packed(connection: str, for_good: bool) -> bytes:
    return blake2b(connection.encode(), digest_size=SIZE - 1).digest() + bytes([for_good])
