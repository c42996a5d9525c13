"""Listening to a client no more, but for the end of its socket."""

from __future__ import annotations

import asyncio

from aiohttp import web


class Silence:
    """Passes over whatever a client still says. `over` is set once its socket has ended."""

    def __init__(self) -> None:
        self.over = asyncio.Event()

    def feed_data(self, _data: bytes) -> tuple[bool, bytes]:
        """The client says more."""
        return False, b""

    def feed_eof(self) -> None:
        """The socket has ended."""
        self.over.set()


def silence(request: web.Request) -> Silence:
    """From here on pass over what the client of this request says."""
    silent = Silence()
    # aiohttp tells what follows an upgrade to such a parser: the only way to learn of a socket's end at once.
    request.protocol.set_parser(silent)  # type: ignore[arg-type]  # it asks for its own parser's class, and uses these two
    return silent
