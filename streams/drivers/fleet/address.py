"""Where a fleet listens: the path of a unix socket."""

from __future__ import annotations

import os
from pathlib import Path

LONGEST = 107
"""Bytes that Linux takes as the path of a unix socket (unix(7))."""


class SocketPathError(ValueError):
    """A unix socket's path must be short enough for the system."""

    def __init__(self, path: str, size: int) -> None:
        super().__init__(
            f"the fleet's socket {path} has a path of {size} bytes, and the system takes {LONGEST}: "
            "choose a shorter one"
        )


def address(socket: Path) -> str:
    """Give the path as the system takes it; raises SocketPathError."""
    path = str(socket)
    size = len(os.fsencode(path))
    if size > LONGEST:
        raise SocketPathError(path, size)
    return path
