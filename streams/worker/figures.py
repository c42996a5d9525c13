"""What a worker counts while it works: plain numbers, read by whoever asks, so that counting costs next to nothing."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from streams.log.ports import LogRecord

BOUNDS_MS = tuple(map(float, (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000, 300_000)))
"""Of a spread's counts; the last count is of what took longer. Comparing floats with ints would cost twice as much."""


class Spread:
    """How often something took how long. counts: by bounds, each up to and with its own."""

    __slots__ = ("counts", "total_ms")

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS_MS) + 1)
        self.total_ms = 0.0

    def add(self, took_ms: float) -> None:
        """It took so long once."""
        self.counts[bisect_left(BOUNDS_MS, took_ms)] += 1
        self.total_ms += took_ms


class Figures:
    """Of one stream's partitions in this process, since it began.

    lost: how often a claim ended, by what ended it. decided: from a request's append,
    by the broker's clock, to its decision. appended: of a batch of events, until it was acknowledged.
    """

    __slots__ = ("appended", "decided", "events", "lost")

    def __init__(self) -> None:
        self.events = 0
        self.lost: Counter[str] = Counter()
        self.decided = Spread()
        self.appended = Spread()

    def decide(self, records: Sequence[LogRecord], now: datetime) -> None:
        """These requests of one partition are decided. Once a send: plain on purpose (benchmarks/telemetry.py)."""
        if not records:
            return
        now_ms, decided = now.timestamp() * 1000, self.decided
        counts, times = decided.counts, [record.time for record in records]
        longest = bisect_left(BOUNDS_MS, now_ms - times[0])
        if longest == bisect_left(BOUNDS_MS, now_ms - times[-1]):  # the broker's times only rise
            counts[longest] += len(times)
        else:
            for time in times:
                counts[bisect_left(BOUNDS_MS, now_ms - time)] += 1
        # A clock behind the broker's says nothing.
        decided.total_ms += max(0.0, now_ms * len(times) - sum(times))

    def append(self, events: int, took_s: float) -> None:
        """A batch of so many events is acknowledged."""
        self.events += events
        self.appended.add(took_s * 1000)
