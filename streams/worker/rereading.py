"""Reading the bodies of waiting sends again that an owner does not keep in memory."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

from streams.log.ports import EventLog, LogError, LogRecord
from streams.worker.owning import PartitionOwner

log = logging.getLogger(__name__)

Took = Callable[[PartitionOwner, Sequence[LogRecord]], None]


class Rereading:
    """Of one partition: sweeps through the log for as long as its owner lacks anything.

    took: gets what was read, fetch by fetch. failed: gets what went wrong beside the reading. retry_s: the pause after
    a fetch that brought nothing.
    """

    def __init__(
        self, partition: int, events: EventLog, took: Took, failed: Callable[[Exception], None], retry_s: float
    ) -> None:
        self._partition = partition
        self._events = events
        self._took = took
        self._failed = failed
        self._retry_s = retry_s
        self._task: asyncio.Task[None] | None = None

    def look(self, owner: PartitionOwner) -> None:
        """Begin to read, if the owner lacks anything."""
        if self._task is None and owner.lacking():
            self._task = asyncio.get_running_loop().create_task(self._read(owner))

    async def _read(self, owner: PartitionOwner) -> None:
        try:
            while offsets := owner.lacking():
                await self._sweep(owner, offsets)
        except Exception as error:
            self._failed(error)
        finally:
            self._task = None

    async def _sweep(self, owner: PartitionOwner, offsets: Sequence[int]) -> None:
        """Once over all of them; what could not be read is still lacking, and is read in the next."""
        while offsets:
            records = await self._fetch(offsets)
            last = records[-1].offset if records else offsets[0]
            offsets = [offset for offset in offsets if offset > last]
            self._took(owner, records)

    async def _fetch(self, offsets: Sequence[int]) -> Sequence[LogRecord]:
        try:
            records = await self._events.pick(self._partition, offsets)
        except LogError as error:
            log.warning("partition %d: waiting sends cannot be read again: %s", self._partition, error)
            records = []
        if not records:
            await asyncio.sleep(self._retry_s)
        return records

    async def read_open(self, owner: PartitionOwner) -> None:
        """Read what open sends lack, before the owner goes to work."""
        while offsets := owner.recall():
            owner.recalled(await self._fetch(offsets))

    def stop(self) -> None:
        """Read no further."""
        if self._task is not None:
            self._task.cancel()
