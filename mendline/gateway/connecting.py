"""Connections that say nothing: whoever connects has a while to send a request's headers, whatever else he does."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LONGEST_HEADERS_S = 15.0
MOST_HEADER_BYTES = 64 * 1024


class HeaderDeadline(HttpToolsProtocol):
    """uvicorn's own, which waits for ever for the first request of a connection, and for headers of any size."""

    def connection_made(self, transport: Any) -> None:
        """Somebody connects."""
        super().connection_made(transport)
        self._header_bytes = 0
        self._deadline: asyncio.TimerHandle | None = self.loop.call_later(LONGEST_HEADERS_S, transport.close)

    def data_received(self, data: bytes) -> None:
        """Something came."""
        super().data_received(data)
        if self._deadline is not None:
            self._header_bytes += len(data)
            if self._header_bytes > MOST_HEADER_BYTES:
                self.transport.close()

    def on_message_begin(self) -> None:
        """A request begins, the first or a later one of the connection."""
        super().on_message_begin()
        if self._deadline is None:
            self._header_bytes = 0
            self._deadline = self.loop.call_later(LONGEST_HEADERS_S, self.transport.close)

    def on_headers_complete(self) -> None:
        """Its headers are here."""
        self._end_deadline()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is over."""
        self._end_deadline()
        super().connection_lost(exc)

    def _end_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
