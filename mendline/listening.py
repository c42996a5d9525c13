"""Where a server of ours listens, and how many it may answer at a time."""

from __future__ import annotations

import os
import resource
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from mendline.errors import ServerStartError

OWN_FILES = 200
"""Connections to the log and the database, and whatever else is open, at most."""
BACKLOG = 4096


@contextmanager
def listening(host: str, port: int, what: str, setting: str) -> Iterator[socket.socket]:
    """A socket there, for `what`, whose port `setting` names; raises ServerStartError."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise ServerStartError(
            f"{what} cannot listen on {host}:{port} ({_why(error)}): stop what does, or set {setting}"
        ) from error
    with listener:
        yield listener


def _why(error: OSError) -> str:
    """In the system's words alone: create_server adds the address, which is told already."""
    return os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)


def room_for_connections(most: int) -> int:
    """How many connections, of `most`, this process has room for: it may open as many files as the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = most + OWN_FILES
    if 0 <= soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return most if soft < 0 else max(1, min(most, soft - OWN_FILES))
