"""Connections as strangers use them: slow, endless, malformed, too many, or gone before they are answered."""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from mendline.gateway.patience import Patience
from mendline.gateway.problems import ProblemError

BODY_HEADERS = {b"content-length", b"transfer-encoding"}
MOST_HEADER_BYTES = 64 * 1024
MOST_PIPELINED = 32
"""Requests that wait behind one on the same connection; each costs more memory than it has bytes."""
NOT_HTTP = "this is no HTTP/1.1: see that each line of the request is right"
NO_UPGRADE = "connections are not upgraded here: leave Upgrade out (in Java: HttpClient.Version.HTTP_1_1)"
TOO_LARGE = f"the request's line and headers may have {MOST_HEADER_BYTES:,} bytes together"
TOO_MANY = "this node has as many connections as it can: ask again soon, or another node"


class Bounds(NamedTuple):
    """What connections may cost: how many there may be, and how long each may keep the server waiting.

    headers_s: for a request's line and headers. rest_s: for what is left of a body that is answered already, so that
    who still sends sees the answer. unread_s: for an answer that nobody takes.
    """

    most: int
    headers_s: float = 15.0
    rest_s: float = 5.0
    unread_s: float = 60.0


class Connection(HttpToolsProtocol):
    """uvicorn's own, which waits for ever, takes headers of any size, and goes on for those who have gone."""

    bounds: Bounds

    def connection_made(self, transport: Any) -> None:
        """Somebody connects."""
        super().connection_made(transport)
        self._headers = Patience(self.loop, self.bounds.headers_s, transport.close)
        self._rest = Patience(self.loop, self.bounds.rest_s, transport.close)
        self._unread = Patience(self.loop, self.bounds.unread_s, transport.abort)
        self._header_bytes = self._unparsed_bytes = self._messages = 0
        self._answering: tuple[RequestResponseCycle, asyncio.Task[None]] | None = None
        if len(self.connections) > self.bounds.most:
            self._refuse(ProblemError("too_many_connections", TOO_MANY))
        else:
            self._headers.begin()

    def data_received(self, data: bytes) -> None:
        """Something came."""
        if self.transport.is_closing():
            return
        messages = self._messages
        super().data_received(data)
        if self._answering is None and not self._rest.begun:
            self._headers.begin()  # also where it was nothing that begins a request
        if messages == self._messages and self._headers.begun:
            self._unparsed_bytes += len(data)
            self._check(self._unparsed_bytes)

    def on_message_begin(self) -> None:
        """A request begins, the first or a later one of the connection."""
        super().on_message_begin()
        self._messages += 1
        self._header_bytes = self._unparsed_bytes = 0
        self._headers.begin()

    def on_url(self, url: bytes) -> None:
        """Some of the address came."""
        super().on_url(url)
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header came."""
        super().on_header(name, value)
        self._count(len(name) + len(value))

    def on_headers_complete(self) -> None:
        """Its headers are here."""
        self._headers.end()
        if len(self.pipeline) >= MOST_PIPELINED:
            self.transport.close()
        if self.transport.is_closing():
            return None
        upgrades = self.parser.should_upgrade()
        if upgrades and not BODY_HEADERS.isdisjoint(name for name, _ in self.headers):
            return self._refuse(ProblemError("malformed", NO_UPGRADE))
        super().on_headers_complete()
        if upgrades:
            self.cycle.keep_alive = False  # what came behind it would not be read as HTTP
        return None

    def on_body(self, body: bytes) -> None:
        """Some of the body came."""
        if not self.transport.is_closing():
            super().on_body(body)

    def on_message_complete(self) -> None:
        """All of the request is here."""
        self._rest.end()
        if not self.transport.is_closing():
            super().on_message_complete()

    def on_response_complete(self) -> None:
        """It is answered."""
        self._answering = None
        super().on_response_complete()
        if self.cycle.more_body and self.cycle.response_complete:
            self._rest.begin()

    def pause_writing(self) -> None:
        """The answer is not taken as fast as it is given."""
        super().pause_writing()
        self._unread.begin()

    def resume_writing(self) -> None:
        """It is taken."""
        super().resume_writing()
        self._unread.end()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is over, and nobody waits for what was asked over it."""
        for patience in (self._headers, self._rest, self._unread):
            patience.end()
        super().connection_lost(exc)
        if self._answering is not None:
            cycle, task = self._answering
            cycle.disconnected = True
            task.cancel()

    def send_400_response(self, msg: str) -> None:
        """It is no HTTP."""
        self._refuse(ProblemError("malformed", NOT_HTTP))

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        async def until_gone(*connection: Any) -> None:
            try:
                await app(*connection)
            except asyncio.CancelledError:
                if not cycle.disconnected:
                    raise

        task = self.loop.create_task(cycle.run_asgi(until_gone))
        self._answering = cycle, task
        task.add_done_callback(self.tasks.discard)
        self.tasks.add(task)

    def _count(self, more: int) -> None:
        self._header_bytes += more
        self._check(self._header_bytes)

    def _check(self, header_bytes: int) -> None:
        if header_bytes > MOST_HEADER_BYTES and not self.transport.is_closing():
            self._refuse(ProblemError("headers_too_large", TOO_LARGE))

    def _refuse(self, problem: ProblemError) -> None:
        """Answer without the application, and close."""
        if self._answering is None:
            self.transport.write(problem.as_http())
        self.transport.close()


def connections_within(bounds: Bounds) -> type[Connection]:
    """Connections to a server that has these bounds."""
    return type("BoundedConnection", (Connection,), {"bounds": bounds})
