"""Free ports below the ephemeral range, kept from other processes until a server takes them."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator

from mendline.errors import NoFreePortError

# Linux gives outgoing connections 32768 and above: a server that restarts there may find its port taken.
RANGE = range(20_000, 32_768)
LOOPBACK = "127.0.0.1"


class ReservedPort:
    """A port that is bound here, without listening, so that only who may share it (our server) gets it."""

    def __init__(self, holder: socket.socket) -> None:
        self._holder = holder
        self.number: int = holder.getsockname()[1]

    def release(self) -> None:
        """Give the port back."""
        self._holder.close()


def reserve(preferred: int | None = None) -> ReservedPort:
    """Reserve `preferred` when nobody listens there, else any free port; raises NoFreePortError."""
    for number, shared in _candidates(preferred):
        try:
            return ReservedPort(_bound(number, shared))
        except OSError:
            continue
    message = f"no free port from {RANGE.start} to {RANGE.stop - 1}: stop a server that listens there"
    raise NoFreePortError(message)


def is_free(host: str, port: int) -> bool:
    """Whether a server can listen there now; connections of one that has just ended do not matter."""
    try:
        with socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET):
            return True
    except OSError:
        return False


def free_port() -> int:
    """A port that nobody has at this moment; raises NoFreePortError."""
    reserved = reserve()
    reserved.release()
    return reserved.number


def _candidates(preferred: int | None) -> Iterator[tuple[int, bool]]:
    if preferred is not None and preferred in RANGE:
        # Connections of the server's last run linger there for a minute: only a shared bind passes them.
        yield preferred, True
    yield from ((number, False) for number in random.sample(RANGE, k=len(RANGE)))


def _bound(number: int, shared: bool) -> socket.socket:
    holder = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, shared)
        holder.bind((LOOPBACK, number))
        # Set after binding: we took a port that nobody else holds, and our server may now join us there.
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, True)
    except OSError:
        holder.close()
        raise
    return holder
