"""One end of a fleet's socket: lines of JSON, at most one write a loop turn."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

import orjson

LINE = orjson.OPT_APPEND_NEWLINE


class Channel(asyncio.Protocol):
    """Gathers what is put in one loop turn into one line; gives each received line's messages together."""

    def __init__(self, received: Callable[[list[Any]], None], lost: Callable[[Exception | None], None]) -> None:
        self._received = received
        self._lost = lost
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._turn: list[list[object]] = []
        self._pieces: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        self._lost(error)

    def data_received(self, data: bytes) -> None:
        *ends, rest = data.split(b"\n")
        for end in ends:
            line, self._pieces = b"".join([*self._pieces, end]), []
            self._hear(line)
        if rest:
            self._pieces.append(rest)

    def _hear(self, line: bytes) -> None:
        try:
            messages = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            self.put("refused", f"a line is not JSON: {error}")
            self.close()
        else:
            self._received(messages)

    def put(self, word: str | int, *about: object) -> None:
        """Send a message at the end of this loop turn; it is dropped when the other end is gone."""
        if not self._turn:
            self._loop.call_soon(self.flush)
        self._turn.append([word, *about])

    def put_in_run(self, word: str, *about: object) -> None:
        """Send a message whose word may be followed by several, one after the other (no object a message)."""
        if self._turn and self._turn[-1][0] == word:
            self._turn[-1] += about
        else:
            self.put(word, *about)

    def flush(self) -> None:
        """Send what has been put."""
        turn: list[list[object]]
        turn, self._turn = self._turn, []
        if self._transport is not None and turn:
            self._transport.write(orjson.dumps(turn, option=LINE))

    def close(self) -> None:
        """Send what has been put, and close."""
        self.flush()
        if self._transport is not None:
            self._transport.close()
