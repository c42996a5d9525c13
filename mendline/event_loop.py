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

    async def start_tls(self, transport: Any, *arguments: Any, **named: Any) -> Any:
        """As `asyncio.loop.start_tls`: a driver's client may begin in plain text."""
        if not isinstance(transport, EndingTransport):
            return await super().start_tls(transport, *arguments, **named)
        return EndingTransport(await super().start_tls(transport.within, *arguments, **named))


class EndingTransport:
    """A transport that knows how to say that its connection has ended."""

    def __init__(self, transport: Any) -> None:
        self.within = transport

    def __getattr__(self, name: str) -> Any:
        return getattr(self.within, name)

    def write(self, data: bytes) -> None:
        """Raises ConnectionResetError."""
        _told(self.within.write, data)

    def writelines(self, pieces: list[bytes]) -> None:
        """Raises ConnectionResetError."""
        _told(self.within.writelines, pieces)


def run_until_done(work: Coroutine[Any, Any, T]) -> T:
    """Run a process' work to its end."""
    return uvloop.run(work, loop_factory=EventLoop)


def _told(write: Callable[[Any], None], what: Any) -> None:
    try:
        write(what)
    except RuntimeError as error:
        raise ConnectionResetError(str(error)) from error
