"""Which log a node follows, how much of it is kept, and how far it is read."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from schemas.cluster import Cluster
from schemas.topics import DEVICE, Stream, Topics
from streams.log.heard import Heard

EVENT_BYTES = 700
"""What a kept event takes, about: it says how far before the end reading begins."""

CampaignsOf = Callable[[int, Collection[int]], Awaitable[Mapping[int, str | None]]]
"""The campaigns of sends, by their numbers in a partition; None: of none. Sends that it does not know are left out."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How much is kept for those who come back: bytes of each stream, over all of its partitions."""

    devices: int = 96 * 1024 * 1024
    others: int = 16 * 1024 * 1024

    def of_partition(self, stream: Stream, partitions: int) -> int:
        """The bytes that one of so many partitions may keep."""
        return (self.devices if stream is DEVICE else self.others) // partitions


def reach_of(mb: int) -> Reach:
    """So many megabytes in all, most of them for devices."""
    others = mb * 1024 * 1024 // 7
    return Reach(mb * 1024 * 1024 - others, others)


@dataclass(frozen=True, slots=True)
class Log:
    """The log of one installation. campaigns: who knows the campaign of a send whose fate lies before what was read."""

    cluster: Cluster
    topics: Topics
    installation: str
    campaigns: CampaignsOf | None = None


class Following:
    """How far the log is read, and whether it is."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.level = asyncio.Event()
        """Set once everything was read that was there at the beginning."""
        self._heard: Heard[tuple[Stream, int]] = Heard(clock)

    def heard(self, stream: Stream, partitions: Collection[int]) -> None:
        """The leaders of these answered just now."""
        self._heard.note((stream, number) for number in partitions)

    def not_ready(self) -> Sequence[str]:
        """Why what happens may not be told in time; empty: it is."""
        if not self.level.is_set():
            return ("the events are not read to their end yet: are the brokers up?",)
        if silent_s := self._heard.silent_too_long_s():
            return (f"nothing was heard of some events for {silent_s:.0f} s: are the brokers up?",)
        return ()
