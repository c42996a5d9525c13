"""Records on their way to one partition: what comes while an append runs goes with the next one.

A broken producer makes thousands of dead letters at once. Appended one by one, they wait for one another longer than
aiokafka lets them (its `add_batch` counts every wait anew), and hold up all else that the producer is to write.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from itertools import islice
from typing import NamedTuple

from streams.log.producers import BATCH_OVERHEAD_BYTES, MAX_BATCH_BYTES, RECORD_OVERHEAD_BYTES, BatchTooLargeError

HEADER_OVERHEAD_BYTES = 10
MOST_BYTES = MAX_BATCH_BYTES - BATCH_OVERHEAD_BYTES
"""Of one record."""
TOGETHER_BYTES = 256 * 1024
"""Of several: a topic of requests may be allowed smaller batches than ours, and each of them would have fitted."""


class Record(NamedTuple):
    """What is to be appended."""

    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()

    def size(self) -> int:
        """The bytes that it takes in a batch, at most."""
        headers = sum(len(name.encode()) + len(value or b"") + HEADER_OVERHEAD_BYTES for name, value in self.headers)
        return RECORD_OVERHEAD_BYTES + len(self.key or b"") + len(self.value or b"") + headers


class Gathering:
    """One append at a time. append: puts records in one batch, however long that takes."""

    def __init__(self, append: Callable[[Sequence[Record]], Awaitable[None]]) -> None:
        self._append = append
        self._turn = asyncio.Lock()
        self._waiting: deque[Record] = deque()
        self._came = 0
        self._gone = 0

    async def put(self, records: Iterable[Record]) -> None:
        """Append records behind all that were put before, acknowledged; raises BatchTooLargeError for one too large."""
        before = len(self._waiting)
        self._waiting.extend(records)
        self._came += len(self._waiting) - before
        last = self._came
        async with self._turn:
            while self._gone < last:
                await self._append_some()

    async def _append_some(self) -> None:
        """Who is cancelled meanwhile leaves the others' records, and its own, to the next one."""
        some = list(islice(self._waiting, how_many(map(Record.size, self._waiting), TOGETHER_BYTES)))
        try:
            await self._append(some)
        except BatchTooLargeError:
            self._forget(1)
            raise
        self._forget(len(some))

    def _forget(self, count: int) -> None:
        for _ in range(count):
            self._waiting.popleft()
        self._gone += count


def how_many(sizes: Iterable[int], limit: int) -> int:
    """So many of the first fit together; one at least."""
    whole = count = 0
    for size in sizes:
        whole += size
        if count and whole > limit:
            break
        count += 1
    return count
