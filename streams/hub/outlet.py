"""The way out to a client: how frames look on its wire, and writing them. WebSockets here, streams in events.py."""

from __future__ import annotations

import asyncio
from typing import Protocol

from schemas.hub.close_codes import CloseCode
from streams.hub.fan_out import CLOSE, Message, wire

PONG = 0x8A
MOST_UNSENT_BYTES = 64 * 1024
"""What may wait when a ping is answered: who floods a node with pings and never reads would fill its memory."""


class Outlet(Protocol):
    """One client's wire."""

    def frame(self, payload: bytes) -> bytes:
        """A frame, as JSON, as it goes over this wire."""

    def message(self, message: Message, audit: bool) -> bytes:
        """A message of a group likewise."""

    def write(self, data: bytes) -> None:
        """Send it as soon as the client takes it; nothing where the socket has ended."""

    def unsent(self) -> int:
        """How many bytes the client has not taken yet."""

    def end(self, code: CloseCode) -> None:
        """Say that this is the end; the client closes the socket then."""

    def abort(self) -> None:
        """Close the socket, whatever is not sent yet."""


class WebSocketOutlet:
    """A WebSocket, written to directly: aiohttp's own way costs four times as much (benchmarks)."""

    __slots__ = ("_transport",)

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def frame(self, payload: bytes) -> bytes:
        """A text frame."""
        return wire(payload)

    def message(self, message: Message, audit: bool) -> bytes:
        """A text frame that is built once for all."""
        return message.wire(audit)

    def write(self, data: bytes) -> None:
        """Send it."""
        if not self._transport.is_closing():
            self._transport.write(data)

    def unsent(self) -> int:
        """What the system has not taken."""
        return 0 if self._transport.is_closing() else self._transport.get_write_buffer_size()

    def end(self, code: CloseCode) -> None:
        """A close frame (RFC 6455 §5.5.1)."""
        self.write(wire(int(code).to_bytes(2, "big") + code.reason.encode(), CLOSE))

    def pong(self, payload: bytes) -> None:
        """The answer to a ping of the WebSocket protocol itself; none for who does not read what it is sent."""
        if self.unsent() < MOST_UNSENT_BYTES:
            self.write(wire(payload, PONG))

    def abort(self) -> None:
        """Close the socket."""
        self._transport.abort()
