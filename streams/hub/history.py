"""What happened lately in one partition, for those who come back: bounded in bytes, and aware of what it lacks."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice, takewhile
from typing import NamedTuple

from streams.hub.kept import Kept

OVERHEAD_BYTES = 400
"""What a kept event takes beside its data, about (tuples, texts, its places in two queues)."""
MOST_FORGOTTEN = 20_000


class Entry(NamedTuple):
    """An event, and the groups by which it is found again."""

    event: Kept
    groups: Sequence[str]


class History:
    """Every event that counts from `begin` on, up to and without `end`; the oldest leave when `max_bytes` are full.

    Of groups whose events left, it knows where the last of those lay: who comes back to a group in which nothing
    happened meanwhile has missed nothing, however much did in the partition.
    """

    __slots__ = ("_by_group", "_bytes", "_entries", "_forgotten", "_known_from", "_max_bytes", "begin", "end")

    def __init__(self, begin: int, max_bytes: int) -> None:
        self.begin = begin
        self.end = begin
        self._max_bytes = max_bytes
        self._bytes = 0
        self._entries: deque[Entry] = deque()
        self._by_group: dict[str, deque[Kept]] = {}
        self._forgotten: dict[str, int] = {}
        self._known_from = begin

    def reaches(self, after: int, groups: Sequence[str] | None = None) -> bool:
        """Whether all behind offset `after` is here, of these groups or at all; False, too, if that is yet to come."""
        if groups is None or after + 1 >= self.begin:
            return self.begin <= after + 1 <= self.end
        return after + 1 >= self._known_from and all(self._forgotten.get(group, -1) <= after for group in groups)

    def add(self, event: Kept, groups: Sequence[str]) -> None:
        """Keep what comes next in the log."""
        self._entries.append(Entry(event, groups))
        for group in groups:
            kept = self._by_group.get(group)
            if kept is None:
                kept = self._by_group[group] = deque()
            kept.append(event)
        self._bytes += len(event.data) + OVERHEAD_BYTES
        self.end = event.offset + 1
        while self._bytes > self._max_bytes:
            self._forget_oldest()

    def pass_to(self, end: int) -> None:
        """Everything before `end` was read; what was not added does not count."""
        self.end = max(self.end, end)

    def of(self, group: str, after: int) -> list[Kept]:
        """The events of a group behind that offset, in the order of the log."""
        return _behind(after, reversed(self._by_group.get(group, ())))

    def all(self, after: int) -> list[Kept]:
        """Every event behind that offset, in the order of the log."""
        return _behind(after, (entry.event for entry in reversed(self._entries)))

    def _forget_oldest(self) -> None:
        event, groups = self._entries.popleft()
        for group in groups:
            kept = self._by_group[group]
            kept.popleft()  # of each of its groups it is the oldest, too
            if not kept:
                del self._by_group[group]
            self._forgotten.pop(group, None)
            self._forgotten[group] = event.offset  # the one that was forgotten last stands last
        self._bytes -= len(event.data) + OVERHEAD_BYTES
        self.begin = event.offset + 1
        if len(self._forgotten) > MOST_FORGOTTEN:
            self._forget_half()

    def _forget_half(self) -> None:
        for group in list(islice(self._forgotten, MOST_FORGOTTEN // 2)):
            self._known_from = self._forgotten.pop(group) + 1


def _behind(after: int, latest_first: Iterator[Kept]) -> list[Kept]:
    found = list(takewhile(lambda event: event.offset > after, latest_first))
    found.reverse()
    return found
