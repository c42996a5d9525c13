"""One partition's way into the log: one batch is under way, and what comes meanwhile goes out with the next."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from streams.log.ports import EventRecord
from streams.log.producers import BATCH_OVERHEAD_BYTES, MAX_BATCH_BYTES, RECORD_OVERHEAD_BYTES

MOST_BYTES = MAX_BATCH_BYTES - BATCH_OVERHEAD_BYTES


class Piece(NamedTuple):
    """Records of one caller that lie side by side in the log; `base`: where the first of them does."""

    records: Sequence[EventRecord]
    size: int
    base: asyncio.Future[int]


class Lane:
    """Appends pieces in the order in which they came; `append` takes a batch and gives its base offset."""

    def __init__(self, append: Callable[[Sequence[EventRecord]], Awaitable[int]]) -> None:
        self._append = append
        self._waiting: deque[Piece] = deque()
        self._pumping: asyncio.Task[None] | None = None

    def put(self, records: Sequence[EventRecord]) -> list[Piece]:
        """Begin to append them; more pieces than one where they do not fit into a batch."""
        loop = asyncio.get_running_loop()
        pieces = [Piece(some, size, loop.create_future()) for some, size in cut(records)]
        self._waiting += pieces
        if self._pumping is None:
            self._pumping = loop.create_task(self._pump())
        return pieces

    async def close(self) -> None:
        """Begin nothing more; what is not acknowledged yet stays unknown."""
        if self._pumping is not None:
            self._pumping.cancel()
            await asyncio.wait([self._pumping])

    async def _pump(self) -> None:
        try:
            while self._waiting:
                await self._append_some(self._next())
        finally:
            self._pumping = None
            for piece in self._waiting:
                piece.base.cancel()
            self._waiting.clear()

    async def _append_some(self, pieces: Sequence[Piece]) -> None:
        try:
            base = await self._append([record for piece in pieces for record in piece.records])
        except asyncio.CancelledError:
            for piece in pieces:
                piece.base.cancel()
            raise
        except Exception as error:  # it belongs to who waits for these pieces, and the next ones go on
            for piece in pieces:
                if not piece.base.done():
                    piece.base.set_exception(error)
            return
        for piece in pieces:
            if not piece.base.done():
                piece.base.set_result(base)
            base += len(piece.records)

    def _next(self) -> list[Piece]:
        """As many of those that wait as fit into one batch."""
        pieces = [self._waiting.popleft()]
        room = MOST_BYTES - pieces[0].size
        while self._waiting and self._waiting[0].size <= room:
            room -= self._waiting[0].size
            pieces.append(self._waiting.popleft())
        return pieces


def cut(records: Sequence[EventRecord]) -> list[tuple[Sequence[EventRecord], int]]:
    """The records in portions that each fit into a batch, and how many bytes each takes there at most."""
    portions: list[tuple[Sequence[EventRecord], int]] = []
    begin = size = 0
    for number, (key, value) in enumerate(records):
        more = len(key) + len(value) + RECORD_OVERHEAD_BYTES
        if size + more > MOST_BYTES and number > begin:
            portions.append((records[begin:number], size))
            begin, size = number, 0
        size += more
    return [*portions, (records[begin:], size)]
