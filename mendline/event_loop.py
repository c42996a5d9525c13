"""The event loop of our processes: uvloop's, with one difference that aiokafka needs."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import uvloop

T = TypeVar("T")


class EventLoop(uvloop.Loop):
    """Answers a write to a connection that has ended with an OSError, as sockets do.

    uvloop raises RuntimeError. aiokafka (0.14, conn.py 422) does not know that: it would end whatever task writes, and
    with it a worker's intake, its place in the group, or a client's news of who leads.
    """

    async def create_connection(self, *arguments: Any, **named: Any) -> Any:
        """As `asyncio.loop.create_connection`."""
        transport, protocol = await super().create_connection(*arguments, **named)
        return EndingTransport(transport), protocol


class EndingTransport:
    """A transport that knows how to say that its connection has ended."""

    def __init__(self, transport: Any) -> None:
        self._transport = transport

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Raises ConnectionResetError."""
        _told(self._transport.write, data)

    def writelines(self, pieces: list[bytes]) -> None:
        """Raises ConnectionResetError."""
        _told(self._transport.writelines, pieces)


def run_until_done(work: Coroutine[Any, Any, T]) -> T:
    """Run a process' work to its end."""
    return uvloop.run(work, loop_factory=EventLoop)


def _told(write: Callable[[Any], None], what: Any) -> None:
    try:
        write(what)
    except RuntimeError as error:
        raise ConnectionResetError(str(error)) from error
