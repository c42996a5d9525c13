"""Taking connections in at a pace that a node can serve: whoever comes beyond it is turned away for little.

asyncio's own server takes in as many as wait, in one turn of the loop, and builds a connection for each: a flood of
them holds up all who are connected.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable

AT_A_TURN = 8
"""Half a millisecond each: what whoever is connected waits for in one turn of the loop."""
LOOKED_AT_BYTES = 16 * 1024
LINGER_S = 1.0
MOST_LINGERING = 256
"""Turned away and not closed yet: a close before the request has come would take the answer back."""
AGAIN_S = 0.1
DETAIL = b'{"status":503,"detail":"too many connect at once: ask another node, or soon again"}'
BUSY = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\n"
    b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(DETAIL), DETAIL)
)


class Pace:
    """A bucket of tokens: so many a second, and one second's worth at once after a quiet time."""

    def __init__(self, per_s: float, now: Callable[[], float]) -> None:
        self._per_s = self._left = per_s
        self._now = now
        self._at = now()

    def admits(self) -> bool:
        """Whether one more may come in now; then it counts."""
        now = self._now()
        self._left = min(self._per_s, self._left + (now - self._at) * self._per_s)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Accepting:
    """Takes connections from a listener, and gives each to a protocol of its own. turned_away: is told of each."""

    def __init__(
        self,
        listener: socket.socket,
        protocol: Callable[[], asyncio.Protocol],
        pace: Pace,
        turned_away: Callable[[], None],
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._listener = listener
        self._protocol = protocol
        self._pace = pace
        self._turned_away = turned_away
        self._beginning: set[asyncio.Task[None]] = set()
        self._lingering: dict[socket.socket, asyncio.TimerHandle] = {}
        self._later: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Take in whoever comes."""
        self._listener.setblocking(False)
        self._loop.add_reader(self._listener.fileno(), self._accept)

    def end(self) -> None:
        """Take nobody in any more."""
        self._loop.remove_reader(self._listener.fileno())
        if self._later is not None:
            self._later.cancel()
        for task in self._beginning:
            task.cancel()
        for came in [*self._lingering]:
            self._close(came)

    def _accept(self) -> None:
        for _ in range(AT_A_TURN):
            try:
                came, _ = self._listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError:  # no files left: those that wait would wake this up again at once
                self._pause()
                return
            came.setblocking(False)
            if self._pace.admits():
                self._take(came)
            else:
                self._turn_away(came)

    def _pause(self) -> None:
        self._loop.remove_reader(self._listener.fileno())
        self._later = self._loop.call_later(AGAIN_S, self.begin)

    def _take(self, came: socket.socket) -> None:
        task = self._loop.create_task(self._connect(came))
        self._beginning.add(task)
        task.add_done_callback(self._beginning.discard)

    async def _connect(self, came: socket.socket) -> None:
        with contextlib.suppress(OSError):  # it went away again
            await self._loop.connect_accepted_socket(self._protocol, came)

    def _turn_away(self, came: socket.socket) -> None:
        self._turned_away()
        with contextlib.suppress(OSError):
            came.recv(LOOKED_AT_BYTES)
        with contextlib.suppress(OSError):
            came.send(BUSY)
            came.shutdown(socket.SHUT_WR)
        self._lingering[came] = self._loop.call_later(LINGER_S, self._close, came)
        if len(self._lingering) > MOST_LINGERING:
            self._close(next(iter(self._lingering)))

    def _close(self, came: socket.socket) -> None:
        self._lingering.pop(came).cancel()
        came.close()
