"""Sends by a time: when they come due, when they expire."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from heapq import heapify, heappop, heappush


class Times:
    """Requests by a time; those that left are passed over, and swept out once they are the majority.

    lives: whether a request still belongs here.
    """

    __slots__ = ("_items", "_lives")

    def __init__(self, lives: Callable[[int], bool]) -> None:
        self._items: list[tuple[datetime, int]] = []
        self._lives = lives

    def __len__(self) -> int:
        return len(self._items)

    def add(self, at: datetime, request: int, living: int) -> None:
        """Take in a request; `living`: how many live at most."""
        heappush(self._items, (at, request))
        if len(self._items) > 2 * living + 64:
            self._items = list({item for item in self._items if self._lives(item[1])})
            heapify(self._items)

    def bound(self) -> datetime | None:
        """The soonest time that is known without looking who still belongs here: nothing is sooner."""
        return self._items[0][0] if self._items else None

    def first(self) -> tuple[datetime, int] | None:
        """The soonest time and its request."""
        items = self._items
        while items and not self._lives(items[0][1]):
            heappop(items)
        return items[0] if items else None

    def until(self, at: datetime, limit: int) -> list[int]:
        """At most `limit` requests whose time is `at` or before, soonest first."""
        found: dict[int, datetime] = {}
        while len(found) < limit and (first := self.first()) is not None and first[0] <= at:
            heappop(self._items)
            found[first[1]] = first[0]
        for request, time in found.items():  # only an event takes a send out
            heappush(self._items, (time, request))
        return list(found)

    def drop_until(self, at: datetime) -> bool:
        """Forget the requests whose time is `at` or before; whether there were any."""
        found = False
        while (first := self.first()) is not None and first[0] <= at:
            heappop(self._items)
            found = True
        return found
