"""Due times: which device wants to be asked when."""

from __future__ import annotations

from datetime import datetime
from heapq import heapify, heappop, heappush


class DueTimes:
    """At most one living due time a key: the soonest asked for wins until it has passed."""

    __slots__ = ("_heap", "_soonest")

    def __init__(self) -> None:
        self._heap: list[tuple[datetime, str]] = []
        self._soonest: dict[str, datetime] = {}

    def __len__(self) -> int:
        return len(self._heap)

    def set(self, key: str, at: datetime) -> None:
        """Ask for `key` at `at`, unless it comes up sooner anyway: then it will be asked, and may set another."""
        soonest = self._soonest.get(key)
        if soonest is None or at < soonest:
            self._soonest[key] = at
            heappush(self._heap, (at, key))
            if len(self._heap) > 2 * len(self._soonest) + 64:
                self._sweep()

    def _sweep(self) -> None:
        """Forget times that a sooner one replaced: a pause after each send would leave one each, for a day."""
        self._heap = [(at, key) for key, at in self._soonest.items()]
        heapify(self._heap)

    def next(self) -> datetime | None:
        """The soonest due time; None where there is none."""
        heap = self._heap
        while heap and self._soonest.get(heap[0][1]) != heap[0][0]:
            heappop(heap)
        return heap[0][0] if heap else None

    def pop(self, at: datetime) -> str | None:
        """A key that is due by `at`, taken out; None where none is."""
        due = self.next()
        if due is None or due > at:
            return None
        _, key = heappop(self._heap)
        del self._soonest[key]
        return key
