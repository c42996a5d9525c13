"""Budgets: how many sends, refreshes and links a process may have at once (design §4)."""

from __future__ import annotations

from collections import OrderedDict
from typing import Protocol


class Waiter(Protocol):
    """An owner, as budgets see it."""

    def granted(self, kind: str, key: str) -> None:
        """A unit of `kind` is set aside for `key`: use it or give it back when asked next."""


class Budget:
    """A number of units; who finds none left waits, first come first served.

    limit: units in all; may be lowered below what is in use, which then runs down.
    """

    __slots__ = ("_queue", "kind", "limit", "used")

    def __init__(self, kind: str, limit: int) -> None:
        self.kind = kind
        self.limit = limit
        self.used = 0
        self._queue: OrderedDict[tuple[int, str], Waiter] = OrderedDict()

    def free(self) -> bool:
        """Whether a newcomer may take a unit: one is left, and nobody has waited for it longer."""
        return self.used < self.limit and not self._queue

    def take(self) -> None:
        """Use a unit, whether or not one is left: what runs, runs."""
        self.used += 1

    def give(self) -> None:
        """Give a unit back; the first who waits gets it."""
        self.used -= 1
        self._grant()

    def resize(self, limit: int) -> None:
        """Change the number of units."""
        self.limit = limit
        self._grant()

    def wait(self, owner: Waiter, key: str) -> None:
        """Stand in the queue for a unit; whoever stands there already keeps the place."""
        self._queue.setdefault((id(owner), key), owner)
        self._grant()

    def forget(self, owner: Waiter) -> None:
        """Take an owner that is no more out of the queue."""
        for place in [p for p, o in self._queue.items() if o is owner]:
            del self._queue[place]

    def waiting(self) -> int:
        """How many stand in the queue."""
        return len(self._queue)

    def _grant(self) -> None:
        while self._queue and self.used < self.limit:
            (_, key), owner = self._queue.popitem(last=False)
            self.used += 1
            owner.granted(self.kind, key)


class IdleLinks:
    """Links by how long nothing has gone over them; the longest-idle is closed when the link budget is spent."""

    __slots__ = ("_links",)

    def __init__(self) -> None:
        self._links: OrderedDict[tuple[int, str], tuple[object, str]] = OrderedDict()

    def touch(self, owner: object, key: str) -> None:
        """Something went over the link, or it is new: it is the last in line."""
        self._links[id(owner), key] = (owner, key)
        self._links.move_to_end((id(owner), key))

    def drop(self, owner: object, key: str) -> None:
        """The link is in use, or gone."""
        self._links.pop((id(owner), key), None)

    def forget(self, owner: object) -> None:
        """Take the links of an owner that is no more out of the line."""
        for place in [p for p, (o, _) in self._links.items() if o is owner]:
            del self._links[place]

    def longest(self) -> tuple[object, str] | None:
        """The owner and device of the longest-idle link."""
        return next(iter(self._links.values()), None)


class Budgets:
    """What one process may have under way at once, over all the partitions that it owns.

    sends: attempts, asks and repeats. refreshes: connects under way. links: live or coming.
    """

    __slots__ = ("_totals", "idle", "links", "refreshes", "sends")

    def __init__(self, sends: int = 5000, refreshes: int = 200, links: int = 100_000) -> None:
        self._totals = (sends, refreshes, links)
        self.sends = Budget("sends", sends)
        self.refreshes = Budget("refreshes", refreshes)
        self.links = Budget("links", links)
        self.idle = IdleLinks()

    def share(self, owned: int, partitions: int) -> None:
        """Take this process's share: budget x owned / all, rounded down, at least 1."""
        for budget, total in zip((self.sends, self.refreshes, self.links), self._totals, strict=True):
            budget.resize(max(1, total * owned // max(partitions, 1)))
